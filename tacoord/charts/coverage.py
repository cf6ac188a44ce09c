"""The five steps of coverage that map and matrix share."""

from bisect import bisect_right
from typing import Final

LEAST_PROJECTS: Final = (0, 1, 2, 4, 8)
"""The least number of running projects of each step."""


def coverage_step(projects: int) -> int:
    """0 (none) to 4 (many): the step of a number of running projects."""
    return bisect_right(LEAST_PROJECTS, max(projects, 0)) - 1


def step_words() -> tuple[str, ...]:
    """The range of each step as figures, such as 2–3 and 8+, for a legend."""
    following = (*LEAST_PROJECTS[1:], None)
    return tuple(
        f"{least}+" if next_least is None else _range(least, next_least - 1)
        for least, next_least in zip(LEAST_PROJECTS, following, strict=True)
    )


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}–{most}"
