"""The empty workbook to fill in: lists to choose from, an example row, and what each column means."""

from collections.abc import Callable
from typing import Any, BinaryIO, Final

from sqlalchemy.orm import Session

from tacoord.errors import N_
from tacoord.services.exchange.table_columns import COLUMNS, EXAMPLE, NOT_READ, Column
from tacoord.services.terms.money import currencies
from tacoord.services.terms.vocabularies import labels

ROWS: Final = 2_000
"""Rows that have lists to choose from."""

_FIRST: Final = 2
_VISIBILITIES: Final = ("public", "registered", "group", "organisation")
_LANGUAGES: Final = ("en", "fr", "es", "ar", "ru", "zh")
_WIDTHS: Final = {
    "title": 40,
    "description": 50,
    "funders": 28,
    "implementers": 28,
    "countries": 24,
}
_HOW: Final = (
    N_("One row is one project. Only the title is needed; say what you know."),
    N_("The grey row is an example and is not imported. You may delete it."),
    N_("Choose from the lists, or type codes or names. Where several belong in a cell, put a semicolon between."),
    N_("Do not change the names in the first row. Columns may be moved or deleted."),
    N_("A row with the same reference or IATI identifier changes the project that is there already."),
)  # fmt: skip
_EXAMPLE: Final = {
    "id": EXAMPLE,
    "reference": "2026-017",
    "language": "en",
    "title": "Shelters for victims of trafficking in two provinces",
    "description": "Six shelters with legal advice, run with local partners.",
    "funders": "Ministry of Justice of Freedonia",
    "implementers": "International Organization for Migration [XM-DAC-47066]",
    "countries": "KH 60; LA 40",
    "pillars": "PROT 100",
    "status": "2",
    "planned_start": "2026-03-01",
    "planned_end": "2028-02-29",
    "budget": 1500000,
    "currency": "USD",
    "contact_shown": "no",
    "visibility": "registered",
}


def write_template(
    session: Session, stream: BinaryIO, *, locale: str = "en", say: Callable[[str], str] = str
) -> None:
    """Write an Excel workbook that `tables.import_table` reads, with the words of the vocabularies as drop-downs.

    say: translates what is written for people.
    """
    import xlsxwriter  # noqa: PLC0415 - heavy

    book = xlsxwriter.Workbook(stream, {"strings_to_urls": False})
    projects = book.add_worksheet("Projects")
    instructions, lists = book.add_worksheet("Instructions"), book.add_worksheet("Lists")
    columns = [column for column in COLUMNS if column.name not in NOT_READ]
    _write_headings(book, projects, columns, say)
    _write_example(book, projects, columns)
    ranges = _write_lists(session, lists, columns, locale)
    for place, column in enumerate(columns):
        if column.name in ranges:
            _offer(projects, place, column, ranges[column.name], say)
    _write_instructions(book, instructions, columns, say)
    projects.activate()
    book.close()


def _write_headings(
    book: Any, sheet: Any, columns: list[Column], say: Callable[[str], str]
) -> None:
    needed = book.add_format({"bold": True, "bg_color": "#CFE5DD", "bottom": 1})
    usual = book.add_format({"bold": True, "bg_color": "#F1F5F4", "bottom": 1})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.name, needed if column.name == "title" else usual)
        sheet.write_comment(0, place, say(column.about))
        sheet.set_column(place, place, _WIDTHS.get(column.name, 16))
    sheet.freeze_panes(1, 0)


def _write_example(book: Any, sheet: Any, columns: list[Column]) -> None:
    grey = book.add_format({"italic": True, "font_color": "#55595E", "bg_color": "#ECECEC"})
    for place, column in enumerate(columns):
        value = _EXAMPLE.get(column.name, "")
        if isinstance(value, str):
            sheet.write_string(1, place, value, grey)
        else:
            sheet.write_number(1, place, value, grey)


def _write_lists(
    session: Session, sheet: Any, columns: list[Column], locale: str
) -> dict[str, str]:
    """A column of words for each list; returns where they stand, by the column that offers them."""
    ranges: dict[str, str] = {}
    for column in columns:
        words = _words(session, column, locale)
        if not words:
            continue
        place = len(ranges)
        sheet.write_string(0, place, column.name)
        sheet.write_column(1, place, words)
        letters = _letters(place)
        ranges[column.name] = f"=Lists!${letters}$2:${letters}${len(words) + 1}"
    return ranges


def _words(session: Session, column: Column, locale: str) -> list[str]:
    if column.vocabulary:
        return list(labels(session, column.vocabulary, locale).values())
    if column.name == "currency":
        return [code for code, _ in currencies()]
    if column.name == "visibility":
        return list(_VISIBILITIES)
    if column.name == "language":
        return list(_LANGUAGES)
    return ["yes", "no"] if column.name == "contact_shown" else []


def _offer(sheet: Any, place: int, column: Column, source: str, say: Callable[[str], str]) -> None:
    """A drop-down; where several values may stand in a cell it only offers, and refuses nothing."""
    offer = {
        "validate": "list",
        "source": source,
        "error_title": column.name,
        "error_message": say(N_("Choose a value from the list.")),
        "show_error": not (column.many or column.vocabulary or column.name == "language"),
    }
    sheet.data_validation(_FIRST, place, _FIRST + ROWS, place, offer)


def _write_instructions(
    book: Any, sheet: Any, columns: list[Column], say: Callable[[str], str]
) -> None:
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90, wrapped)
    for row, sentence in enumerate(_HOW):
        sheet.write_string(row, 1, say(sentence))
    for row, column in enumerate(columns, start=len(_HOW) + 1):
        sheet.write_string(row, 0, column.name, bold)
        sheet.write_string(row, 1, say(column.about))


def _letters(place: int) -> str:
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
