"""Rows out of CSV, Excel and JSON Lines files, whatever their encoding and delimiter; harmful files are refused."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, BinaryIO, Final

from tacoord.errors import N_
from tacoord.iati.faults import Fault, UnreadableFile
from tacoord.services.exchange.table_cells import Cell, text_of
from tacoord.services.exchange.table_columns import column_named

MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 500
MOST_CELLS: Final = 5_000_000
MOST_UNPACKED: Final = 300 << 20
MOST_TIMES_LARGER: Final = 200
MOST_MEMBERS: Final = 1_000
LONGEST_LINE: Final = 2 << 20
HEADING_WITHIN: Final = 10
_MARKS: Final = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

MESSAGES: Final = {
    "empty-file": N_("The file is empty."),
    "file-too-large": N_("The file is larger than %(limit_mb)s MB."),
    "not-a-table": N_("This is neither CSV, nor Excel (.xlsx), nor JSON Lines."),
    "iati-file": N_("This is an XML file. Import it as IATI."),
    "old-excel": N_("This is a file of an old Excel. Save it as .xlsx, and give that file."),
    "broken-workbook": N_("The workbook cannot be opened."),
    "locked-workbook": N_("The workbook is protected by a password. Save it without one."),
    "swollen-workbook": N_("The workbook is refused: unpacked it would be far too large."),
    "too-many-rows": N_("The table has more than %(most)d rows, or cells far outside of it."),
    "no-title-column": N_(
        "No column is called “title”. Use the names of the template in the first row."
    ),
    "column-twice": N_(
        "Column %(first)s (“%(first_heading)s”) and column %(second)s (“%(second_heading)s”) both mean “%(name)s”. "
        "Keep one of them."
    ),
    "broken-csv": N_("The file cannot be read as a table from this line on."),
}


class Format(StrEnum):
    """What a file is, told by its content."""

    IATI = "iati"
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


Rows = Iterator[tuple[int, dict[str, Cell]]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose columns are known. headings: by column; unknown: headings that name no column of ours.

    rows: each with its number, to be read once; again: the same from the beginning, for who must look ahead.
    """

    headings: dict[str, str]
    unknown: tuple[str, ...]
    rows: Rows
    again: Callable[[], Rows]


@dataclass(frozen=True, slots=True)
class JsonLine:
    """One line of JSON Lines: its number, and its value, or None where it is no JSON."""

    number: int
    value: Any


def fault(code: str, *, line: int | None = None, **values: str | int) -> Fault:
    """The fault of a file."""
    return Fault("", MESSAGES[code], values, code, line)


def unreadable(code: str, *, line: int | None = None, **values: str | int) -> UnreadableFile:
    """That nothing can be read of the file."""
    return UnreadableFile(fault(code, line=line, **values))


def guess_format(beginning: bytes) -> Format:
    """What a file is, by its first bytes. Raises UnreadableFile."""
    if not beginning.strip():
        raise unreadable("empty-file")
    if beginning.startswith(b"PK\x03\x04"):
        return Format.XLSX
    if beginning.startswith(b"\xd0\xcf\x11\xe0"):
        raise unreadable("locked-workbook" if b"E\0n\0c\0r\0y\0p\0t" in beginning else "old-excel")
    text = _decoded(beginning[: len(beginning) // 2 * 2]).lstrip()
    if text.startswith("<"):
        return Format.IATI
    if text.startswith("{"):
        return Format.JSONL
    if "\x00" in text or not text:
        raise unreadable("not-a-table")
    return Format.CSV


def read_table(stream: BinaryIO, form: Format, *, max_bytes: int) -> Table:
    """The table in a CSV or Excel file. Raises UnreadableFile; broken CSV may raise it in the middle of the rows."""
    return _first_table(read_all(stream, max_bytes=max_bytes), form)


def _first_table(data: bytes, form: Format) -> Table:
    """The first sheet that is a table of projects."""
    for sheet in _xlsx_sheets(data) if form is Format.XLSX else [_csv_rows(data)]:
        found = _table(sheet)
        if found is not None:
            headings, unknown, rows = found
            return Table(headings, unknown, rows, lambda: _first_table(data, form).rows)
    raise unreadable("no-title-column")


def read_json_lines(stream: BinaryIO, *, max_bytes: int) -> Iterator[JsonLine]:
    """The values of the lines that are not blank; memory stays small. Raises UnreadableFile."""
    size = 0
    for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE + 1), b""), start=1):
        size += len(line)
        if size > max_bytes:
            raise unreadable("file-too-large", line=number, limit_mb=max_bytes >> 20)
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) > LONGEST_LINE:
            raise unreadable("broken-csv", line=number)
        if line.strip():
            yield JsonLine(number, _json(line))


def read_all(stream: BinaryIO, *, max_bytes: int) -> bytes:
    """All bytes of a file. Raises UnreadableFile where they are too many, or none."""
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise unreadable("file-too-large", limit_mb=max_bytes >> 20)
    if not data:
        raise unreadable("empty-file")
    return data


def _json(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _table(
    sheet: Iterator[tuple[int, Sequence[Cell]]],
) -> tuple[dict[str, str], tuple[str, ...], Rows] | None:
    """Headings, unknown headings and rows, where headings stand in one of the first rows; None where there are none."""
    for looked, (_, cells) in enumerate(sheet):
        if looked == HEADING_WITHIN:
            return None
        names = [column_named(text_of(cell)) if text_of(cell) else None for cell in cells]
        if "title" not in names:
            continue
        _refuse_twice(names, cells)
        headings = {name: text_of(cell) for name, cell in zip(names, cells, strict=True) if name}
        unknown = [text_of(cell) for name, cell in zip(names, cells, strict=True) if not name]
        return headings, tuple(filter(None, unknown)), _named(sheet, names)
    return None


def _refuse_twice(names: Sequence[str | None], cells: Sequence[Cell]) -> None:
    """Refuse two columns of one meaning, naming them as they are typed and where they stand."""
    for second, name in enumerate(names):
        first = names.index(name)
        if name and first < second:
            raise unreadable(
                "column-twice",
                name=name,
                first=_column_letters(first + 1),
                first_heading=text_of(cells[first]),
                second=_column_letters(second + 1),
                second_heading=text_of(cells[second]),
            )


def _named(
    rows: Iterator[tuple[int, Sequence[Cell]]], names: Sequence[str | None]
) -> Iterator[tuple[int, dict[str, Cell]]]:
    for number, cells in rows:
        row = {name: cell for name, cell in zip(names, cells, strict=False) if name}
        texts = [text for cell in row.values() if (text := text_of(cell))]
        # Blank rows, and the row of HXL hashtags below the headings.
        if texts and not all(text.startswith("#") for text in texts):
            yield number, row


def _csv_rows(data: bytes) -> Iterator[tuple[int, Sequence[Cell]]]:
    text = _decoded(data)
    first, _, rest = text.partition("\n")
    mark = re.fullmatch(r"sep=(.)\r?", first)
    skipped = 1 if mark else 0
    reader = csv.reader(
        io.StringIO(rest if mark else text, newline=""),
        delimiter=mark[1] if mark else _delimiter(text),
    )
    csv.field_size_limit(LONGEST_LINE)
    for count in range(MOST_ROWS + 1):
        begins = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise unreadable("broken-csv", line=begins) from None
        if len(cells) > MOST_COLUMNS or count == MOST_ROWS:
            raise unreadable("too-many-rows", line=begins, most=MOST_ROWS)
        yield begins, cells


def _delimiter(text: str) -> str:
    """The delimiter of the first lines: the one that stands there most often, outside of quotation marks."""
    start = re.sub(r'"[^"]*"', "", text[:20_000])
    lines = [line for line in start.splitlines() if line.strip()][:HEADING_WITHIN]
    first = next((line for line in lines if "title" in line.casefold()), "".join(lines[:1]))
    return max(",;\t", key=first.count)


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff")
    nulls = data[:1000].count(0)
    if nulls > len(data[:1000]) // 4:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _xlsx_sheets(data: bytes) -> Iterator[Iterator[tuple[int, Sequence[Cell]]]]:
    """The rows of each sheet in turn, once the file is known to be harmless."""
    check_workbook(data)
    import python_calamine  # noqa: PLC0415 - heavy

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            offset = sheet.start[0] if sheet.start else 0
            rows = sheet.to_python(skip_empty_area=True)
            yield ((number, [*map(_cell, row)]) for number, row in enumerate(rows, offset + 1))
    except (python_calamine.CalamineError, ValueError):
        raise unreadable("broken-workbook") from None


def _cell(value: Any) -> Cell:
    return value if isinstance(value, str | int | float | date) else str(value)


def check_workbook(data: bytes) -> None:
    """Refuse a workbook that would fill the memory: by its members, by what they unpack to, by far-off cells.

    Raises UnreadableFile.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise unreadable("swollen-workbook")
            if not any(each.filename == "xl/workbook.xml" for each in members):
                raise unreadable("not-a-table")
            most = min(MOST_UNPACKED, max(len(data) * MOST_TIMES_LARGER, 1 << 20))
            for each in members:
                most -= _unpacked_size(archive, each, most)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError):
        raise unreadable("broken-workbook") from None
    except (EOFError, ValueError):
        raise unreadable("broken-workbook") from None


def _unpacked_size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> int:
    """What a member really unpacks to, whatever it declares; a sheet's cells must be near its beginning."""
    sheet = member.filename.startswith("xl/worksheets/")
    size, rest = 0, b""
    corner = _Corner()
    with archive.open(member) as stream:
        while chunk := stream.read(1 << 20):
            size += len(chunk)
            if size > most:
                raise unreadable("swollen-workbook")
            if sheet:
                corner.see(rest + chunk)
                rest = chunk[-64:]
    return size


_PLACE: Final = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})(\d{1,9})["']""")


class _Corner:
    """The lowest row and the last column that a sheet names: the reader would make room for all in between."""

    def __init__(self) -> None:
        self.row = self.column = 0

    def see(self, chunk: bytes) -> None:
        """Look at a piece of the sheet. Raises UnreadableFile for a cell too far off."""
        for letters, digits in _PLACE.findall(chunk):
            self.row = max(self.row, int(digits))
            self.column = max(self.column, _column_number(letters))
        far = self.row > MOST_ROWS + HEADING_WITHIN or self.column > MOST_COLUMNS
        if far or self.row * self.column > MOST_CELLS:
            raise unreadable("too-many-rows", most=MOST_ROWS)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _column_letters(number: int) -> str:
    """The letters of a column as spreadsheets show them: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def first_bytes(stream: BinaryIO, count: int = 4096) -> bytes:
    """The first bytes of a file, which is then at its beginning again."""
    beginning = stream.read(count)
    stream.seek(0)
    return beginning
