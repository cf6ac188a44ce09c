"""Each piece of evidence as a short sentence: a marked template and the values for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tacoord.errors import N_
from tacoord.matching.match import Evidence


@dataclass(frozen=True, slots=True)
class Sentence:
    """A marked template with `%(name)s` places, its values, and whether it speaks for the pair."""

    template: str
    values: Mapping[str, Any]
    speaks_for: bool

    def __str__(self) -> str:
        """The sentence in English."""
        return self.template % self.values


# For each feature: from which similarity on a sentence holds; the first that holds is taken.
_STEPS: Final[Mapping[str, Sequence[tuple[float, str]]]] = {
    "base": ((-1, N_("most pairs of projects are not the same activity")),),
    "title_words": (
        (0.999, N_("the titles have the same words")),
        # Of the weight of the words, as below.
        (0.95, N_("the titles have nearly the same words")),
        (0.5, N_("the titles share words")),
        (0, N_("the titles have other words")),
    ),
    "title_spelling": (
        (0.95, N_("the titles are written alike")),
        (0.5, N_("the titles are written in a similar way")),
        (0, N_("the titles are written differently")),
    ),
    "title_contained": (
        # Of the weight of the words, where rare ones count most: at 0.9 a third of the words may be missing.
        (0.97, N_("the title of one is in the text of the other")),
        (0.5, N_("much of the title of one is in the text of the other")),
        (0, N_("the title of neither is in the text of the other")),
    ),
    "title_names": (
        (0.75, N_("names and rare words of one title stand in the other's text")),
        (0.5, N_("some names and rare words of the titles are shared")),
        (0.26, N_("few names and rare words of the titles are shared")),
        (0, N_("each title has names or rare words that the other does not know")),
    ),
    "no_title": (
        (0, N_("the titles cannot be compared: one is missing, or they are in two languages")),
    ),
    "text_words": (
        (0.9, N_("title and description say nearly the same")),
        (0.5, N_("title and description share words")),
        (0, N_("title and description share few words")),
    ),
    "text_spelling": (
        (0.95, N_("title and description are written alike")),
        (0.5, N_("title and description are written in a similar way")),
        (0, N_("title and description are written differently")),
    ),
    "rare_words": ((0, N_("both use words that few projects use")),),
    "phase": (
        (0.75, N_("both name phase or part %(left)s")),
        (0.26, N_("one names more phases or parts than the other: %(left)s and %(right)s")),
        (0, N_("phase or part %(left)s against %(right)s: speaks against")),
    ),
    "component": (
        (0, N_("one is called a component, the other is not: speaks against one activity")),
    ),
    "numbers": (
        (0.75, N_("the same numbers in the titles")),
        (0.5, N_("some of the numbers in the titles are the same")),
        (0.26, N_("few of the numbers in the titles are the same")),
        (0, N_("other numbers in the titles: %(left)s and %(right)s")),
    ),
    "codes": (
        (0.75, N_("the same code in the titles: %(left)s")),
        (0.5, N_("some of the codes in the titles are the same")),
        (0.26, N_("few of the codes in the titles are the same")),
        (0, N_("other codes in the titles: %(left)s and %(right)s")),
    ),
    "amount": (
        (0.9999, N_("the same amount")),
        (0.95, N_("same amount within 1 %%")),
        (0.825, N_("same amount within 5 %%")),
        (0.65, N_("similar amounts: %(left)s and %(right)s")),
        (0.5, N_("amounts not far from each other: %(left)s and %(right)s")),
        (0.25, N_("different amounts: %(left)s and %(right)s")),
        (0, N_("very different amounts: %(left)s and %(right)s")),
    ),
    "part_of_amount": ((0, N_("one amount may be a part of the other: %(left)s and %(right)s")),),
    "start": (
        (0.995, N_("the same first day")),
        (0.65, N_("first days near each other: %(left)s and %(right)s")),
        (0.5, N_("first days in the same half year: %(left)s and %(right)s")),
        (0, N_("first days far apart: %(left)s and %(right)s")),
    ),
    "end": (
        (0.995, N_("the same last day")),
        (0.65, N_("last days near each other: %(left)s and %(right)s")),
        (0.5, N_("last days in the same half year: %(left)s and %(right)s")),
        (0, N_("last days far apart: %(left)s and %(right)s")),
    ),
    "period": (
        (0.95, N_("one runs within the time of the other")),
        (0.5, N_("they run for the most part at the same time")),
        (0.05, N_("they run for a small part at the same time")),
        (0, N_("they do not run at the same time")),
    ),
    "nested": (
        (0.95, N_("one runs wholly within the time of the other")),
        (0.5, N_("one runs mostly within the time of the other")),
        (0, N_("neither runs within the time of the other")),
    ),
    "countries": (
        (0.95, N_("the same countries: %(left)s")),
        (0.5, N_("some of the countries are the same")),
        (0, N_("other countries: %(left)s and %(right)s")),
    ),
    "reporter": (
        (0.5, N_("reported by two organisations: %(left)s and %(right)s")),
        (0, N_("both reported by %(left)s, which would hardly register one activity twice")),
    ),
    "crossing": (
        (0.95, N_("each takes part in what the other reports")),
        (0.5, N_("a partner of one reports the other")),
        (0, N_("neither names the organisation that reports the other")),
    ),
    "same_role": ((0, N_("both reporters take the same part in the work")),),
    "partners": (
        (0.7, N_("a partner in common that carries the work out")),
        (0.4, N_("a funder in common")),
        (0, N_("no partner in common")),
    ),
    "strangers": (
        (0, N_("each lists who pays and who carries out, and no organisation is in both")),
    ),
    "named": ((0, N_("the text of one names the organisation that reports the other")),),
    "sectors": (
        (0.95, N_("the same sectors")),
        (0.5, N_("some of the sectors are the same")),
        (0, N_("other sectors")),
    ),
    "themes": (
        (0.95, N_("the same pillars and measures")),
        (0.5, N_("some of the pillars and measures are the same")),
        (0, N_("other pillars and measures")),
    ),
    "copy": ((0, N_("one organisation says the same twice: nothing that both say differs")),),
    "identifier": (
        (0.5, N_("one names the identifier of the other")),
        (0, N_("the organisation that reports both gives each an identifier of its own")),
    ),
    "margin": (
        (0.6, N_("much more alike than any other public pair of either project")),
        (0.5, N_("a little more alike than the next best pair")),
        (0, N_("another project fits at least one of them as well or better")),
    ),
}


# Amounts in two currencies agree by the rate of a year, never to the cent.
_CONVERTED: Final = (
    (0.825, N_("amounts in two currencies that are worth nearly the same: %(left)s and %(right)s")),
    *(step for step in _STEPS["amount"] if step[0] <= 0.65),
)


def explain(evidence: Evidence) -> Sentence:
    """The sentence of one piece of evidence."""
    similarity = -1.0 if evidence.similarity is None else evidence.similarity
    steps = _CONVERTED if _is_converted(evidence) else _STEPS[evidence.feature]
    template = next((text for lowest, text in steps if similarity >= lowest), steps[-1][1])
    values = {"left": _told(evidence.left), "right": _told(evidence.right)}
    return Sentence(template, values, evidence.contribution >= 0)


def _is_converted(evidence: Evidence) -> bool:
    """Whether the amounts, such as `1250000 USD`, stand in two currencies."""
    sides = (evidence.left, evidence.right)
    if evidence.feature != "amount" or not all(isinstance(side, str) for side in sides):
        return False
    one, two = (side.partition(" ")[2] for side in sides)
    return bool(one != two)


def explained(evidence: Sequence[Evidence]) -> list[tuple[Evidence, Sentence]]:
    """All pieces that have weight with their sentences, in the given order."""
    return [(one, explain(one)) for one in evidence if one.contribution != 0]


def _told(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
