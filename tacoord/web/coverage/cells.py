"""One cell of the matrix as it is shown: its figure, colour, bar, signs, and the sentence for who listens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from tacoord.charts.coverage import coverage_step
from tacoord.services.coverage.coverage import CoverageCell
from tacoord.web.filters import day_words, money, number

FULL_BAR_MONTHS: Final = 36
_CENTS_OF_A_MILLION: Final = 100_000_000
SHOWS: Final = ("projects", "money", "months")


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell. subject: its code, "" for projects that state none. step: 0 to 4, or "gap".

    bar: 0 to 1, the part of three years that is covered; None: no bar. projects: how many. size: what the column is
    sorted by: projects, cents of US dollars or months.
    """

    address: str
    subject: str
    figure: str
    projects: int
    size: float
    step: int | str
    words: str
    bar: float | None
    signs: tuple[tuple[str, str], ...]


def cell_of(
    cell: CoverageCell,
    *,
    place: str,
    code: str,
    subject: str,
    address: str,
    shows: str,
    today: date,
) -> Shown:
    """The cell as the present question asks for it: projects, money or months. subject: the words of `code`."""
    months = cell.months_left(today)
    bar = None
    if cell.projects:
        bar = 1.0 if months is None else min(1.0, months / FULL_BAR_MONTHS)
    step: int | str = coverage_step(cell.projects)
    if cell.gaps and not cell.projects:
        step = "gap"
    sentence = _sentence(cell, place, subject, months)
    return Shown(
        address=address,
        subject=code,
        figure=_figure(cell, shows, months),
        projects=cell.projects,
        size=_size(cell, shows, months),
        step=step,
        words=sentence,
        bar=bar,
        signs=tuple(sign for sign in signs_of(cell) if step != "gap" or sign[0] != "gap"),
    )


def _size(cell: CoverageCell, shows: str, months: int | None) -> float:
    if shows == "money":
        return cell.usd_minor
    if shows == "months" and cell.projects:
        return inf if months is None else months
    return cell.projects if shows == "projects" else -1


def _figure(cell: CoverageCell, shows: str, months: int | None) -> str:
    if shows == "money":
        return _millions(cell.usd_minor) if cell.usd_minor else "–"
    if shows == "months":
        if not cell.projects:
            return "–"
        return _("no end") if months is None else number(months)
    return number(cell.projects)


def _millions(cents: int) -> str:
    """Millions of US dollars, with more digits where there is less: 12.3, 0.08."""
    amount = cents / _CENTS_OF_A_MILLION
    return number(max(amount, 0.01), 1 if amount >= 1 else 2)


def _sentence(cell: CoverageCell, place: str, subject: str, months: int | None) -> str:
    parts = [ngettext("%(num)s project", "%(num)s projects", cell.projects)]
    if cell.usd_minor:
        parts.append(money(cell.usd_minor, "USD"))
    if cell.until and months is not None:
        parts.append(_("until %(day)s", day=day_words(cell.until)))
    parts += [words for _name, words in signs_of(cell)]
    return f"{place}, {subject}: {', '.join(parts)}"


def signs_of(cell: CoverageCell) -> Iterator[tuple[str, str]]:
    """(name of the sign, words) of what stands in the cell beside its projects."""
    if cell.gaps:
        yield "gap", ngettext("%(num)s gap", "%(num)s gaps", cell.gaps)
    if (
        cell.overlaps and cell.projects
    ):  # else the pair is of projects that this table does not count
        yield (
            "overlap",
            ngettext("%(num)s overlap to judge", "%(num)s overlaps to judge", cell.overlaps),
        )
    if cell.requests:
        yield "request", ngettext("%(num)s open request", "%(num)s open requests", cell.requests)
