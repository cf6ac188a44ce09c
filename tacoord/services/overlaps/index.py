"""The index of published projects: the blocking keys and the prepared record of each, in the transaction of its row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    TextClause,
    any_,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from tacoord.matching.candidates import KEY_VERSION
from tacoord.matching.collection import no_collecting
from tacoord.matching.packed import unpack
from tacoord.matching.prepared import Prepared
from tacoord.models import PreparedProject, Project
from tacoord.services.overlaps.keys import EVERYBODY, audiences_of
from tacoord.services.overlaps.steps import Begin, Progress, batches, start, tell

Keys = NDArray[np.int64]
_Rows = NDArray[np.int64]
"""Rows of the table of keys: key, audience and project."""

_PROJECTS: Final = 1_000
_KEYS: Final = 500_000
_STORED: Final = np.dtype("<i8")
_CLAUSES: Final = 256

# Many rows in one statement: a statement a row takes several times as long.
_ADD_ON_SQLITE: Final = (
    "INSERT OR IGNORE INTO project_keys (key, audience, project_id) VALUES (?, ?, ?)"
)
_REMOVE_ON_SQLITE: Final = (
    "DELETE FROM project_keys WHERE key = ? AND audience = ? AND project_id = ?"
)
_ADD: Final = text(
    "INSERT INTO project_keys (key, audience, project_id) SELECT * FROM "
    "unnest(CAST(:keys AS bigint[]), CAST(:audiences AS bigint[]), CAST(:projects AS integer[])) "
    "ON CONFLICT DO NOTHING"
)
_REMOVE: Final = text(
    "DELETE FROM project_keys AS own USING "
    "unnest(CAST(:keys AS bigint[]), CAST(:audiences AS bigint[]), CAST(:projects AS integer[])) "
    "AS gone (key, audience, project_id) "
    "WHERE (own.key, own.audience, own.project_id) = (gone.key, gone.audience, gone.project_id)"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """How a project stands in the index: its blocking keys, sorted, and its prepared record as bytes.

    version: of the project whose facts these are.
    """

    keys: Keys
    record: bytes
    version: int


def index_projects(session: Session, entries: Mapping[int, Entry]) -> None:
    """Put some projects into the index anew, by their keys in the database."""
    for _ in indexing(session, entries):
        pass


def indexing(
    session: Session,
    entries: Mapping[int, Entry],
    *,
    begin: Begin | None = None,
    progress: Progress | None = None,
) -> Iterator[None]:
    """As `index_projects`, of however many, in steps; after each the caller may commit.

    begin: where given, the projects count as not indexed until the last step, so that a halt on the way leaves nothing
    behind that the next sweep would not put right.
    """
    session.flush()
    new = [_no_rows()]
    for done, batch in batches(entries.items(), _PROJECTS):
        start(begin)
        new.append(_replaced(session, dict(batch), stepwise=begin is not None))
        tell(progress, "projects indexed", done, len(entries))
        yield
    # In the order of the table, so that each of its pages is written once, however large it is.
    rows = np.concatenate(new)
    rows = rows[np.lexsort(rows.T[::-1])]
    for at in range(0, len(rows), _KEYS):
        start(begin)
        _add(session, rows[at : at + _KEYS])
        tell(progress, "keys indexed", min(at + _KEYS, len(rows)), len(rows))
        yield
    for _, ids in batches(entries, _PROJECTS):
        start(begin)
        _mark(session, ids, KEY_VERSION)
        yield


def forget_projects(session: Session, project_ids: Sequence[int]) -> None:
    """Take projects out of the index: nothing is compared with them any more."""
    _lock(session, project_ids)
    known = _known(session, project_ids)
    _remove(session, np.concatenate([_no_rows(), *(one.rows for one in known.values())]))
    _forget_records(session, project_ids)
    _mark(session, project_ids, None)


def open_before(session: Session, project_ids: Sequence[int]) -> set[int]:
    """Which of some projects everybody could see when they were last put into the index."""
    rows = select(PreparedProject.project_id).where(
        PreparedProject.project_id.in_(project_ids), PreparedProject.audience == EVERYBODY
    )
    return set(session.scalars(rows))


def prepared_records(
    session: Session, ids: Sequence[int], seen: ColumnElement[bool], *, besides: str = ""
) -> dict[int, Prepared | None]:
    """The records of some projects by key, as they were prepared; only where `seen` is true.

    None: the project has changed since it was prepared, or the way of preparing has. besides: the public id of a
    project that is left out.
    """
    statement = _records_where(seen, session.get_bind().dialect.name)
    rows = session.execute(statement, {"ids": ids, "besides": besides})
    return {key: None if record is None else unpack(record) for key, record in rows}


@lru_cache(_CLAUSES)
def _records_where(seen: ColumnElement[bool], dialect: str) -> Select[int, bytes | None]:
    """Made once for each clause, by its identity: to put the statement together takes as long as to run it."""
    among: ColumnElement[bool] = Project.id.in_(bindparam("ids", expanding=True))
    if dialect == "postgresql":
        # One array: a statement with a place for each of a thousand keys is read and planned anew for each number.
        among = Project.id == any_(bindparam("ids", type_=ARRAY(Integer)))
    return (
        select(Project.id, PreparedProject.record)
        .outerjoin(PreparedProject, is_current())
        .where(among, Project.public_id != bindparam("besides"), seen)
    )


def is_current() -> ColumnElement[bool]:
    """Joins a project with what the index holds of it as it is now."""
    return (
        (PreparedProject.project_id == Project.id)
        & (PreparedProject.version == Project.version)
        & (Project.key_version == KEY_VERSION)
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What the index holds of a project. whole: whether all its rows are surely there."""

    rows: _Rows
    whole: bool


def _known(session: Session, ids: Sequence[int]) -> dict[int, _Known]:
    found = session.execute(
        select(
            PreparedProject.project_id,
            PreparedProject.audience,
            PreparedProject.keys,
            Project.key_version,
        )
        .join(Project, Project.id == PreparedProject.project_id)
        .where(PreparedProject.project_id.in_(ids))
    )
    return {
        key: _Known(_rows(np.frombuffer(keys, _STORED), audience, key), version == KEY_VERSION)
        for key, audience, keys, version in found
    }


def _replaced(session: Session, entries: Mapping[int, Entry], *, stepwise: bool) -> _Rows:
    """Write all of some projects but the keys that are new; gives those."""
    ids = list(entries)
    _lock(session, ids)
    audiences, known = audiences_of(session, ids), _known(session, ids)
    added, gone = [_no_rows()], [_no_rows()]
    for key, entry in entries.items():
        now = _rows(entry.keys, audiences[key], key)
        before = known.get(key, _Known(_no_rows(), whole=False))
        gone.append(_without(before.rows, now))
        added.append(_without(now, before.rows) if before.whole else now)
    _remove(session, np.concatenate(gone))
    _forget_records(session, ids)
    session.execute(
        insert(PreparedProject),
        [
            {
                "project_id": key,
                "version": entry.version,
                "audience": audiences[key],
                "keys": entry.keys.astype(_STORED).tobytes(),
                "record": entry.record,
            }
            for key, entry in entries.items()
        ],
    )
    if stepwise:
        _mark(session, ids, None)
    return np.concatenate(added)


def _lock(session: Session, ids: Sequence[int]) -> None:
    """Wait for whoever is indexing one of these, before what it wrote is read."""
    session.execute(
        select(Project.id)
        .where(Project.id.in_(ids))
        .order_by(Project.id)
        # Whoever notes a pair of it needs not wait.
        .with_for_update(key_share=True)
    )


def _no_rows() -> _Rows:
    return np.zeros((0, 3), np.int64)


def _rows(keys: Keys, audience: int, project_id: int) -> _Rows:
    rows = np.empty((len(keys), 3), np.int64)
    rows[:, 0], rows[:, 1], rows[:, 2] = keys, audience, project_id
    return rows


def _without(rows: _Rows, others: _Rows) -> _Rows:
    """The rows of a project that are not among its others."""
    if len(rows) and len(others) and rows[0, 1] == others[0, 1]:
        return rows[~np.isin(rows[:, 0], others[:, 0])]
    return rows


def _add(session: Session, rows: _Rows) -> None:
    _with_rows(session, rows, _ADD_ON_SQLITE, _ADD)


def _remove(session: Session, rows: _Rows) -> None:
    _with_rows(session, rows, _REMOVE_ON_SQLITE, _REMOVE)


def _with_rows(session: Session, rows: _Rows, on_sqlite: str, elsewhere: TextClause) -> None:
    if not len(rows):
        return
    connection = session.connection()
    keys, audiences, projects = rows.T.tolist()
    if connection.dialect.name == "sqlite":
        with no_collecting():
            connection.exec_driver_sql(on_sqlite, list(zip(keys, audiences, projects, strict=True)))
        return
    connection.execute(elsewhere, {"keys": keys, "audiences": audiences, "projects": projects})


def _forget_records(session: Session, project_ids: Sequence[int]) -> None:
    session.execute(
        delete(PreparedProject).where(PreparedProject.project_id.in_(project_ids)),
        execution_options={"synchronize_session": False},
    )


def _mark(session: Session, project_ids: Sequence[int], key_version: int | None) -> None:
    session.execute(
        update(Project).where(Project.id.in_(project_ids)).values(key_version=key_version),
        execution_options={"synchronize_session": False},
    )
