"""Two projects side by side, the same rows for both, with what differs marked word by word."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from flask_babel import get_locale
from flask_babel import gettext as _

from tacoord.matching.words import normalise
from tacoord.models import Mask, Project
from tacoord.services.terms.country_names import country_name
from tacoord.services.terms.money import standing
from tacoord.web.filters import day_words, money, narrative_language, share
from tacoord.web.mask_words import mask_words

LONGEST_TEXT: Final = 250
"""So many words of a description are compared and shown; the rest stands on the project's page."""
_UNLIKE: Final = 0.15
_WORD: Final = re.compile(r"\S+\s*")

Labels = Mapping[str, Mapping[str, str]]


class State(StrEnum):
    """How the two sides of a row stand to each other; a side that says nothing is no difference."""

    SAME = "same"
    DIFFERS = "differs"
    ONE_SIDED = "one-sided"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words in a row; marked where the other side does not have them."""

    text: str
    marked: bool


Line = Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what each side says, in lines of pieces. prose: people's own words.

    kept: for each side, whether its organisation keeps this part to itself.
    """

    label: str
    left: Sequence[Line]
    right: Sequence[Line]
    state: State
    prose: bool = False
    kept: tuple[bool, bool] = (False, False)


def rows_of(first: Project, second: Project, labels: Labels) -> list[Row]:
    """The rows of two projects; those of which neither says anything are left out.

    labels: the words of each code, by vocabulary.
    """
    both = (first, second)
    rows = [
        _prose(_("Title"), *(_text(one.titles) or one.title for one in both)),
        _kept(
            Mask.DESCRIPTION,
            both,
            _prose(_("Description"), *(_text(one.descriptions) for one in both)),
        ),
        *(_kept(Mask.PARTICIPANTS, both, row) for row in _organisations(first, second)),
        *(_kept(Mask.PLACES, both, row) for row in _places(both, labels)),
        _items(_("Pillars"), *(_shares(one, "pillar", _named(labels, "pillar")) for one in both)),
        *(
            _items(
                words, *([_named(labels, name)(code) for code in one.codes(name)] for one in both)
            )
            for name, words in _code_rows().items()
        ),
        _items(_("First day"), *([day_words(one.starts)] if one.starts else [] for one in both)),
        _items(_("Last day"), *([day_words(one.ends)] if one.ends else [] for one in both)),
        _items(_("Budget"), *(_budget(one) for one in both)),
        _items(_("Status"), *(_status(one, labels) for one in both)),
        _items(_("Identifiers"), *(_identifiers(one) for one in both)),
        _items(
            _("Known to its organisation only"),
            *([mask_words(mask) for mask in one.masks] for one in both),
        ),
    ]
    return [row for row in rows if row.left or row.right]


def heads_of(first: Project, second: Project) -> tuple[str, str]:
    """What the two columns are called: who reports, numbered where one organisation reports both."""
    names = (first.organisation.name, second.organisation.name)
    if names[0] != names[1]:
        return names
    return (
        _("%(name)s, first record", name=names[0]),
        _("%(name)s, second record", name=names[1]),
    )


def compare_words(left: str, right: str) -> tuple[Line, Line]:
    """Two texts as pieces, marked where the other has other words; case, accents and punctuation make no difference.

    Texts that have hardly a word in common are not marked: everything would be.
    """
    words = [_WORD.findall(text) for text in (left, right)]
    plain = [[_bare(word) for word in side] for side in words]
    matcher = SequenceMatcher(None, plain[0], plain[1], autojunk=False)
    if matcher.ratio() < _UNLIKE:
        return [Piece(left, False)], [Piece(right, False)]
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for tag, a, b, c, d in matcher.get_opcodes():
        for side, part in ((0, words[0][a:b]), (1, words[1][c:d])):
            sides[side].extend(_pieces("".join(part), tag != "equal"))
    return sides


def _pieces(text: str, marked: bool) -> Iterable[Piece]:
    """The text as a piece; the blank after the last word is not marked."""
    kept = text.rstrip() if marked else text
    if kept:
        yield Piece(kept, marked)
    if text[len(kept) :]:
        yield Piece(text[len(kept) :], False)


def _prose(label: str, left: str, right: str) -> Row:
    left, right = _shortened(left), _shortened(right)
    if not left or not right:
        return Row(label, _whole(left), _whole(right), State.ONE_SIDED, prose=True)
    one, other = compare_words(left, right)
    state = State.SAME if _bare(left) == _bare(right) else State.DIFFERS
    return Row(label, [one], [other], state, prose=True)


def _items(label: str, left: Sequence[str], right: Sequence[str]) -> Row:
    """Lists of short texts: what the other list lacks is marked, where both say something."""
    known = [{_bare(text) for text in side} for side in (left, right)]
    state = State.SAME if known[0] == known[1] else State.DIFFERS
    if not left or not right:
        state = State.ONE_SIDED
    marks = state is State.DIFFERS
    sides = [
        [[Piece(text, marks and _bare(text) not in known[1 - at])] for text in side]
        for at, side in enumerate((left, right))
    ]
    return Row(label, sides[0], sides[1], state)


def _whole(text: str) -> list[Line]:
    return [[Piece(text, False)]] if text else []


def _shortened(text: str) -> str:
    words = _WORD.findall(text)
    if len(words) <= LONGEST_TEXT:
        return text.strip()
    return "".join(words[:LONGEST_TEXT]).strip() + " …"


def _bare(text: str) -> str:
    """What of a text counts in a comparison."""
    plain = normalise(text)
    return "".join(sign for sign in plain if sign.isalnum()) or " ".join(plain.split())


def _text(texts: Mapping[str, str]) -> str:
    language = narrative_language(texts)
    return texts[language] if language else ""


def _kept(mask: Mask, both: Sequence[Project], row: Row) -> Row:
    """The row with the sides whose organisation withholds what stands in it."""
    first, second = (mask in one.masks for one in both)
    return replace(row, kept=(first, second))


def _places(both: Sequence[Project], labels: Labels) -> Iterable[Row]:
    yield _items(_("Countries"), *(_shares(one, "country", _country) for one in both))
    regions = _named(labels, "region")
    yield _items(_("Regions"), *(_shares(one, "region", regions) for one in both))


def _organisations(first: Project, second: Project) -> Iterable[Row]:
    roles = {
        "1": _("Funded by"),
        "2": _("Accountable"),
        "3": _("Extended by"),
        "4": _("Carried out by"),
    }
    for role, words in roles.items():
        yield _items(
            words,
            *([p.name for p in one.participants if p.role == role] for one in (first, second)),
        )


def _code_rows() -> dict[str, str]:
    return {
        "measure": _("Measures"),
        "exploitation": _("Forms of exploitation"),
        "target-group": _("People reached"),
        "assistance-kind": _("Kinds of assistance"),
        "mandate": _("Mandates"),
        "sector": _("Sectors"),
    }


def _named(labels: Labels, vocabulary: str) -> Callable[[str], str]:
    return lambda code: labels.get(vocabulary, {}).get(code, code)


def _country(code: str) -> str:
    return country_name(code, str(get_locale() or "en"))


def _shares(project: Project, vocabulary: str, name: Callable[[str], str]) -> list[str]:
    tags = [tag for tag in project.tags if tag.vocabulary == vocabulary]
    return [
        name(tag.code)
        if tag.percentage is None or len(tags) == 1
        else f"{name(tag.code)} {share(tag.percentage)}"
        for tag in tags
    ]


def _budget(project: Project) -> list[str]:
    """The sum in each currency, and about how much that is in US dollars where there are others."""
    sums: dict[str, int] = {}
    for line in standing(project.budget_lines):
        sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
    said = [money(amount, currency, full=True) for currency, amount in sorted(sums.items())]
    if set(sums) - {"USD"} and project.budget_usd_minor is not None:
        said.append(_("about %(money)s", money=money(project.budget_usd_minor, "USD")))
    return said


def _status(project: Project, labels: Labels) -> list[str]:
    return [_named(labels, "activity-status")(project.status)] if project.status else []


def _identifiers(project: Project) -> list[str]:
    named = [p.activity_id for p in project.participants if p.activity_id]
    own = [project.iati_identifier, *(each.value for each in project.identifiers), *named]
    return list(dict.fromkeys(filter(None, own)))
