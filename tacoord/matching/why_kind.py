"""What speaks for the kind of a pair: sentences that hold by the evidence that is kept with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tacoord.errors import N_
from tacoord.matching.explain import Sentence
from tacoord.matching.match import ONLY_FOR, Evidence
from tacoord.matching.model import BONDS, LARGER, TIES, Kind

_Found = Mapping[str, float]
_Rule = tuple[Callable[[_Found], bool], str]


def _above(feature: str, least: float) -> Callable[[_Found], bool]:
    """Whether the evidence has the feature, and at least so much of it (0 to 1)."""
    return lambda found: found.get(feature, -1.0) >= least


def _at_most(feature: str, most: float) -> Callable[[_Found], bool]:
    return lambda found: found.get(feature, 1.0) <= most


def _likeness(value: float) -> float:
    """A feature of -1 to 1 as the likeness that is kept of it."""
    return (value + 1) / 2


def _always(_: _Found) -> bool:
    return True


def _untied(found: _Found) -> bool:
    """Whether both tell their subject, and nothing that `Model.kinds` asks for ties them to one activity."""
    ties = (
        found.get(name, -1.0) >= (least if name in ONLY_FOR else _likeness(least))
        for name, least in TIES.items()
    )
    return "themes" in found and not any(ties)


_CROSSING: Final = _above("crossing", _likeness(BONDS["crossing"]))
_SETTLED: Final[_Rule] = (
    _above("identifier", 1.0),
    N_("one names the identifier of the other, and that settles it"),
)
# For each kind, the first rule that holds is told; they come in the order of the masks in `Model.kinds`.
_RULES: Final[Mapping[str, Sequence[_Rule]]] = {
    Kind.SAME_ACTIVITY: (
        _SETTLED,
        (
            _above("copy", 1.0),
            N_("one organisation says the same twice, and nothing that both say differs"),
        ),
        (
            _above("same_role", 1.0),
            N_("they are alike enough that they may be one activity, and both reporters take the same part in it"),
        ),
        (_always, N_("they are alike enough that they may be one activity")),
    ),
    Kind.FUNDER_IMPLEMENTER: (
        _SETTLED,
        (
            _CROSSING,
            N_("they are alike enough that they may be one activity, and a partner of one reports the other"),
        ),
        (_always, N_("they are alike enough that they may be one activity")),
    ),
    Kind.PARENT_CHILD: (
        (
            _at_most("component", 0.0),
            N_("they belong together, and one is called a component where the other is not"),
        ),
        (
            _at_most("amount", _likeness(LARGER)),
            N_("they belong together, and one amount is many times the other"),
        ),
        (
            _CROSSING,
            N_("a partner of one reports the other, and they fit better as a whole and its part than as one activity"),
        ),
        (
            _above("named", BONDS["named"]),
            N_("one names who reports the other, and they fit better as a whole and its part than as one activity"),
        ),
        (_always, N_("they fit better as a whole and its part than as one activity")),
    ),
    Kind.OVERLAPPING_EFFORT: (
        (
            _untied,
            N_("they are near each other in place, time and subject, and nothing more ties them to one activity"),
        ),
        (
            _always,
            N_("they are not alike enough to be one activity, but near each other in place, time and subject"),
        ),
    ),
    Kind.COMPLEMENTARY: (
        (_at_most("phase", 0.0), N_("both count phases or parts, and different ones")),
        (
            _untied,
            N_("they are near each other in place, time or subject, and nothing more ties them to one activity"),
        ),
        (
            _always,
            N_("they are not alike enough to be one activity, but rather near each other in place, time or subject"),
        ),
    ),
    Kind.UNRELATED: (
        (
            _untied,
            N_("nothing ties them to one activity, and they are not near enough to be flagged, or another is nearer"),
        ),
        (_always, N_("they are neither alike nor near enough to be flagged, or another pair is nearer")),
    ),
}  # fmt: skip


def why_kind(kind: str, evidence: Sequence[Evidence]) -> Sentence | None:
    """What speaks for calling the pair so (a value of `Kind`), as a sentence that names no value.

    None where the evidence was withdrawn: then nothing is known that may be said.
    """
    if not evidence:
        return None
    found = {one.feature: one.similarity for one in evidence if one.similarity is not None}
    words = next(words for holds, words in _RULES[kind] if holds(found))
    return Sentence(words, {}, speaks_for=kind != Kind.UNRELATED)
