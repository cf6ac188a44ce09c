"""The matrix as rows and columns for a page: each place with its cells, and the projects behind each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _

from tacoord.extensions import db
from tacoord.models import utcnow
from tacoord.services.coverage.coverage import NOT_STATED, CoverageCell, Matrix, MatrixQuery, matrix
from tacoord.services.coverage.gaps import GapQuery, list_gaps
from tacoord.services.terms.vocabularies import labels
from tacoord.web.coverage.cells import Shown, cell_of
from tacoord.web.gate import viewer

Columns = Sequence[tuple[str, str]]
"""(code, words) of each column."""


@dataclass(frozen=True, slots=True)
class Row:
    """A place with its cells in the order of the columns, and all columns together."""

    code: str
    name: str
    address: str | None
    cells: Sequence[Shown]
    total: CoverageCell


def covered(query: MatrixQuery, *, gaps: GapQuery | None, needs: bool = False) -> Matrix:
    """The matrix as the reader may know it, with the gaps of its cells; gaps: which; None for none.

    A country where projects have ended, and none runs, is added: nobody is there any more. needs: also those of which
    an indicator says that they need help.
    """
    found = matrix(db.session(), viewer(), query)
    if gaps is None:
        return found
    every = list_gaps(db.session(), viewer(), now=utcnow(), query=gaps)
    added = {gap.cell.country for gap in every if gap.work or (needs and gap.signs)}
    known = added.union(found.places())
    for gap in every:
        subject = gap.cell.measure if query.subjects == "measure" else gap.cell.pillar
        level = (query.subjects == "measure") == (gap.cell.measure is not None)
        if level and subject and gap.cell.country in known:
            found.add_gap(gap.cell.country, subject)
    return found


def columns_of(found: Matrix) -> Columns:
    """A column for each subject; one for projects that state none, where there are any."""
    session = db.session()
    words = {**labels(session, "pillar"), **labels(session, "measure")}
    columns = [(code, words.get(code, code)) for code in found.subjects]
    if any(subject == NOT_STATED for _place, subject in found.cells):
        columns.append((NOT_STATED, _("Not stated")))
    return columns


def row_of(
    place: str,
    name: str,
    found: Matrix,
    columns: Columns,
    *,
    today: date,
    shows: str = "projects",
    running: bool = True,
) -> Row:
    """One place in the order of `columns`."""
    cells = [
        cell_of(
            found.cell(place, code),
            place=name,
            code=code,
            subject=words,
            address=projects_address(place, code, running=running),
            shows=shows,
            today=today,
        )
        for code, words in columns
    ]
    address = url_for("countries.show", code=place) if is_country(place) else None
    return Row(place, name, address, cells, found.total(place))


def projects_address(place: str, subject: str = "", *, running: bool = True) -> str:
    """The list of the projects behind a cell, or, without a subject, behind a whole row."""
    asked: dict[str, str] = {}
    if subject:
        asked["measure" if "-" in subject else "pillar"] = subject
    if place:
        asked["country" if is_country(place) else "region"] = place
    if running:
        asked["running"] = "1"
    return url_for("projects.index", **asked)  # type: ignore[arg-type]


def is_country(place: str) -> bool:
    """Whether a code of a row is that of a country; regions have figures."""
    return place.isalpha()


def sorted_rows(rows: Sequence[Row], columns: Columns, order: str) -> list[Row]:
    """By name, by all columns together, or by one column; falling where `order` begins with a minus."""
    column, falling = order.removeprefix("-"), order.startswith("-")
    places = {code or "none": number for number, (code, _words) in enumerate(columns)}
    by_name = sorted(rows, key=lambda row: row.name.casefold())
    key: Callable[[Row], float]
    if column == "total":
        key = _all_projects
    elif column in places:
        place = places[column]
        key = lambda row: row.cells[place].size  # noqa: E731 - a rule of one line
    else:
        return by_name[::-1] if falling else by_name
    return sorted(by_name, key=key, reverse=falling)


def _all_projects(row: Row) -> float:
    return row.total.projects
