"""How fast the machine runs plain Python at this moment: seconds of two runs are comparable only beside it."""

from __future__ import annotations

import timeit
from typing import Final

_ADDITIONS: Final = 1_000_000
_TRIES: Final = 5

PACE: Final = "a million additions, ms"
"""What `pace` gives, as the head of a column."""


def pace() -> float:
    """Milliseconds in which one core adds a million numbers in a plain loop; the best of a few tries."""
    return 1000 * min(timeit.repeat(_add, number=1, repeat=_TRIES))


def _add() -> int:
    total = 0
    for number in range(_ADDITIONS):
        total += number
    return total
