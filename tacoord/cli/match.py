"""The command `tacoord match`: the records of a file compared among themselves, without a database."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import click
import msgspec

from tacoord.cli.output import counted, require_place, written_whole
from tacoord.cli.progress import Progress
from tacoord.cli.whole_number import WholeNumber
from tacoord.matching.collection import of_closed_file
from tacoord.matching.engine import LOCAL, Engine, default_workers, opened
from tacoord.matching.lines import Reading, chunks_of_lines, read_lines
from tacoord.matching.match import Match
from tacoord.matching.sweep import Swept, check, compare_all

_REFUSED: Final = 1
_COULD_NOT: Final = 2
_GZIP: Final = b"\x1f\x8b"
_QUOTE: Final = '"'
_SPECIAL: Final = re.compile(r'[",\r\n]')
_HEADER: Final = ("left", "right", "score", "kind", "evidence")
# More would scroll everything else away; the number of all is said.
_MOST_NAMED: Final = 10
_FEW_LINES: Final = 3
# Below this size the other processes would start longer than the work takes.
_SMALL_FILE: Final = 4_000_000


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "out",
    type=click.Path(path_type=Path),
    required=True,
    help="Where the pairs go, as CSV.",
)
@click.option(
    "--cutoff", type=float, help="Keep every compared pair with at least this score, 0 to 1."
)
@click.option("--top", type=int, help="Keep a pair that is among the K best of either record.")
@click.option("--workers", type=WholeNumber(1), help="Processes; by default one for each core.")
@click.option("--engine", default=LOCAL, envvar="TACOORD_MATCH_ENGINE", show_default=True,
              help="local, or the address of a Dask scheduler (tcp://host:port).")  # fmt: skip
def match(
    file: Path, out: Path, cutoff: float | None, top: int | None, workers: int | None, engine: str
) -> None:
    """Compare the projects in FILE (JSON Lines) among themselves.

    Without --cutoff the rows are the pairs that the model would flag.
    """
    progress = Progress()
    try:
        check(cutoff=cutoff, top=top)
        with file.open("rb"):
            pass
        _require_another(file, out)
        require_place(out)
        few = engine == LOCAL and file.stat().st_size < _SMALL_FILE
        with opened(engine, workers=1 if few else workers or default_workers()) as running:
            reading, swept = _compared(file, running, progress)
            if reading.refused and not reading.records:
                raise ValueError(
                    f"{file}: no line is a JSON object with an id (wanted: JSON Lines in UTF-8)"
                )
            chosen = swept.select(cutoff=cutoff, top=top)
            _write(out, swept.told(chosen, _lines, running), len(chosen), progress)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        progress.finish()
        click.echo(f"tacoord match: {_reason(error)}", err=True)
        raise click.exceptions.Exit(_COULD_NOT) from error
    progress.finish()
    _sum_up(reading, len(chosen), len(swept.left))
    if reading.refused:
        raise click.exceptions.Exit(_REFUSED)


def _require_another(file: Path, out: Path) -> None:
    if out.exists() and out.samefile(file):
        raise ValueError(f"{out}: the records are there; name another file for the pairs")


def _compared(file: Path, engine: Engine, progress: Progress) -> tuple[Reading, Swept]:
    reading = Reading()
    with _opened(file) as lines:
        for part in engine.map(read_lines, chunks_of_lines(lines)):
            reading.add(part)
            progress("records read", reading.records, None)
    return reading, compare_all(
        reading.take(), engine=engine, rarity=of_closed_file, progress=progress
    )


def _opened(file: Path) -> IO[bytes]:
    with file.open("rb") as plain:
        packed = plain.read(2) == _GZIP
    return gzip.open(file, "rb") if packed else file.open("rb")  # type: ignore[return-value]


def _write(out: Path, parts: Iterator[tuple[int, bytes]], count: int, progress: Progress) -> None:
    written = 0
    with written_whole(out) as file:
        file.write(",".join(_HEADER).encode() + b"\n")
        for pairs, lines in parts:
            file.write(lines)
            written += pairs
            progress("pairs written", written, count)


def _lines(matches: Iterable[Match]) -> tuple[int, bytes]:
    """How many pairs, and their lines of CSV; a writer of CSV takes ten times as long for evidence, which is long and
    full of quotes.
    """
    lines = [_line(one) for one in matches]
    return len(lines), b"".join(lines)


def _line(one: Match) -> bytes:
    evidence = msgspec.json.encode(one.evidence).replace(b'"', b'""')
    cells = f"{_cell(one.left)},{_cell(one.right)},{one.score!r},{one.kind}"
    return b'%s,"%s"\n' % (cells.encode(), evidence)


def _cell(text: str) -> str:
    return f'"{text.replace(_QUOTE, _QUOTE * 2)}"' if _SPECIAL.search(text) else text


def _sum_up(reading: Reading, pairs: int, compared: int) -> None:
    for number, reason in reading.refused[:_MOST_NAMED]:
        click.echo(f"line {number}: refused, {reason}", err=True)
    if len(reading.refused) > _MOST_NAMED:
        click.echo(f"and {len(reading.refused) - _MOST_NAMED:,} more lines refused", err=True)
    if reading.unreadable:
        fields = sorted(reading.unreadable.items(), key=lambda item: (-len(item[1]), item[0]))
        told = ", ".join(f"{name} {len(lines):,} ({_places(lines)})" for name, lines in fields)
        click.echo(f"values that could not be read, taken as missing: {told}", err=True)
    counts = f"{counted(reading.records, 'record')}, {len(reading.refused):,} refused"
    pairs_told = f"{counted(compared, 'pair')} compared, {pairs:,} written"
    click.echo(f"{counts}, {pairs_told}", err=True)


def _places(lines: Sequence[int]) -> str:
    """In which lines something stands, the first few: `lines 3, 7, 9 and others`."""
    numbers = list(dict.fromkeys(lines))
    told = ", ".join(map(str, numbers[:_FEW_LINES]))
    more = " and others" if len(numbers) > _FEW_LINES else ""
    return f"line{'s' if len(numbers) > 1 else ''} {told}{more}"


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())
