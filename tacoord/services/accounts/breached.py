"""Passwords that were stolen elsewhere and published: a file of their SHA-1 hashes, searched where it lies.

The file is what "Pwned Passwords" gives out: `HASH:COUNT` a line, in the order of the hashes. It may be larger than the
memory; nothing is asked of any network.
"""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO, Final

_DIGITS: Final = 40


def is_breached(password: str, file: Path) -> bool:
    """Whether the hash of `password` stands in the file. Raises OSError where it can no longer be read."""
    # SHA-1 is how the file names passwords; nothing is kept of it.
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        return _stands_in(lines, wanted)


def _stands_in(lines: BinaryIO, wanted: bytes) -> bool:
    """Search by halves: the line, if it is there, begins at or after `low` and before `high`."""
    low, high = 0, lines.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        start = _next_line(lines, middle)
        line = lines.readline()
        found = line[:_DIGITS].upper()
        if start >= high or wanted < found:
            high = middle
        elif found < wanted:
            low = start + len(line)
        else:
            return True
    return False


def _next_line(lines: BinaryIO, place: int) -> int:
    """Go to the first line that begins at `place` or after it, and say where that is."""
    if place == 0:
        return lines.seek(0)
    lines.seek(place - 1)
    lines.readline()
    return lines.tell()
