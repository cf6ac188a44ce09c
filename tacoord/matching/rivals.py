"""Competition: how much better a pair is than the next-best pair of either of its records."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.pairing import Pairs

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def margins(pairs: Pairs, sums: Floats, public: NDArray[np.bool_], *, scale: float) -> Floats:
    """The difference to the best rival, -1..1 at `scale` log-odds; NaN for a pair without a rival.

    A rival is a pair of one of the two records with another of its own candidates. It counts only where the record
    that it brings in is public: who may see a pair may see that as well, so nothing hidden shows through.
    """
    if not len(sums):
        return np.zeros(0)
    sides = (
        (pairs.left, np.where(public[pairs.right] & pairs.of_left, sums, -np.inf)),
        (pairs.right, np.where(public[pairs.left] & pairs.of_right, sums, -np.inf)),
    )
    best = _highest(sides, len(public))
    leads = [value == best[one] for one, value in sides]
    leaders = sum(
        np.bincount(one[ahead], minlength=len(public))
        for (one, _), ahead in zip(sides, leads, strict=True)
    )
    rest = [
        (one, np.where(ahead, -np.inf, value))
        for (one, value), ahead in zip(sides, leads, strict=True)
    ]
    second = np.where(leaders > 1, best, _highest(rest, len(public)))
    rival = [
        np.where(ahead, second[one], best[one])
        for (one, _), ahead in zip(sides, leads, strict=True)
    ]
    worst = np.maximum(*rival)
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(worst), np.clip((sums - worst) / scale, -1, 1), np.nan)


def _highest(sides: Iterable[tuple[Rows, Floats]], records: int) -> Floats:
    """The highest value of each record; minus infinity where it has none."""
    highest = np.full(records, -np.inf)
    for one, value in sides:
        np.maximum.at(highest, one, value)
    return highest


def leading(
    pairs: Pairs,
    sums: Floats,
    public: NDArray[np.bool_],
    *,
    competing: NDArray[np.bool_],
    rank: Rows,
    most: int,
    for_either: bool = False,
) -> NDArray[np.bool_]:
    """Which pairs have fewer than `most` better ones with both of their records, counting public rivals only.

    competing: which pairs count as rivals. rank: of each record; equal sums fall by that of the other. A hidden record
    never pushes out a pair without it. for_either: fewer with one of the records is enough.
    """
    one, other, own = _sides(pairs)
    pair = np.tile(np.arange(len(pairs)), 2)
    order = np.lexsort((rank[other], -np.round(np.tile(sums, 2), 4), one))
    one = one[order]
    counted = (public[other] & own & np.tile(competing, 2))[order].astype(np.int64)
    before = np.cumsum(counted) - counted
    place = before - before[np.searchsorted(one, one)]
    behind = np.bincount(pair[order[place >= most]], minlength=len(pairs))
    kept: NDArray[np.bool_] = behind < (2 if for_either else 1)
    return kept


def _sides(pairs: Pairs) -> tuple[Rows, Rows, NDArray[np.bool_]]:
    """Each pair twice: one of its records, the other, and whether the other is a candidate of the one."""
    return (
        np.concatenate([pairs.left, pairs.right]),
        np.concatenate([pairs.right, pairs.left]),
        np.concatenate([pairs.of_left, pairs.of_right]),
    )
