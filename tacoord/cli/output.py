"""Where a command writes to: a file that is there only when it is whole, or standard output."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written_whole(out: Path | None) -> Iterator[BinaryIO]:
    """A binary stream to `out`, or to standard output; a file takes its place only after the last byte."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)
