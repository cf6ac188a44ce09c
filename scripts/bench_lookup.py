"""How fast one record meets the register in a database, and whether its partner is among its candidates.

    python scripts/bench_lookup.py [--projects N] [--postgres ADDRESS]

Fills a database of its own with generated projects: SQLite in a temporary folder, or one on the server at ADDRESS. Of
each project there is only what a look-up reads: its row, its keys, its prepared record, by the code of the sweep.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from alembic import command
from bench_pace import pace
from bench_speed import Cost, watched
from generated_records import records
from msgspec.structs import replace
from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.orm import Session
from twins.places import PostgresPlace, SqlitePlace

from tacoord.cli.db import alembic_config
from tacoord.cli.progress import Progress
from tacoord.extensions import announce_writing
from tacoord.matching.blocking import keys_of_all
from tacoord.matching.candidates import keys_of_prepared
from tacoord.matching.collection import no_collecting
from tacoord.matching.engine import default_workers, opened
from tacoord.matching.facts import Facts
from tacoord.matching.packed import pack
from tacoord.matching.prepared import prepare
from tacoord.matching.record import read_facts
from tacoord.models import (
    Organisation,
    Project,
    ProjectState,
    Source,
    Visibility,
    new_public_id,
)
from tacoord.services.overlaps.index import Entry, indexing
from tacoord.services.overlaps.keys import SIGNED_IN, Sought, candidates_of
from tacoord.services.overlaps.similar import numbered, similar
from tacoord.services.overlaps.steps import batches
from tacoord.services.upkeep.statistics import refresh_statistics
from tacoord.services.visibility import EVERYTHING

_SUBJECTS = 300
_FIRST = 50  # are not counted: they load what every later one finds loaded
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Lookup:
    """One record against the register, from its facts to the look-alikes: milliseconds by the clock and, p95, of the
    processor; the share of records whose partner is among the candidates; and the pace of the machine meanwhile.

    sweep: what `tacoord overlaps sweep` of that register costs, all against all, with the index there.
    """

    database: str
    count: int
    p50: float
    p95: float
    work: float
    recall: float
    pace: float
    sweep: Cost


def look_up(count: int, *, server: str = "") -> Lookup:
    """Fill a database and measure it. server: of PostgreSQL, where one may be made; "" takes SQLite."""
    with TemporaryDirectory() as folder:
        place = PostgresPlace(server) if server else SqlitePlace(Path(folder))
        try:
            address = place.new()
            engine = create_engine(address)
            with engine.begin() as connection:
                command.upgrade(alembic_config(connection), "head")
            with Session(engine) as session:
                truth = _fill(session, count)
                tidy(engine)
                found = _measured(session, truth, partial(_swept, address, Path(folder)))
            engine.dispose()
        finally:
            place.clear()
    return found


def tidy(engine: Engine) -> None:
    """What PostgreSQL's autovacuum does within minutes, where it is on."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))


def _fill(session: Session, count: int) -> list[str]:
    """Put generated projects into the database, keys from 1 on; gives the activity of each."""
    progress, truth = Progress(), list[str]()
    owner = session.scalars(select(Organisation.id).order_by(Organisation.id).limit(1)).one()
    session.rollback()
    entries: dict[int, Entry] = {}
    with opened(workers=default_workers()) as running, no_collecting():
        for made in running.map(_prepared, _tasks(count, truth)):
            announce_writing(session)
            session.execute(insert(Project), [_row(key, owner) for key in made])
            session.commit()
            entries.update(made)
            progress("projects made", len(entries), count)
    for _ in indexing(session, entries, begin=lambda: announce_writing(session), progress=progress):
        session.commit()
    announce_writing(session)
    refresh_statistics(session.connection())
    session.commit()
    progress.finish()
    return truth


def _tasks(count: int, truth: list[str]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    for _, batch in batches(enumerate(records(count), start=1), _BATCH):
        truth += [activity for _, (_, activity) in batch]
        yield [(key, record) for key, (record, _) in batch]


def _prepared(batch: Sequence[tuple[int, dict[str, Any]]]) -> dict[int, Entry]:
    with no_collecting():
        ready = [prepare(replace(read_facts(record)[0], id=numbered(key))) for key, record in batch]
        keys = keys_of_all(ready)
        return {
            key: Entry(keys.of(row).copy(), pack(record), 1)
            for row, ((key, _), record) in enumerate(zip(batch, ready, strict=True))
        }


def _row(key: int, owner: int) -> dict[str, Any]:
    return {
        "id": key,
        "public_id": new_public_id(),
        "organisation_id": owner,
        "state": ProjectState.PUBLISHED,
        "visibility": Visibility.PUBLIC,
        "source": Source.FORM,
        "title": "-",
        "version": 1,
    }


def _measured(session: Session, truth: Sequence[str], sweep: Callable[[], Cost]) -> Lookup:
    twice = Counter(truth)
    rows = [row for row, activity in enumerate(truth) if twice[activity] > 1]
    chosen = np.random.default_rng(1).choice(rows, min(_SUBJECTS, len(rows)), replace=False)
    wanted = set(chosen.tolist())
    facts = {
        row: read_facts(record)[0]
        for row, (record, _) in enumerate(records(len(truth)))
        if row in wanted
    }
    times, work, met = list[float](), list[float](), 0
    for row in chosen.tolist():
        subject = _as_registered(session, facts[row], row + 1)
        began, before = time.perf_counter(), time.process_time()
        similar(session, subject, EVERYTHING)
        times.append(1000 * (time.perf_counter() - began))
        work.append(1000 * (time.process_time() - before))
        sought = Sought(keys_of_prepared(prepare(subject)), SIGNED_IN, row + 1)
        near = candidates_of(session, [sought])[0]
        met += any(truth[one.project_id - 1] == truth[row] for one in near)
        session.rollback()
    p50, p95 = np.quantile(times[_FIRST:], [0.5, 0.95])
    return Lookup(
        database=session.get_bind().dialect.name,
        count=len(truth),
        p50=float(p50),
        p95=float(p95),
        work=float(np.quantile(work[_FIRST:], 0.95)),
        recall=met / len(chosen),
        pace=pace(),
        sweep=sweep(),
    )


def _swept(address: str, folder: Path) -> Cost:
    """Compare all projects with all others by the command, and write what it flags."""
    settings = {
        "TACOORD_HOME": str(folder),
        "TACOORD_DATABASE_URL": address.replace("postgresql+psycopg", "postgresql"),
        "TACOORD_SECRET_KEY": token_hex(),
    }
    return watched(["overlaps", "sweep"], folder / "said.txt", settings=settings)


def _as_registered(session: Session, facts: Facts, key: int) -> Facts:
    """The facts under the public id of their row, so that it is no look-alike of itself."""
    return replace(
        facts, id=session.scalars(select(Project.public_id).where(Project.id == key)).one()
    )


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--postgres", default="")
    options = parser.parse_args()
    found = look_up(options.projects, server=options.postgres)
    print(
        f"{found.database}, {found.count:,} projects: p50 {found.p50:.1f} ms, p95 {found.p95:.1f} ms "
        f"(p95 of the processor {found.work:.1f} ms), partner among the candidates {found.recall:.3f}; a million "
        f"additions {found.pace:.0f} ms; sweep of all {found.sweep.seconds:.1f} s, {found.sweep.work:.1f} s of "
        f"processors, {found.sweep.gibibytes:.2f} GiB"
    )


if __name__ == "__main__":
    main()
