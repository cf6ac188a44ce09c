"""Look-alikes of one record: candidates by shared keys, their facts, and what matching says of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace
from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session, joinedload, load_only

from tacoord.matching.blocking import keys_of_all
from tacoord.matching.candidates import MOST_CANDIDATES, keys_of_prepared
from tacoord.matching.collection import no_collecting
from tacoord.matching.facts import Facts
from tacoord.matching.match import Match
from tacoord.matching.prepared import Prepared, prepare
from tacoord.matching.search import Star, find_all_matches, find_matches
from tacoord.models import Organisation, Project, ProjectState
from tacoord.services.overlaps.in_use import model_and_rarity
from tacoord.services.overlaps.index import prepared_records
from tacoord.services.overlaps.keys import (
    EVERYBODY,
    SIGNED_IN,
    Candidate,
    Sought,
    audiences_of,
    candidates_of,
    first_of_each_circle,
)
from tacoord.services.projects.facts import read_facts
from tacoord.services.visibility import Viewer, counted_projects

_FURTHER: Final = 3 * MOST_CANDIDATES
_PUBLISHED: Final = Project.state == ProjectState.PUBLISHED
# Made once: to put a statement together takes as long as to run it. What else is asked of one is loaded then.
_OF_IDS: Final = (
    select(Project)
    .where(Project.id.in_(bindparam("ids", expanding=True)))
    .options(
        load_only(
            Project.public_id, Project.title, Project.titles, Project.visibility, Project.masks
        ),
        joinedload(Project.organisation).load_only(Organisation.code, Organisation.name),
    )
)


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


@no_collecting()
def similar(
    session: Session, facts: Facts, viewer: Viewer, *, limit: int = 10, cutoff: float | None = None
) -> list[LookAlike]:
    """The projects that look like `facts`, best first; only such as `viewer` may see, compared with only such.

    facts: of a record that need not be registered; one with the same id is passed over.
    cutoff: None gives what would be flagged, a number (0 to 1) every compared project of at least that score.
    What has no word and no identifier looks like nothing: that one organisation reports it is not enough.
    """
    audience = SIGNED_IN if viewer.registered else EVERYBODY
    subject = prepare(facts)
    if not _says_something(subject):
        return []
    found = candidates_of(session, [Sought(keys_of_prepared(subject), audience)])[0]
    ids = [one.project_id for one in found]
    records = _records(session, ids, counted_projects(viewer), besides=facts.id)
    model, rarity = model_and_rarity(session)
    matches = find_matches(
        subject, list(records.values()), model=model, cutoff=cutoff, rarity=rarity
    )
    best = [(int(match.other(facts.id)), match) for match in matches[:limit]]
    projects = _projects(session, [project_id for project_id, _ in best])
    return [LookAlike(projects[project_id], match) for project_id, match in best]


def _says_something(record: Prepared) -> bool:
    return bool(record.identifiers or record.named or any(face.text_words for face in record.faces))


@no_collecting()
def flags_of(session: Session, subjects: Mapping[int, Prepared]) -> dict[int, list[Flag]]:
    """What the model in use would flag of some published projects, by falling score; the same as a sweep of all would.

    subjects: by key, their facts prepared and numbered, and in the index as they are.
    """
    near = _Near(session, subjects)
    found = near.candidates(list(subjects), most=_FURTHER)
    stars = [
        Star(one, [*found[key][0], *found[key][1]], len(found[key][0]))
        for key, one in subjects.items()
    ]
    model, rarity = model_and_rarity(session)
    matches = find_all_matches(stars, model=model, rivals=near.rivals, rarity=rarity)
    return {
        key: [near.flag(key, match) for match in some]
        for key, some in zip(subjects, matches, strict=True)
    }


def as_numbered(record: Prepared, project_id: int) -> Prepared:
    """The record under its key in the database, by the order of which equal ones fall, here and in a sweep."""
    return replace(record, facts=replace(record.facts, id=numbered(project_id)))


def numbered(project_id: int) -> str:
    """The key of a project as a text whose order is that of the numbers."""
    return f"{project_id:012d}"


class _Near:
    """The candidates of some projects and of those near them, as the index names them."""

    def __init__(self, session: Session, subjects: Mapping[int, Prepared]) -> None:
        self._session = session
        self._records = dict(subjects)
        self._audiences = audiences_of(session, list(subjects))

    def candidates(
        self, ids: Sequence[int], *, most: int = MOST_CANDIDATES
    ) -> dict[int, tuple[list[Prepared], list[Prepared]]]:
        """The candidates of each project; and those of which it may be one, though they share less with it."""
        keys = keys_of_all([self._records[key] for key in ids])
        sought = [
            Sought(keys.of(row).tolist(), self._audiences[key], key) for row, key in enumerate(ids)
        ]
        found = candidates_of(self._session, sought, most=most)
        self._read({one.project_id: one.audience for some in found for one in some})
        return {key: self._told(some) for key, some in zip(ids, found, strict=True)}

    def rivals(self, ids: Sequence[str]) -> dict[str, list[Prepared]]:
        """The candidates of some of the candidates."""
        found = self.candidates(list(map(int, ids)))
        return {numbered(key): own for key, (own, _) in found.items()}

    def flag(self, project_id: int, match: Match) -> Flag:
        """What is said of a project and one of its candidates."""
        left, right = int(match.left), int(match.right)
        return Flag(left, right, self._audiences[right if left == project_id else left], match)

    def _read(self, audiences: Mapping[int, int]) -> None:
        self._audiences.update(audiences)
        missing = [key for key in audiences if key not in self._records]
        self._records.update(_records(self._session, missing, _PUBLISHED))

    def _told(self, found: Sequence[Candidate]) -> tuple[list[Prepared], list[Prepared]]:
        own = {one.project_id for one in first_of_each_circle(found, MOST_CANDIDATES)}
        there = [one.project_id for one in found if one.project_id in self._records]
        return (
            [self._records[key] for key in there if key in own],
            [self._records[key] for key in there if key not in own],
        )


def _records(
    session: Session, ids: Sequence[int], seen: ColumnElement[bool], *, besides: str = ""
) -> dict[int, Prepared]:
    """The prepared records of some projects by key, in the order of `ids`; only where `seen` is true.

    What the index does not know as it is now is prepared here.
    """
    if not ids:
        return {}
    known = prepared_records(session, ids, seen, besides=besides)
    missing = [key for key, record in known.items() if record is None]
    made = read_facts(session, missing) if missing else {}
    known |= {key: as_numbered(prepare(facts), key) for key, facts in made.items()}
    return {key: record for key in ids if (record := known.get(key))}


def _projects(session: Session, ids: Sequence[int]) -> dict[int, Project]:
    found = session.scalars(_OF_IDS, {"ids": ids}) if ids else ()
    return {project.id: project for project in found}
