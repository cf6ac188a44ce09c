"""The coverage of one country as a table: a row for each pillar, and below it the measures worked on."""

from dataclasses import dataclass, replace
from datetime import date

from tacoord.extensions import db
from tacoord.models import utcnow
from tacoord.services.coverage.coverage import CoverageCell, Matrix, MatrixQuery, matrix
from tacoord.services.coverage.gaps import GapQuery, list_gaps, whole_measures
from tacoord.services.terms.vocabularies import labels
from tacoord.web.coverage.cells import signs_of
from tacoord.web.coverage.grid import projects_address
from tacoord.web.gate import viewer


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A pillar, or a measure of the pillar above it.

    bare: the measures of a pillar on which nobody works, where somebody works on the pillar.
    """

    label: str
    is_measure: bool
    cell: CoverageCell
    address: str
    signs: tuple[tuple[str, str], ...]
    bare: tuple[str, ...] = ()


def subject_rows(country: str, today: date) -> list[SubjectRow]:
    """The pillars in their order, each with the measures on which projects are under way."""
    pillars, measures = _grids(country, today)
    session = db.session()
    words = labels(session, "measure")
    of = whole_measures(session)
    rows = []
    for pillar, label in labels(session, "pillar").items():
        mine = [code for code in of if of[code] == pillar]
        active = [code for code in mine if measures.cell(country, code).projects]
        bare = tuple(words[code] for code in mine if code not in active)
        row = _row(country, pillar, label, pillars, is_measure=False)
        rows.append(replace(row, bare=bare if row.cell.projects else ()))
        rows += [_row(country, code, words[code], measures, is_measure=True) for code in active]
    return rows


def _grids(country: str, today: date) -> tuple[Matrix, Matrix]:
    """Coverage of the country by pillar, and by measure, with their gaps."""
    session = db.session()
    pillars, measures = (
        matrix(
            session,
            viewer(),
            MatrixQuery(today=today, within=[country], subjects=subjects),
        )
        for subjects in ("pillar", "measure")
    )
    query = GapQuery(countries=[country], measures=True)
    for gap in list_gaps(session, viewer(), now=utcnow(), query=query):
        if gap.cell.measure:
            measures.add_gap(country, gap.cell.measure)
        else:
            pillars.add_gap(country, gap.cell.pillar)
    return pillars, measures


def _row(country: str, code: str, label: str, grid: Matrix, *, is_measure: bool) -> SubjectRow:
    cell = grid.cell(country, code)
    address = projects_address(country, code)
    return SubjectRow(label, is_measure, cell, address, tuple(signs_of(cell)))
