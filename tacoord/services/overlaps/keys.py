"""The candidates of a record: which published projects share a blocking key with it, as the database names them.

No hidden record may show through: whether two records become candidates depends only on records that everybody
who may see both may see. So each key row carries its audience, and frequencies are counted by audience.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, text
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
# Of a number that says both: a record, and a project by its key.
_ID_BITS: Final = 32

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project worth comparing. weight: the rarer and the more the shared keys, the higher; it has no unit."""

    project_id: int
    audience: int
    weight: int


# The index is read key by key, and never further than one row beyond the cap: a key that ten thousand open records
# share costs as much as one that sixty share. What comes back is one row for a key, unless too many have it that
# everybody may see: those projects, the ones for all who sign in, and of each restricted one its audience and itself;
# of each audience one more than the cap at most, which says "too many".
_OF_AUDIENCE: Final = (
    "SELECT q.project_id FROM project_keys AS q WHERE q.key = k.key AND q.audience = {audience} "
    "ORDER BY q.project_id LIMIT {cap} + 1"
)
_OF_OTHERS: Final = (
    "SELECT audience, project_id FROM (SELECT q.audience, q.project_id, "
    "row_number() OVER (PARTITION BY q.audience ORDER BY q.project_id) AS place "
    "FROM project_keys AS q WHERE q.key = k.key AND q.audience > {audience}) AS placed WHERE place <= {cap} + 1"
)
# The inner parts stay as they are by LIMIT and OFFSET: else the lists would be made once more where they are looked at.
_ON_SQLITE: Final = (
    "SELECT k.key, k.everybody, "
    "(SELECT json_group_array(project_id) FROM ({signed_in})) AS signed_in, "
    "(SELECT json_group_array(json_array(audience, project_id)) FROM ({restricted})) AS restricted "
    "FROM (SELECT k.key, (SELECT CASE WHEN count(*) <= {cap} THEN json_group_array(project_id) END "
    "FROM ({everybody})) AS everybody "
    "FROM (SELECT value AS key FROM json_each({keys})) AS k LIMIT -1 OFFSET 0) AS k WHERE k.everybody IS NOT NULL"
)
_ON_POSTGRESQL: Final = (
    "SELECT k.key, p.everybody, ARRAY({signed_in}) AS signed_in, "
    "ARRAY(SELECT ARRAY[audience, project_id] FROM ({restricted}) AS met) AS restricted "
    "FROM unnest(CAST(:keys AS bigint[]), CAST(:caps AS integer[])) AS k (key, cap) "
    "CROSS JOIN LATERAL (SELECT ARRAY({everybody}) AS everybody OFFSET 0) AS p "
    "WHERE cardinality(p.everybody) <= k.cap"
)


def _with_parts(template: str, *, cap: str, keys: str = "") -> str:
    return template.format(
        everybody=_OF_AUDIENCE.format(audience=EVERYBODY, cap=cap),
        signed_in=_OF_AUDIENCE.format(audience=SIGNED_IN, cap=cap),
        restricted=_OF_OTHERS.format(audience=SIGNED_IN, cap=cap),
        cap=cap,
        keys=keys,
    )


# Identifiers have a cap of their own, which a list of caps says where a limit may differ from row to row.
_SHARED: Final = {
    "sqlite": text(
        " UNION ALL ".join(
            _with_parts(_ON_SQLITE, cap=cap, keys=keys)
            for cap, keys in ((":named", ":names"), (":cap", ":keys"))
        )
    ),
    "postgresql": text(_with_parts(_ON_POSTGRESQL, cap="k.cap")),
}


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
    return _ranked(sought, [_counting(one, met, cap) for one in sought], most)


@dataclass(frozen=True, slots=True)
class _Sharing:
    """A key that counts for a record: how many have it, and which of one audience these are."""

    key: int
    audience: int
    frequency: int
    ids: Sequence[int]


def _counting(
    one: Sought, met: Mapping[int, Mapping[int, Sequence[int]]], cap: int
) -> list[_Sharing]:
    return [
        _Sharing(key, other, frequency, ids)
        for key in one.keys
        if key in met
        for other, ids in met[key].items()
        if (frequency := _frequency(met[key], one.audience, other, _cap(key, cap))) is not None
    ]


def _cap(key: int, cap: int) -> int:
    return IDENTIFIER_CAP if is_identifier(key) else cap


def _ranked(
    sought: Sequence[Sought], shared: Sequence[Sequence[_Sharing]], most: int
) -> list[list[Candidate]]:
    """Of each record the best of those with which it shares keys: by falling weight of these, then by id."""
    every = list(chain.from_iterable(shared))
    sizes = [len(one.ids) for one in every]
    row = np.repeat(_repeated(range(len(sought)), [len(some) for some in shared]), sizes)
    ids = np.fromiter(chain.from_iterable(one.ids for one in every), np.int64, len(row))
    # What it weighs to share each key is the same as in a sweep.
    weight = weights(
        np.array([one.key for one in every], np.int64),
        np.array([one.frequency for one in every], np.int64),
    )
    pair, first, of = np.unique(row << _ID_BITS | ids, return_index=True, return_inverse=True)
    total = np.bincount(of, np.repeat(weight, sizes), len(pair)).astype(np.int64)
    audience = _repeated([one.audience for one in every], sizes)[first]
    row, ids = row[first], ids[first]
    own = np.array([one.project_id or 0 for one in sought], np.int64)[row] == ids
    order = np.lexsort((ids, -total, row))
    order = order[~own[order]]
    ends = np.searchsorted(row[order], np.arange(len(sought) + 1)).tolist()
    return [
        _best(ids[some], audience[some], total[some], most)
        for some in (order[start:end] for start, end in pairwise(ends))
    ]


def _repeated(numbers: Sequence[int], times: Sequence[int]) -> Numbers:
    return np.repeat(np.array(numbers, np.int64), times)


def _best(ids: Numbers, audiences: Numbers, totals: Numbers, most: int) -> list[Candidate]:
    if (audiences <= SIGNED_IN).all():
        ids, audiences, totals = ids[:most], audiences[:most], totals[:most]
    rows = zip(ids.tolist(), audiences.tolist(), totals.tolist(), strict=True)
    return first_of_each_circle([Candidate(*row) for row in rows], most)


def _frequency(
    by_audience: Mapping[int, Sequence[int]], own: int, other: int, cap: int
) -> int | None:
    """How many records have a key, among those that everybody who may see the pair may see; None where over the cap."""
    counted = {EVERYBODY, own, other}
    if own != EVERYBODY or other != EVERYBODY:
        counted.add(SIGNED_IN)
    total = sum(len(by_audience.get(audience, ())) for audience in counted)
    return total if total <= cap else None


def _shared(session: Session, keys: Sequence[int], cap: int) -> dict[int, dict[int, list[int]]]:
    """By key and audience the projects that have it; without keys that too many have whom everybody may see."""
    if not keys:
        return {}
    dialect = session.get_bind().dialect.name
    rows: Iterable[Any] = session.execute(_SHARED[dialect], _bound(dialect, keys, cap))
    if dialect == "sqlite":
        rows = _read(rows)
    return {
        key: _by_audience(everybody, signed_in, restricted)
        for key, everybody, signed_in, restricted in rows
    }


def _bound(dialect: str, keys: Sequence[int], cap: int) -> dict[str, Any]:
    if dialect == "sqlite":
        names = [key for key in keys if is_identifier(key)]
        others = [key for key in keys if not is_identifier(key)]
        return {
            "names": json.dumps(names),
            "named": IDENTIFIER_CAP,
            "keys": json.dumps(others),
            "cap": cap,
        }
    return {"keys": _array(keys), "caps": _array([_cap(key, cap) for key in keys])}


def _array(numbers: Iterable[int]) -> str:
    """An array as PostgreSQL writes it: the driver takes longer over a list."""
    return f"{{{','.join(map(str, numbers))}}}"


def _read(rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    """The lists of SQLite, which come as JSON; read in one go."""
    told = [f"[{key},{everybody},{one},{other}]" for key, everybody, one, other in rows]
    found: list[Sequence[Any]] = json.loads(f"[{','.join(told)}]")
    return found


def _by_audience(
    everybody: list[int], signed_in: list[int], restricted: Iterable[tuple[int, int]]
) -> dict[int, list[int]]:
    found = {EVERYBODY: everybody} if everybody else {}
    if signed_in:
        found[SIGNED_IN] = signed_in
    for audience, project_id in restricted:
        found.setdefault(audience, []).append(project_id)
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
