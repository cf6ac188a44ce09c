"""What is worked out of a word or another text once: those of a register come again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

# So many words are kept with what was worked out of them, and no longer ones: at most some 100 MB of each sort.
MOST_REMEMBERED: Final = 500_000
_LONGEST: Final = 40

Word = TypeVar("Word", str, bytes)
Value = TypeVar("Value")


class Remembered(dict[Word, Value]):
    """What a function makes of words, worked out once each; all is forgotten where it becomes too much.

    most: so many are kept; longest: none with more letters than that.
    """

    def __init__(
        self,
        work_out: Callable[[Word], Value],
        *,
        most: int = MOST_REMEMBERED,
        longest: int = _LONGEST,
    ) -> None:
        super().__init__()
        self._work_out: Callable[[Word], Value] = work_out
        self.most, self.longest = most, longest

    def __missing__(self, word: Word) -> Value:
        value = self._work_out(word)
        if len(word) > self.longest:
            return value
        if len(self) >= self.most:
            self.clear()
        self[word] = value
        return value
