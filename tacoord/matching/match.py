"""A Match: two records, how probably they are one activity, which kind of overlap, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tacoord.matching.evidence import FEATURES
from tacoord.matching.model import Kind, Model
from tacoord.matching.shared import Floats
from tacoord.matching.shown import Shown, side_by_side

# These features only ever speak for a pair; their similarity is the feature itself.
ONLY_FOR: Final = frozenset({"rare_words", "part_of_amount", "named", "copy", "same_role"})


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One feature of a pair: both values, similarity 0..1 (None for base), weight and contribution (log-odds)."""

    feature: str
    left: Any
    right: Any
    similarity: float | None
    weight: float
    contribution: float

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return msgspec.structs.asdict(self)


class Match(msgspec.Struct, frozen=True, gc=False):
    """A pair, left id before right id; score 0..1: the probability that both describe one activity.

    The contributions of the evidence add up to the log-odds of the score.
    """

    left: str
    right: str
    score: float
    kind: Kind
    evidence: tuple[Evidence, ...]
    model_version: str

    @property
    def flagged(self) -> bool:
        """Whether the model would show it to a reviewer."""
        return self.kind is not Kind.UNRELATED

    def other(self, one: str) -> str:
        """The id that is not `one`."""
        return self.right if self.left == one else self.left


def evidence_of(
    model: Model, table: Floats, margin: NDArray[np.float64], ends: Iterable[tuple[Shown, Shown]]
) -> Iterator[tuple[Evidence, ...]]:
    """The evidence of each pair, from the strongest on; what is unknown is left out.

    table: features of the pairs. margin: distance to the next-best candidate, NaN where there is none. ends: what is
    shown of the left and of the right record of each.
    """
    values = np.column_stack([table, margin])[:, _BY_NAME].astype(np.float64)
    pro, con = (
        np.append(one, more)[_BY_NAME]
        for one, more in zip(model.same.arrays(), model.margin, strict=True)
    )
    weight = np.where(values > 0, pro, con)
    contribution = values * weight
    likeness = np.round(np.where(_IS_ONLY_FOR, values, (values + 1) / 2), 4)
    told = ~np.isnan(values) & ~((values == 0) & _IS_ONLY_FOR)
    # Columns are in the order of their names, so equal strengths fall the same always.
    order = np.argsort(np.where(told, -np.abs(contribution), np.inf), axis=1, kind="stable")
    base = Evidence("base", None, None, None, model.same.base, model.same.base)
    rows = zip(
        told.sum(axis=1).tolist(), order.tolist(),
        *(np.take_along_axis(one, order, axis=1).tolist() for one in (likeness, weight, contribution)),
        strict=True,
    )  # fmt: skip
    for both, (count, *columns) in zip(ends, rows, strict=True):
        left, right = side_by_side(*both)
        pieces = [
            Evidence(_NAMES[at], left.get(_SHOWN[at]), right.get(_SHOWN[at]), alike, weighs, adds)
            for at, alike, weighs, adds in zip(*(column[:count] for column in columns), strict=True)
        ]
        yield (base, *pieces)


_SHOWN_AS: Final = {
    "title_words": "title",
    "title_spelling": "title",
    "title_contained": "title",
    "title_names": "title",
    "no_title": "title",
    "text_words": "text",
    "rare_words": "text",
    "text_spelling": "text",
    "phase": "phases",
    "component": "title",
    "part_of_amount": "amount",
    "crossing": "parties",
    "same_role": "parties",
    "partners": "partners",
    "strangers": "parties",
    "named": "reporter",
    "copy": "title",
    "identifier": "identifiers",
}


_COLUMNS: Final = (*FEATURES, "margin")
_BY_NAME: Final = sorted(range(len(_COLUMNS)), key=_COLUMNS.__getitem__)
_NAMES: Final = sorted(_COLUMNS)
_SHOWN: Final = [_SHOWN_AS.get(name, name) for name in _NAMES]
_IS_ONLY_FOR: Final = np.array([name in ONLY_FOR for name in _NAMES])
