"""The candidates of a record: which published projects share a blocking key with it, as the database names them.

No hidden record may show through: whether two records become candidates depends only on records that everybody
who may see both may see. So each key row carries its audience, and frequencies are counted by audience.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Final

import numpy as np
from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from tacoord.matching.candidates import (
    FREQUENCY_CAP,
    IDENTIFIER_CAP,
    MOST_CANDIDATES,
    is_identifier,
    weights,
)
from tacoord.models import Project, ProjectGroup, Visibility

EVERYBODY: Final = 0
SIGNED_IN: Final = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project worth comparing. weight: the rarer and the more the shared keys, the higher; it has no unit."""

    project_id: int
    audience: int
    weight: int


# The index is read key by key, and never further than one row beyond the cap: a key that ten thousand open records
# share costs as much as one that sixty share. What comes back is one row for a key and audience, with the projects in a
# list that is empty where too many open ones have it. Restricted ones are few; theirs are numbered by audience.
_OPEN: Final = {
    "sqlite": (
        "SELECT k.value AS key, a.audience AS audience, (SELECT CASE WHEN count(*) > :{cap} THEN '[]' "
        "WHEN count(*) > 0 THEN json_group_array(p.project_id) END FROM "
        "(SELECT q.project_id FROM project_keys AS q WHERE q.key = k.value AND q.audience = a.audience "
        "ORDER BY q.project_id LIMIT :{cap} + 1) AS p) AS ids "
        "FROM json_each(:{keys}) AS k CROSS JOIN (SELECT 0 AS audience UNION ALL SELECT 1) AS a"
    ),
    # Where too many are open to everybody, it does not matter how many are open to those who sign in.
    "postgresql": (
        "SELECT k.key, a.audience, CASE WHEN cardinality(a.ids) > :{cap} THEN '{{}}' ELSE a.ids END AS ids "
        "FROM unnest(CAST(:{keys} AS bigint[])) AS k (key) CROSS JOIN LATERAL "
        "(SELECT array_agg(o.project_id) FILTER (WHERE o.audience = 0) AS everybody, "
        "array_agg(o.project_id) FILTER (WHERE o.audience = 1) AS signed_in FROM "
        "(SELECT q.audience, q.project_id FROM project_keys AS q WHERE q.key = k.key AND q.audience <= 1 "
        "ORDER BY q.audience, q.project_id LIMIT 2 * :{cap} + 2) AS o) AS p "
        "CROSS JOIN LATERAL (VALUES (CAST(0 AS bigint), p.everybody), (1, p.signed_in)) AS a (audience, ids)"
    ),
}
_RESTRICTED: Final = {
    "sqlite": (
        "SELECT key, audience, json_group_array(project_id) AS ids FROM "
        "(SELECT p.key, p.audience, p.project_id, "
        "row_number() OVER (PARTITION BY p.key, p.audience ORDER BY p.project_id) AS place "
        "FROM json_each(:{keys}) AS k CROSS JOIN project_keys AS p ON p.key = k.value AND p.audience > 1) "
        "WHERE place <= :{cap} + 1 GROUP BY key, audience"
    ),
    "postgresql": (
        "SELECT key, audience, array_agg(project_id) AS ids FROM (SELECT p.key, p.audience, p.project_id, "
        "row_number() OVER (PARTITION BY p.key, p.audience ORDER BY p.project_id) AS place "
        "FROM unnest(CAST(:{keys} AS bigint[])) AS k (key) CROSS JOIN LATERAL (SELECT q.* FROM project_keys AS q "
        "WHERE q.key = k.key AND q.audience > 1 ORDER BY q.key, q.audience, q.project_id OFFSET 0) AS p) AS placed "
        "WHERE place <= :{cap} + 1 GROUP BY key, audience"
    ),
}

_PART: Final = "SELECT * FROM ({part}) AS part{number}"
_WHOLE: Final = "SELECT key, audience, ids FROM ({parts}) AS met WHERE ids IS NOT NULL"


# Identifiers have a cap of their own.
_CAPS: Final = {"names": "most_named", "others": "cap"}


@cache
def _asked(dialect: str, sorts: tuple[str, ...]) -> TextClause:
    """All in one statement, as each has its price; only for the sorts of keys that there are, for the same reason."""
    parts = (
        part.format(keys=keys, cap=_CAPS[keys])
        for part in (_OPEN[dialect], _RESTRICTED[dialect])
        for keys in sorts
    )
    every = (_PART.format(part=part, number=number) for number, part in enumerate(parts))
    return text(_WHOLE.format(parts=" UNION ALL ".join(every)))


def audience_of(project: Project) -> int:
    """Who may see `project`, as a number: equal for records that exactly the same people may see."""
    groups = sorted(link.group_id for link in project.group_links)
    return _audience(project.visibility, project.organisation_id, groups)


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
    met = _shared(session, sorted({key for one in sought for key in one.keys}), cap)
    return [_best(one, _weighed(one, met, cap), most) for one in sought]


def _weighed(
    one: Sought, met: Mapping[int, Mapping[int, Sequence[int]]], cap: int
) -> dict[tuple[int, int], int]:
    """By audience and id of whom it shares keys with: what these weigh together."""
    pairs = [
        (key, other, frequency, ids)
        for key in one.keys
        if key in met
        for other, ids in met[key].items()
        if (frequency := _frequency(met[key], one.audience, other, _cap(key, cap))) is not None
    ]
    weighed: dict[tuple[int, int], int] = defaultdict(int)
    for (_, other, _, ids), weight in zip(pairs, _weights(pairs), strict=True):
        for project_id in ids:
            weighed[other, project_id] += weight
    return weighed


def _cap(key: int, cap: int) -> int:
    return IDENTIFIER_CAP if is_identifier(key) else cap


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
        ids = by_audience.get(audience)
        if ids is not None:
            total += len(ids) or cap + 1
    return total if total <= cap else None


def _shared(session: Session, keys: Sequence[int], cap: int) -> dict[int, dict[int, list[int]]]:
    """By key and audience the projects that have it; an empty list stands for "too many"."""
    dialect = session.get_bind().dialect.name
    found: dict[int, dict[int, list[int]]] = defaultdict(dict)
    asked = {
        "names": [key for key in keys if is_identifier(key)],
        "others": [key for key in keys if not is_identifier(key)],
    }
    bound = {sort: _bound(some, dialect) for sort, some in asked.items() if some}
    if not bound:
        return found
    caps = {_CAPS[sort]: IDENTIFIER_CAP if sort == "names" else cap for sort in bound}
    rows = session.execute(_asked(dialect, tuple(bound)), {**bound, **caps}).all()
    lists = [ids for _, _, ids in rows]
    if dialect == "sqlite":
        lists = json.loads(f"[{','.join(lists)}]")
    for (key, audience, _), ids in zip(rows, lists, strict=True):
        found[key][audience] = ids
    return found


def _bound(keys: Sequence[int], dialect: str) -> str:
    return json.dumps(keys) if dialect == "sqlite" else "{" + ",".join(map(str, keys)) + "}"


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
