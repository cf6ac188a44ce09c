"""The index of blocking keys: which published projects share a key with a record, asked of the database.

No hidden record may show through: whether two records become candidates depends only on records that everybody
who may see both may see. So each key row carries its audience, and frequencies are counted by audience.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from sqlalchemy import TextClause, delete, select, text, update
from sqlalchemy.orm import Session

from tacoord.matching.candidates import (
    FREQUENCY_CAP,
    IDENTIFIER_CAP,
    KEY_VERSION,
    MOST_CANDIDATES,
    is_identifier,
    keys_of,
    weights,
)
from tacoord.matching.facts import Facts
from tacoord.models import Project, ProjectGroup, ProjectKey, Visibility

EVERYBODY: Final = 0
SIGNED_IN: Final = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project worth comparing. weight: the rarer and the more the shared keys, the higher; it has no unit."""

    project_id: int
    audience: int
    weight: int


# The index is read key by key, and never further than one row beyond the cap: a key that ten thousand open records
# share costs as much as one that sixty share. Restricted ones are few; theirs are numbered by audience.
_OPEN: Final[Mapping[str, TextClause]] = {
    "sqlite": text(
        "SELECT k.value, p.audience, p.project_id "
        "FROM json_each(:keys) AS k CROSS JOIN (SELECT 0 AS audience UNION ALL SELECT 1) AS a "
        "CROSS JOIN project_keys AS p ON p.key = k.value AND p.audience = a.audience "
        "AND p.project_id <= coalesce((SELECT q.project_id FROM project_keys AS q "
        "WHERE q.key = k.value AND q.audience = a.audience "
        "ORDER BY q.project_id LIMIT 1 OFFSET :cap), 9223372036854775807)"
    ),
    "postgresql": text(
        "SELECT k.key, a.audience, p.project_id FROM unnest(CAST(:keys AS bigint[])) AS k (key) "
        "CROSS JOIN (VALUES (CAST(0 AS bigint)), (1)) AS a (audience) CROSS JOIN LATERAL "
        "(SELECT q.project_id FROM project_keys AS q WHERE q.key = k.key AND q.audience = a.audience "
        "ORDER BY q.project_id LIMIT :cap + 1) AS p"
    ),
}
_ADD_ON_SQLITE: Final = "INSERT INTO project_keys (key, audience, project_id) VALUES (?, ?, ?)"
_ADD: Final = text(
    "INSERT INTO project_keys (key, audience, project_id) SELECT * FROM unnest("
    "CAST(:keys AS bigint[]), CAST(:audiences AS bigint[]), CAST(:projects AS integer[]))"
)
_RESTRICTED: Final[Mapping[str, TextClause]] = {
    "sqlite": text(
        "SELECT key, audience, project_id FROM (SELECT p.key, p.audience, p.project_id, "
        "row_number() OVER (PARTITION BY p.key, p.audience ORDER BY p.project_id) AS place "
        "FROM json_each(:keys) AS k CROSS JOIN project_keys AS p ON p.key = k.value AND p.audience > 1) "
        "WHERE place <= :cap + 1"
    ),
    "postgresql": text(
        "SELECT key, audience, project_id FROM (SELECT p.key, p.audience, p.project_id, "
        "row_number() OVER (PARTITION BY p.key, p.audience ORDER BY p.project_id) AS place "
        "FROM unnest(CAST(:keys AS bigint[])) AS k (key) CROSS JOIN LATERAL (SELECT q.* FROM project_keys AS q "
        "WHERE q.key = k.key AND q.audience > 1 ORDER BY q.key, q.audience, q.project_id OFFSET 0) AS p) AS placed "
        "WHERE place <= :cap + 1"
    ),
}


def audience_of(project: Project) -> int:
    """Who may see `project`, as a number: equal for records that exactly the same people may see."""
    groups = sorted(link.group_id for link in project.group_links)
    return _audience(project.visibility, project.organisation_id, groups)


def open_before(session: Session, project_ids: Sequence[int]) -> set[int]:
    """Which of some projects everybody could see when they were last put into the index."""
    rows = select(ProjectKey.project_id).where(
        ProjectKey.project_id.in_(project_ids), ProjectKey.audience == EVERYBODY
    )
    return set(session.scalars(rows.distinct()))


def index_project(session: Session, project_id: int, facts: Facts) -> None:
    """Put a project into the index anew; in the transaction of its row."""
    index_keys(session, {project_id: keys_of(facts)})


def index_keys(session: Session, keys: Mapping[int, Collection[int]]) -> None:
    """As `index_project`, of some projects whose blocking keys are known already."""
    session.flush()
    ids = list(keys)
    _forget(session, ids)
    audiences = audiences_of(session, ids)
    # In the order of the index, so that a large batch touches each of its pages once.
    rows = sorted(
        (key, audiences[project_id], project_id) for project_id, own in keys.items() for key in own
    )
    if rows:
        _insert(session, rows)
    session.execute(
        update(Project).where(Project.id.in_(ids)).values(key_version=KEY_VERSION),
        execution_options={"synchronize_session": False},
    )


def _insert(session: Session, rows: Sequence[tuple[int, int, int]]) -> None:
    """Many rows in one statement: a statement a row takes several times as long."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_ADD_ON_SQLITE, list(rows))
        return
    keys, audiences, projects = (list(column) for column in zip(*rows, strict=True))
    connection.execute(_ADD, {"keys": keys, "audiences": audiences, "projects": projects})


def forget_projects(session: Session, project_ids: Sequence[int]) -> None:
    """Take projects out of the index: nothing is compared with them any more."""
    _forget(session, project_ids)
    session.execute(
        update(Project).where(Project.id.in_(project_ids)).values(key_version=None),
        execution_options={"synchronize_session": False},
    )


def _forget(session: Session, project_ids: Sequence[int]) -> None:
    session.execute(
        delete(ProjectKey).where(ProjectKey.project_id.in_(project_ids)),
        execution_options={"synchronize_session": False},
    )


@dataclass(frozen=True, slots=True)
class Sought:
    """A record whose candidates are asked for: its keys, who may see it, and its own id where it has one."""

    keys: Collection[int]
    audience: int
    project_id: int | None = None


def candidates_of(
    session: Session,
    sought: Sequence[Sought],
    *,
    cap: int = FREQUENCY_CAP,
    most: int = MOST_CANDIDATES,
) -> list[list[Candidate]]:
    """The projects that share a key with each record, by falling weight: at most `most` of those that all who sign
    in may see, and at most `most` for each smaller circle of people.

    A key counts for a pair where at most `cap` records (of an identifier IDENTIFIER_CAP) have it among those that
    everybody who may see the pair may see.
    """
    weighed: list[dict[tuple[int, int], int]] = [defaultdict(int) for _ in sought]
    every = sorted({key for one in sought for key in one.keys})
    names = [key for key in every if is_identifier(key)]
    others = [key for key in every if not is_identifier(key)]
    for some, most_named in ((names, IDENTIFIER_CAP), (others, cap)):
        met = _shared(session, some, most_named) if some else {}
        for one, found in zip(sought, weighed, strict=True):
            _weigh(one, met, most_named, found)
    return [_best(one, found, most) for one, found in zip(sought, weighed, strict=True)]


def _weigh(
    one: Sought,
    met: Mapping[int, Mapping[int, Sequence[int]]],
    cap: int,
    weighed: dict[tuple[int, int], int],
) -> None:
    """Add what it weighs to share each of some keys, by audience and id of whom it is shared with."""
    pairs = [
        (key, other, frequency, ids)
        for key in one.keys
        if key in met
        for other, ids in met[key].items()
        if (frequency := _frequency(met[key], one.audience, other, cap)) is not None
    ]
    for (_, other, _, ids), weight in zip(pairs, _weights(pairs), strict=True):
        for project_id in ids:
            weighed[other, project_id] += weight


def _best(one: Sought, weighed: Mapping[tuple[int, int], int], most: int) -> list[Candidate]:
    found = [
        Candidate(project_id, other, weight)
        for (other, project_id), weight in weighed.items()
        if project_id != one.project_id
    ]
    found.sort(key=lambda each: (-each.weight, each.project_id))
    return first_of_each_circle(found, most)


def _weights(pairs: Sequence[tuple[int, int, int, Sequence[int]]]) -> list[int]:
    """What it weighs to share each key, the same as in a sweep."""
    keys = np.array([key for key, *_ in pairs], np.int64)
    found: list[int] = weights(keys, np.array([each[2] for each in pairs], np.int64)).tolist()
    return found


def _frequency(
    by_audience: Mapping[int, Sequence[int]], own: int, other: int, cap: int
) -> int | None:
    """How many records have a key, among those that everybody who may see the pair may see; None where over the cap."""
    counted = {EVERYBODY, own, other}
    if own != EVERYBODY or other != EVERYBODY:
        counted.add(SIGNED_IN)
    total = 0
    for audience in counted:
        ids = by_audience.get(audience, ())
        if len(ids) > cap:
            return None
        total += len(ids)
    return total if total <= cap else None


def _shared(session: Session, keys: Sequence[int], cap: int) -> dict[int, dict[int, list[int]]]:
    """By key and audience the projects that have it; a list longer than the cap stands for "too many"."""
    dialect = session.get_bind().dialect.name
    found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    asked = json.dumps(keys) if dialect == "sqlite" else "{" + ",".join(map(str, keys)) + "}"
    for statement in (_OPEN[dialect], _RESTRICTED[dialect]):
        for key, audience, project_id in session.execute(statement, {"keys": asked, "cap": cap}):
            found[key][audience].append(project_id)
    return found


def first_of_each_circle(found: Sequence[Candidate], most: int) -> list[Candidate]:
    """The first `most` of those that all who sign in may see, and of each smaller circle of people."""
    taken: dict[int, int] = defaultdict(int)
    kept = []
    for one in found:
        circle = max(one.audience, SIGNED_IN)
        taken[circle] += 1
        if taken[circle] <= most:
            kept.append(one)
    return kept


def audiences_of(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """As `audience_of`, of some projects by key."""
    groups: dict[int, list[int]] = defaultdict(list)
    links = select(ProjectGroup.project_id, ProjectGroup.group_id).where(
        ProjectGroup.project_id.in_(ids)
    )
    for project_id, group_id in session.execute(links):
        groups[project_id].append(group_id)
    rows = select(Project.id, Project.visibility, Project.organisation_id).where(
        Project.id.in_(ids)
    )
    return {
        project_id: _audience(visibility, organisation_id, sorted(groups[project_id]))
        for project_id, visibility, organisation_id in session.execute(rows)
    }


def _audience(visibility: Visibility, organisation_id: int, groups: Sequence[int]) -> int:
    if visibility is Visibility.PUBLIC:
        return EVERYBODY
    if visibility is Visibility.REGISTERED:
        return SIGNED_IN
    shared = groups if visibility is Visibility.GROUP else ()
    said = f"{organisation_id} {visibility} {' '.join(map(str, shared))}"
    number = int.from_bytes(blake2b(said.encode(), digest_size=8).digest(), "big") >> 1
    return max(number, SIGNED_IN + 1)
