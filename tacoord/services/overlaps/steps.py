"""Long work in steps: values some at a time, and how far it is."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tacoord.matching.sweep import batches as lists_of

Progress = Callable[[str, int, int | None], None]
"""Told the stage, how much of it is done, and how much there is (None where that is not known yet)."""
Begin = Callable[[], None]
"""Called before a step writes, so that what is worked out between two keeps nobody waiting."""

T = TypeVar("T")


def batches(values: Iterable[T], size: int) -> Iterator[tuple[int, list[T]]]:
    """Lists of at most `size` values in order, each with how many there were up to its end."""
    done = 0
    for batch in lists_of(values, size):
        done += len(batch)
        yield done, batch


def tell(progress: Progress | None, stage: str, done: int, whole: int | None) -> None:
    """Say how far a stage is, to whoever wants to know."""
    if progress:
        progress(stage, done, whole)


def start(begin: Begin | None) -> None:
    """Say that a step is about to write, to whoever wants to know."""
    if begin:
        begin()
