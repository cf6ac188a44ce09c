"""`tacoord overlaps`: compare all projects with all, and give out what was flagged."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.cli.context import note_export, settings, with_app
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.progress import Progress
from tacoord.cli.whole_number import WholeNumber
from tacoord.errors import ConfigurationError
from tacoord.extensions import announce_writing, db
from tacoord.matching.engine import default_workers
from tacoord.models import Kind, Overlap, Project, ProjectState
from tacoord.services.overlaps.query import (
    LARGEST_PAGE,
    OverlapQuery,
    Stand,
    list_overlaps,
)
from tacoord.services.overlaps.sweep import (
    Counts,
    changed_projects,
    compare,
    save,
    sweep_changed,
)
from tacoord.services.visibility import EVERYTHING

COLUMNS: Final = (
    "id", "kind", "score", "verdict", "at_stake_usd", "flagged_at", "decided_at", "model",
    "first_id", "first_title", "first_organisation", "second_id", "second_title",
    "second_organisation",
)  # fmt: skip

# So many projects are compared in less time than other processes need to start.
_SMALL_REGISTER: Final = 2_000


@click.group(cls=WholeHelpGroup)
def overlaps() -> None:
    """Pairs of projects that look alike."""


@overlaps.command()
@click.option("--workers", type=WholeNumber(1),
              help="Processes; by default one for each core, and one alone for a small register.")  # fmt: skip
@click.option(
    "--engine", help="`local`, or the address of a Dask scheduler; by default TACOORD_MATCH_ENGINE."
)
@click.option("--changed", is_flag=True, help="Compare only projects that changed.")
@with_app
def sweep(workers: int | None, engine: str | None, changed: bool) -> None:
    """Compare every project with every other, and bring what is flagged in line."""
    progress = Progress()
    try:
        counts = _swept(
            workers=workers,
            engine=engine or settings().match_engine,
            changed=changed,
            progress=progress,
        )
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    finally:
        progress.finish()
    click.echo(f"overlaps: {counts.total()} flagged{_by_kind(counts)}")


def _swept(*, workers: int | None, engine: str, changed: bool, progress: Progress) -> Counts:
    """Read and compare in one transaction that blocks nobody; then write in many short ones."""
    session = db.session()
    begin = partial(announce_writing, session)
    few = changed_projects(session) if changed else None
    if few is None:
        workers = workers or (1 if _is_small(session) else default_workers())
        compared = compare(session, workers=workers, engine=engine, progress=progress)
        steps = save(session, compared, progress, begin=begin)
    else:
        steps = sweep_changed(session, few, progress, begin=begin)
    session.rollback()
    counts: Counts = Counter()
    for so_far in steps:
        counts = so_far
        session.commit()
    session.commit()
    return counts


def _is_small(session: Session) -> bool:
    published = select(func.count()).where(Project.state == ProjectState.PUBLISHED)
    return (session.scalar(published) or 0) <= _SMALL_REGISTER


def _by_kind(counts: Counts) -> str:
    said = [f"{kind.value} {counts[kind.value]}" for kind in Kind if counts[kind.value]]
    return f" ({', '.join(said)})" if said else ""


@overlaps.command()
@click.option(
    "--format", "kind", type=click.Choice(["csv", "json"]), default="csv", show_default=True
)
@click.option("--all", "every", is_flag=True, help="With decided pairs and those no longer alike.")
@with_app
def export(kind: str, every: bool) -> None:
    """Print the pairs that wait for a verdict, those that matter most first."""
    note_export(kind, viewer=EVERYTHING, what="overlap")
    rows = _rows(Stand.ALL if every else Stand.OPEN)
    if kind == "json":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(value) for name, value in row.items()})


def _rows(stand: Stand) -> Iterator[Mapping[str, Any]]:
    query = OverlapQuery(stand=stand, limit=LARGEST_PAGE)
    while True:
        page = list_overlaps(db.session(), EVERYTHING, query)
        yield from map(_row, page.rows)
        if page.next is None:
            return
        query = replace(query, cursor=page.next)


def _row(overlap: Overlap) -> dict[str, Any]:
    stake = overlap.at_stake_usd_minor
    row: dict[str, Any] = {
        "id": overlap.public_id,
        "kind": overlap.kind.value,
        "score": round(overlap.score, 6),
        "verdict": overlap.verdict.value,
        "at_stake_usd": None if stake is None else stake / 100,
        "flagged_at": overlap.flagged_at.isoformat(),
        "decided_at": overlap.decided_at.isoformat() if overlap.decided_at else None,
        "model": overlap.model_version,
    }
    for name, project in (("first", overlap.first), ("second", overlap.second)):
        row[f"{name}_id"] = project.public_id
        row[f"{name}_title"] = project.title
        row[f"{name}_organisation"] = project.organisation.name
    return row


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a quote before it."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
