"""Why a pair is called what it is called: the rule of the model that decided, read from the kept evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tacoord.errors import N_
from tacoord.matching.explain import Sentence
from tacoord.matching.match import Evidence
from tacoord.matching.model import Kind

_Found = Mapping[str, float]
_Rule = tuple[Callable[[_Found], bool], str]
# From an amount seven times the other on; the kept similarity is (-0.7 + 1) / 2.
_MANY_TIMES: Final = 0.15
# Above it an organisation of one takes part in the other.
_TAKES_PART: Final = 0.5


def _any(_: _Found) -> bool:
    return True


def _named(found: _Found) -> bool:
    return "identifier" in found


def _met(found: _Found) -> bool:
    return found.get("crossing", 0) > _TAKES_PART or found.get("named", 0) > 0


_SETTLED: Final[_Rule] = (_named, N_("one names the identifier of the other, and that settles it"))
# For each kind: rules in the order in which the model asks them; the first that holds is told.
_RULES: Final[Mapping[str, Sequence[_Rule]]] = {
    Kind.SAME_ACTIVITY: (
        _SETTLED,
        (
            lambda found: "copy" in found,
            N_("one organisation says the same twice, and nothing that both say differs"),
        ),
        (
            _any,
            N_("they are alike enough to be one activity"),
        ),
    ),
    Kind.FUNDER_IMPLEMENTER: (
        _SETTLED,
        (
            _any,
            N_("they are alike enough to be one activity, and a partner of one reports the other"),
        ),
    ),
    Kind.PARENT_CHILD: (
        (
            lambda found: found.get("component", 1) == 0,
            N_("they belong together, and one is called a component where the other is not"),
        ),
        (
            lambda found: found.get("amount", 1) <= _MANY_TIMES,
            N_("they belong together, and one amount is many times the other"),
        ),
        (
            _met,
            N_("an organisation of one takes part in the other, and the rest says that they are hardly one activity"),
        ),
        (
            _any,
            N_("the text of one tells of the other, and the rest says that they are hardly one activity"),
        ),
    ),
    Kind.OVERLAPPING_EFFORT: (
        (
            _any,
            N_("they are hardly one activity, but place, time and subject are nearly the same"),
        ),
    ),
    Kind.COMPLEMENTARY: (
        (
            lambda found: found.get("phase", 1) == 0,
            N_("both count phases or parts, and different ones"),
        ),
        (
            _any,
            N_("they are hardly one activity, but near each other in place, time or subject"),
        ),
    ),
    Kind.UNRELATED: (
        (_any, N_("they are not alike enough, and not near enough, to be flagged")),
    ),
}  # fmt: skip


def why_kind(kind: str, evidence: Sequence[Evidence]) -> Sentence:
    """Which rule made the pair of this kind (a value of `Kind`), as a sentence that names no value."""
    found = {one.feature: one.similarity for one in evidence if one.similarity is not None}
    words = next(words for holds, words in _RULES[kind] if holds(found))
    return Sentence(words, {}, speaks_for=kind != Kind.UNRELATED)
