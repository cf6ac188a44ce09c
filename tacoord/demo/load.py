"""Put the invented register into an empty database: organisations, people, projects, requests, offers, seats."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.demo.asks import add_asks
from tacoord.demo.many import invent
from tacoord.demo.people import add_organisations, add_people
from tacoord.demo.plants import plant
from tacoord.demo.projects import Invented
from tacoord.errors import Conflict
from tacoord.models import Organisation, Project, ProjectState, Source, utcnow
from tacoord.policy import OPERATOR
from tacoord.services.coverage.gaps import ensure_gap_states
from tacoord.services.digests.schedules import ensure_definitions
from tacoord.services.projects.content import SECTOR, clean, write_draft
from tacoord.services.projects.projects import add_project
from tacoord.services.terms.vocabularies import term_sets

BATCH: Final = 500
Progress = Callable[[int], None]


def load_demo(session: Session, *, today: date, progress: Progress) -> int:
    """Load the demo; returns how many projects it has. Nothing is flagged: a sweep does that.

    Raises Conflict where anything is registered already.
    """
    _require_empty(session)
    by_code = add_organisations(session)
    people = add_people(session, by_code)
    invented = plant(today=today)
    chance = Random(len(invented))
    for number, each in enumerate(invented, start=1):
        project = add_project(
            session,
            each.draft,
            organisation=by_code[each.reporter],
            by=OPERATOR,
            source=Source.DEMO,
            state=ProjectState.PUBLISHED,
            invented=True,
        )
        # Some records have not been confirmed for a long time, as in every register.
        project.confirmed_at = utcnow() - timedelta(days=chance.randrange(0, 500))
        progress(number)
    add_asks(session, people, today=today)
    # As if the groups had their schedules for a while, so that a first digest is due at once.
    ensure_definitions(session, due_from=utcnow() - timedelta(days=100))
    session.flush()
    ensure_gap_states(session, utcnow())
    return len(invented)


def load_many(session: Session, count: int, *, today: date, progress: Progress) -> int:
    """Load `count` generated projects, in bulk; commits batch by batch. Raises Conflict as `load_demo`."""
    _require_empty(session)
    by_code = add_organisations(session)
    add_people(session, by_code)
    sectors = term_sets(session)[SECTOR]
    done = 0
    for batch in _batches(invent(count, today=today)):
        with session.no_autoflush:
            for each in batch:
                _add(session, each, by_code, sectors)
        session.commit()
        session.expunge_all()
        by_code = {row.code: row for row in session.scalars(select(Organisation))}
        done += len(batch)
        progress(done)
    return done


def _add(
    session: Session,
    invented: Invented,
    by_code: Mapping[str, Organisation],
    sectors: frozenset[str],
) -> None:
    """What `projects.add_project` does, without its checks: the generator makes nothing that is wrong."""
    now = utcnow()
    project = Project(
        organisation=by_code[invented.reporter],
        invented=True,
        state=ProjectState.PUBLISHED,
        source=Source.DEMO,
        created_at=now,
        updated_at=now,
        published_at=now,
        confirmed_at=now,
    )
    write_draft(
        session,
        project,
        clean(invented.draft),
        by=OPERATOR,
        known_sectors=sectors,
        known_organisations={row.name: row for row in by_code.values()},
    )
    session.add(project)


def _batches(records: Iterable[Invented]) -> Iterable[list[Invented]]:
    batch: list[Invented] = []
    for each in records:
        batch.append(each)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _require_empty(session: Session) -> None:
    if session.scalar(select(Project.id).limit(1)) is not None:
        raise Conflict("the demo goes into an empty register only; this one has projects")
