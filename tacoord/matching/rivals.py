"""Competition: how much better a pair is than the next-best pair of either of its records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def margins(
    left: Rows, right: Rows, sums: Floats, public: NDArray[np.bool_], *, scale: float
) -> Floats:
    """The difference to the best rival, -1..1 at `scale` log-odds; NaN for a pair without a rival.

    A rival is another pair with one of the two records. It counts only where the record that it
    brings in is public: who may see a pair may see that as well, so nothing hidden shows through.
    """
    if not len(sums):
        return np.zeros(0)
    one = np.concatenate([left, right])
    other = np.concatenate([right, left])
    pair = np.concatenate([np.arange(len(left))] * 2)
    value = np.where(public[other], np.concatenate([sums, sums]), -np.inf)
    order = np.lexsort((-value, one))
    one, pair, value = one[order], pair[order], value[order]
    first = np.concatenate([[True], one[1:] != one[:-1]])
    starts = np.flatnonzero(first)
    group = np.cumsum(first) - 1
    best = value[starts]
    second = np.full(len(starts), -np.inf)
    many = np.diff(np.append(starts, len(one))) > 1
    second[many] = value[starts[many] + 1]
    rival = np.where(first, second[group], best[group])
    worst = np.full(len(left), -np.inf)
    np.maximum.at(worst, pair, rival)
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(worst), np.clip((sums - worst) / scale, -1, 1), np.nan)


def leading(
    left: Rows, right: Rows, sums: Floats, public: NDArray[np.bool_], *, most: int
) -> NDArray[np.bool_]:
    """Which pairs are among the `most` best of both their records, counting public rivals only.

    Equal sums fall by the order of rows. A hidden record never pushes out a pair without it.
    """
    one, other = np.concatenate([left, right]), np.concatenate([right, left])
    pair = np.tile(np.arange(len(left)), 2)
    order = np.lexsort((pair, -np.concatenate([sums, sums]), one))
    one, shown = one[order], public[other[order]].astype(np.int64)
    before = np.cumsum(shown) - shown
    place = before - before[np.searchsorted(one, one)]
    kept = np.ones(len(left), dtype=bool)
    kept[pair[order[place >= most]]] = False
    return kept
