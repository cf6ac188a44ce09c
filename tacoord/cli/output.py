"""Where a command writes to: a file that is there only when it is whole, or standard output."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 project`, `1,200 projects`; many: where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def tell_columns(*names: str) -> None:
    """Name the columns of a list to a person who looks at it; a program or file that takes the list gets none."""
    if sys.stdout.isatty():
        click.echo("\t".join(names), err=True)


@contextmanager
def written_whole(out: Path | None) -> Iterator[BinaryIO]:
    """A binary stream to `out`, or to standard output; a file takes its place only after the last byte."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    require_place(out)
    # A name of its own: `pairs.csv.part` may be somebody's file, even the one that is read.
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        os.replace(part, out)
    except OSError as error:
        # What the caller named, not the file beside it that nobody asked for.
        raise OSError(error.errno, error.strerror or str(error), str(out)) from error
    finally:
        part.unlink(missing_ok=True)


def require_place(out: Path) -> None:
    """Say before long work, not after it, that nothing can be written there. Raises OSError."""
    folder = out.parent
    if out.is_dir():
        number = errno.EISDIR
    elif not folder.is_dir():
        number = errno.ENOENT if not folder.exists() else errno.ENOTDIR
    elif not os.access(folder, os.W_OK):
        number = errno.EACCES
    else:
        return
    raise OSError(number, os.strerror(number), str(out if out.is_dir() else folder))
