"""Look-alikes of one record: candidates by shared keys, their facts, and what matching says of each."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from tacoord.matching.candidates import keys_of_prepared
from tacoord.matching.facts import Facts
from tacoord.matching.match import Match
from tacoord.matching.prepared import Prepared, prepare
from tacoord.matching.search import find_matches
from tacoord.models import Project, ProjectState
from tacoord.services.overlaps.keys import EVERYBODY, SIGNED_IN, audience_of, candidates_of
from tacoord.services.overlaps.matching_models import current_model
from tacoord.services.projects.facts import read_facts
from tacoord.services.visibility import Viewer, counted_projects

_MOST_READY: Final = 4_000


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A registered project that looks like a record, and why."""

    project: Project
    match: Match


@dataclass(frozen=True, slots=True)
class Flag:
    """What matching says of a project and one of its candidates; left, right as in the match.

    audience: who may see the candidate.
    """

    left_id: int
    right_id: int
    audience: int
    match: Match


def similar(
    session: Session, facts: Facts, viewer: Viewer, *, limit: int = 10, cutoff: float | None = None
) -> list[LookAlike]:
    """The projects that look like `facts`, best first; only such as `viewer` may see, compared with only such.

    facts: of a record that need not be registered; one with the same id is passed over.
    cutoff: None gives what would be flagged, a number (0 to 1) every compared project of at least that score.
    """
    audience = SIGNED_IN if viewer.registered else EVERYBODY
    subject = prepare(facts)
    found = candidates_of(session, keys_of_prepared(subject), audience=audience)
    others = _ready(session, [one.project_id for one in found], counted_projects(viewer))
    matches = find_matches(subject, others.values(), model=current_model(session), cutoff=cutoff)
    ids = {prepared.facts.id: project_id for project_id, prepared in others.items()}
    best = [(ids[match.other(facts.id)], match) for match in matches[:limit]]
    projects = _projects(session, [project_id for project_id, _ in best])
    return [LookAlike(projects[project_id], match) for project_id, match in best]


def flags_of(session: Session, project: Project, subject: Prepared) -> list[Flag]:
    """What the model in use would flag of a published project, by falling score. subject: its facts, prepared."""
    found = candidates_of(
        session,
        keys_of_prepared(subject),
        audience=audience_of(project),
        leave_out=project.id,
    )
    audiences = {one.project_id: one.audience for one in found}
    others = _ready(session, list(audiences), Project.state == ProjectState.PUBLISHED)
    ids = {prepared.facts.id: project_id for project_id, prepared in others.items()}
    flags = []
    for match in find_matches(subject, others.values(), model=current_model(session)):
        other = ids[match.other(subject.facts.id)]
        ends = (project.id, other) if match.left == subject.facts.id else (other, project.id)
        flags.append(Flag(*ends, audiences[other], match))
    return flags


class _Shelf:
    """Prepared records of this process, those used last; preparing one costs more than comparing it."""

    def __init__(self, most: int) -> None:
        self._records: OrderedDict[tuple[str, int, str], Prepared] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def take(self, key: tuple[str, int, str]) -> Prepared | None:
        """The record of a public id, version and content, where it is here."""
        with self._lock:
            if key in self._records:
                self._records.move_to_end(key)
            return self._records.get(key)

    def put(self, key: tuple[str, int, str], record: Prepared) -> None:
        """Keep one; the one that was used longest ago goes."""
        with self._lock:
            self._records[key] = record
            if len(self._records) > self._most:
                self._records.popitem(last=False)


_shelf = _Shelf(_MOST_READY)


def _ready(session: Session, ids: Sequence[int], seen: ColumnElement[bool]) -> dict[int, Prepared]:
    """The prepared records of some projects by key, in the order of `ids`; only where `seen` is true."""
    rows = session.execute(
        select(Project.id, Project.public_id, Project.version, Project.content_hash).where(
            Project.id.in_(ids), seen
        )
    )
    keys = {row.id: (row.public_id, row.version, row.content_hash) for row in rows}
    found = {project_id: _shelf.take(key) for project_id, key in keys.items()}
    missing = [project_id for project_id, record in found.items() if record is None]
    if missing:
        for project_id, facts in read_facts(session, missing).items():
            made = prepare(facts)
            _shelf.put(keys[project_id], made)
            found[project_id] = made
    return {project_id: record for project_id in ids if (record := found.get(project_id))}


def _projects(session: Session, ids: Sequence[int]) -> dict[int, Project]:
    query = select(Project).where(Project.id.in_(ids)).options(selectinload(Project.tags))
    return {project.id: project for project in session.scalars(query)} if ids else {}
