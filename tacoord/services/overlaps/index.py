"""The index of published projects: the blocking keys and the prepared record of each, in the transaction of its row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select, text, update
from sqlalchemy.orm import Session

from tacoord.matching.candidates import KEY_VERSION
from tacoord.matching.packed import unpack
from tacoord.matching.prepared import Prepared
from tacoord.models import PreparedProject, Project, ProjectKey
from tacoord.services.overlaps.keys import EVERYBODY, audiences_of

_ADD_ON_SQLITE: Final = "INSERT INTO project_keys (key, audience, project_id) VALUES (?, ?, ?)"
_ADD: Final = text(
    "INSERT INTO project_keys (key, audience, project_id) SELECT * FROM unnest("
    "CAST(:keys AS bigint[]), CAST(:audiences AS bigint[]), CAST(:projects AS integer[]))"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """How a project stands in the index: its blocking keys, and its prepared record as bytes.

    version: of the project whose facts these are.
    """

    keys: Collection[int]
    record: bytes
    version: int


def index_projects(session: Session, entries: Mapping[int, Entry]) -> None:
    """Put some projects into the index anew, by their keys in the database."""
    session.flush()
    ids = list(entries)
    _forget(session, ids)
    audiences = audiences_of(session, ids)
    # In the order of the index, so that a large batch touches each of its pages once.
    rows = sorted(
        (key, audiences[project_id], project_id)
        for project_id, entry in entries.items()
        for key in entry.keys
    )
    if rows:
        _insert(session, rows)
    if entries:
        session.execute(
            insert(PreparedProject),
            [
                {"project_id": project_id, "version": entry.version, "record": entry.record}
                for project_id, entry in entries.items()
            ],
        )
    _mark(session, ids, KEY_VERSION)


def forget_projects(session: Session, project_ids: Sequence[int]) -> None:
    """Take projects out of the index: nothing is compared with them any more."""
    _forget(session, project_ids)
    _mark(session, project_ids, None)


def open_before(session: Session, project_ids: Sequence[int]) -> set[int]:
    """Which of some projects everybody could see when they were last put into the index."""
    rows = select(ProjectKey.project_id).where(
        ProjectKey.project_id.in_(project_ids), ProjectKey.audience == EVERYBODY
    )
    return set(session.scalars(rows.distinct()))


def prepared_records(
    session: Session, ids: Sequence[int], seen: ColumnElement[bool]
) -> dict[int, Prepared | None]:
    """The records of some projects by key, as they were prepared; only where `seen` is true.

    None: the project has changed since it was prepared, or the way of preparing has.
    """
    rows = session.execute(
        select(Project.id, PreparedProject.record)
        .outerjoin(
            PreparedProject,
            (PreparedProject.project_id == Project.id)
            & (PreparedProject.version == Project.version)
            & (Project.key_version == KEY_VERSION),
        )
        .where(Project.id.in_(ids), seen)
    )
    return {key: None if record is None else unpack(record) for key, record in rows}


def _insert(session: Session, rows: Sequence[tuple[int, int, int]]) -> None:
    """Many rows in one statement: a statement a row takes several times as long."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_ADD_ON_SQLITE, list(rows))
        return
    keys, audiences, projects = (list(column) for column in zip(*rows, strict=True))
    connection.execute(_ADD, {"keys": keys, "audiences": audiences, "projects": projects})


def _forget(session: Session, project_ids: Sequence[int]) -> None:
    for table in (ProjectKey, PreparedProject):
        session.execute(
            delete(table).where(table.project_id.in_(project_ids)),
            execution_options={"synchronize_session": False},
        )


def _mark(session: Session, project_ids: Sequence[int], key_version: int | None) -> None:
    session.execute(
        update(Project).where(Project.id.in_(project_ids)).values(key_version=key_version),
        execution_options={"synchronize_session": False},
    )
