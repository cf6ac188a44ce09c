"""What is worked out of a word once: the words of a register come again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

# So many words are kept with what was worked out of them, and no longer ones: at most some 100 MB of each sort.
MOST_REMEMBERED: Final = 500_000
_LONGEST: Final = 40

Value = TypeVar("Value")


class Remembered(dict[str, Value]):
    """What a function makes of words, worked out once each; all is forgotten where it becomes too much."""

    def __init__(self, work_out: Callable[[str], Value]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, word: str) -> Value:
        value = self._work_out(word)
        if len(word) > _LONGEST:
            return value
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[word] = value
        return value
