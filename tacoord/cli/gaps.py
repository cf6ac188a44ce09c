"""`tacoord gaps`: where help is missing, as sentences, a table, or for machines."""

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import click
from sqlalchemy import select

from tacoord.cli.context import with_app
from tacoord.errors import NotFound
from tacoord.extensions import db
from tacoord.matching.gaps import Gap
from tacoord.models import AssistanceRequest, Project, utcnow
from tacoord.services.coverage.gaps import INDICATOR_WORDS, GapQuery, evidence_of, list_gaps
from tacoord.services.terms.country_names import find_country
from tacoord.services.terms.vocabularies import labels
from tacoord.services.visibility import EVERYTHING

COLUMNS: Final = (
    "kind",
    "country",
    "pillar",
    "measure",
    "since",
    "until",
    "sentence",
    "projects",
    "requests",
    "indicators",
)
CODE_LENGTH: Final = 2
Names = Mapping[str, str]


@click.command()
@click.option("--country", metavar="CC", help="Only this country, by its two letters or its name.")
@click.option("--measures", is_flag=True, help="Look at each measure too, not at pillars alone.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "csv", "json"]),
    default="text",
    show_default=True,
)
@with_app
def gaps(country: str | None, measures: bool, kind: str) -> None:
    """Print where help is missing, the most pressing first, each with its evidence."""
    session = db.session()
    names = {**labels(session, "pillar"), **labels(session, "measure")}
    countries = labels(session, "country")
    if country is not None:
        code = country.upper() if country.upper() in countries else find_country(country)
        if code is None:
            says = "has the code" if len(country) == CODE_LENGTH else "is called"
            raise NotFound(f"no country {says} {country}")
        country = code
    query = GapQuery(countries=[country] if country else (), measures=measures)
    found = list_gaps(session, EVERYTHING, now=utcnow(), query=query)
    _PRINTERS[kind](found, {**countries, **names})


def sentence_of(gap: Gap, names: Names) -> str:
    """The statement in English. names: of countries, pillars and measures by code."""
    code = gap.cell.measure or gap.cell.pillar
    return gap.sentence % gap.places(
        country=names[gap.cell.country], subject=names[code], day=_day, as_of=str
    )


def _print_text(found: Sequence[Gap], names: Names) -> None:
    titles = _titles(found)
    for gap in found:
        click.echo(f"{sentence_of(gap, names)}  [{gap.kind.value}]")
        for work in gap.work:
            until = _day(work.ends) if work.ends else "not stated"
            click.echo(f"    project {work.id}, until {until}: {titles[work.id]}")
        for ask in gap.asks:
            click.echo(f"    request {ask.id}, sent {_day(ask.sent)}: {titles[ask.id]}")
        for sign in gap.signs:
            words = INDICATOR_WORDS.get(sign.indicator, f"{sign.indicator} {sign.value}")
            click.echo(f"    {words}, {sign.as_of} ({sign.source})")
    click.echo(f"gaps: {len(found)}", err=True)


def _print_csv(found: Sequence[Gap], names: Names) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    for gap in found:
        row = _values(gap, names)
        lists = (gap.work, gap.asks)
        ids = [" ".join(each.id for each in some) for some in lists]
        signs = " ".join(f"{sign.indicator}@{sign.as_of}" for sign in gap.signs)
        table.writerow([*(row[name] for name in COLUMNS[:7]), *ids, signs])


def _print_json(found: Sequence[Gap], names: Names) -> None:
    rows = [{"key": gap.key, **_values(gap, names), "evidence": evidence_of(gap)} for gap in found]
    click.echo(json.dumps(rows, indent=2, ensure_ascii=False))


def _values(gap: Gap, names: Names) -> dict[str, Any]:
    return {
        "kind": gap.kind.value,
        "country": gap.cell.country,
        "pillar": gap.cell.pillar,
        "measure": gap.cell.measure,
        "since": gap.since.isoformat() if gap.since else None,
        "until": gap.until.isoformat() if gap.until else None,
        "sentence": sentence_of(gap, names),
    }


def _titles(found: Sequence[Gap]) -> dict[str, str]:
    """The titles of the records that the evidence names, by public id."""
    session = db.session()
    titles: dict[str, str] = {}
    for table, ids in (
        (Project, {work.id for gap in found for work in gap.work}),
        (AssistanceRequest, {ask.id for gap in found for ask in gap.asks}),
    ):
        rows = select(table.public_id, table.title).where(table.public_id.in_(ids))
        titles.update((row.public_id, row.title) for row in session.execute(rows))
    return titles


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


_PRINTERS: Final[Mapping[str, Callable[[Sequence[Gap], Names], None]]] = {
    "text": _print_text,
    "csv": _print_csv,
    "json": _print_json,
}
