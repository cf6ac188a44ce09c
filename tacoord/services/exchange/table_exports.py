"""Projects into tables: CSV, Excel, JSON Lines and CSV with HXL hashtags; what a viewer may see, and nothing else."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import BinaryIO, Final, Protocol

from sqlalchemy import case, null, select
from sqlalchemy.orm import Session

from tacoord.models import Organisation, Project
from tacoord.services.exchange.table_cells import Cell, guarded
from tacoord.services.exchange.table_columns import COLUMNS, LANGUAGE_COLUMN
from tacoord.services.exchange.table_rows import row_of
from tacoord.services.projects.json_form import json_of
from tacoord.services.projects.source import published_projects
from tacoord.services.visibility import Viewer, counted_projects, whole_clause

LONGEST_CELL: Final = 32_767
"""What a cell of Excel can hold; longer texts are cut there."""


class TableFormat(StrEnum):
    """What projects can be exported to besides IATI."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    HXL = "hxl"


class _Table(Protocol):
    def row(self, cells: Sequence[Cell]) -> None: ...
    def close(self) -> None: ...


def export_table(
    session: Session,
    stream: BinaryIO,
    form: TableFormat,
    *,
    viewer: Viewer,
    organisation: Organisation | None = None,
) -> int:
    """Write the published projects that `viewer` may know of (of one organisation, or all); returns how many.

    `tables.import_table` reads each of these files again. No cell can be taken for a formula.
    """
    projects = published_projects(session, viewer, organisation=organisation)
    if form is TableFormat.JSONL:
        return _write_lines(projects, stream, viewer)
    columns = _columns(session, viewer, organisation)
    table = _opened(stream, form)
    table.row(columns)
    if form is TableFormat.HXL:
        table.row([_hashtag(name) for name in columns])
    count = 0
    for project in projects:
        cells = row_of(project, viewer)
        table.row([cells.get(name) for name in columns])
        count += 1
    table.close()
    return count


def _opened(stream: BinaryIO, form: TableFormat) -> _Table:
    if form is TableFormat.XLSX:
        return _Workbook(stream)
    return _Csv(stream, mark=form is TableFormat.CSV)


def _write_lines(projects: Iterator[Project], stream: BinaryIO, viewer: Viewer) -> int:
    count = 0
    for project in projects:
        line = json.dumps(json_of(project, viewer), ensure_ascii=False)
        stream.write(line.encode("utf-8", "replace") + b"\n")
        count += 1
    return count


def _columns(session: Session, viewer: Viewer, organisation: Organisation | None) -> list[str]:
    """The names of all columns, with one for each further language that is met."""
    withheld = case((whole_clause(viewer), Project.withheld), else_=null())
    query = select(Project.titles, Project.descriptions, withheld).where(counted_projects(viewer))
    if organisation is not None:
        query = query.where(Project.organisation_id == organisation.id)
    further: dict[str, set[str]] = {"title": set(), "description": set()}
    for titles, shown, kept in session.execute(query):
        main = next(iter(titles), "")
        descriptions = (kept or {}).get("descriptions", shown)
        further["title"].update(language for language in titles if language != main)
        further["description"].update(language for language in descriptions if language != main)
    names = []
    for column in COLUMNS:
        names.append(column.name)
        names += [f"{column.name}_{code}" for code in sorted(further.get(column.name, ()))]
    return names


def _hashtag(name: str) -> str:
    further = LANGUAGE_COLUMN.fullmatch(name)
    tags = {column.name: column.hxl for column in COLUMNS}
    return f"{tags[further[1]]}+{further[2]}" if further else tags[name]


def _plain(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    return guarded(cell) if isinstance(cell, str) else cell


class _Csv:
    """CSV in UTF-8. Every cell stands in quotation marks, so that a semicolon begins no new cell anywhere."""

    def __init__(self, stream: BinaryIO, *, mark: bool) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
        if mark:
            self._text.write("\ufeff")  # without it Excel takes UTF-8 for something else
        self._writer = csv.writer(self._text, quoting=csv.QUOTE_ALL)

    def row(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow([_plain(cell) for cell in cells])

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class _Workbook:
    """An Excel workbook of one sheet, written row by row."""

    def __init__(self, stream: BinaryIO) -> None:
        import xlsxwriter  # noqa: PLC0415 - heavy

        self._book = xlsxwriter.Workbook(
            stream, {"constant_memory": True, "strings_to_urls": False}
        )
        self._sheet = self._book.add_worksheet("Projects")
        self._sheet.freeze_panes(1, 0)
        self._bold = self._book.add_format({"bold": True})
        self._row = 0

    def row(self, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            value = _plain(cell)
            if isinstance(value, str):
                if value:
                    form = None if self._row else self._bold
                    self._sheet.write_string(self._row, column, value[:LONGEST_CELL], form)
            else:
                self._sheet.write_number(self._row, column, value)
        self._row += 1

    def close(self) -> None:
        self._book.close()
