"""A backup holds every row, travels between the two kinds of database, and is taken whole or not at all."""

import gzip
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.models import Base, Organisation, Project, User
from tacoord.services.upkeep import backup
from tests.conftest import SERVER
from tests.factories import make_organisation, make_project, make_user
from tests.support.databases import PostgresDatabases, SqliteDatabases, engine_for
from tests.support.left_out import POSTGRES, leave_out
from tests.support.memory import new_folder
from tests.support.template import fill_template

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def rows_of(engine):
    with engine.connect() as connection:
        return {
            table.name: sorted(map(str, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


def save(engine, file, **options):
    with engine.connect() as connection:
        return backup.write_backup(connection, file, now=NOW, **options)


def restore(engine, file):
    with engine.execution_options(writes=True).begin() as connection:
        return backup.restore_backup(connection, file)


@pytest.fixture
def filled(database_url):
    """A database in which somebody has worked."""
    engine = engine_for(database_url)
    with Session(engine) as session:
        owner = make_organisation(session, "مكتب «Été» 办公室")
        make_user(session, organisation=owner, password="a long enough sentence")
        make_project(session, organisation=owner)
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def other_kind(request):
    """Makes fresh installations of either kind, to restore into."""
    if request.param == "sqlite":
        made = SqliteDatabases(new_folder("others"), fill_template)
    else:
        server = os.environ.get(SERVER) or leave_out(POSTGRES)
        made = PostgresDatabases(server, fill_template)
    yield made
    made.drop_all()


@pytest.fixture
def other(other_kind):
    url = other_kind.copy()
    engine = engine_for(url)
    yield engine
    engine.dispose()
    other_kind.drop(url)


def test_every_row_comes_back_on_either_kind_of_database(filled, other, tmp_path):
    file = tmp_path / "all.backup"
    count = save(filled, file)
    assert restore(other, file) == count
    assert rows_of(other) == rows_of(filled)
    again = tmp_path / "again.backup"
    save(other, again)
    assert gzip.decompress(again.read_bytes()) == gzip.decompress(file.read_bytes())


def test_after_a_restore_new_rows_get_new_ids(filled, other, tmp_path):
    save(filled, tmp_path / "all.backup")
    restore(other, tmp_path / "all.backup")
    with Session(other) as session:
        highest = session.scalar(select(func.max(Organisation.id)))
        added = make_organisation(session)
        make_project(session, organisation=added)
        session.commit()
        assert added.id > highest


def test_a_backup_is_of_one_moment_while_others_write(filled, tmp_path, monkeypatch):
    file = tmp_path / "all.backup"
    first = threading.Event()
    real = backup._write_all

    def slow(connection, out, revision, now):
        connection.execute(select(func.count()).select_from(User)).scalar()
        first.set()
        writer.join()
        return real(connection, out, revision, now)

    def write():
        first.wait()
        with Session(filled) as session:
            make_project(session)
            session.commit()

    monkeypatch.setattr(backup, "_write_all", slow)
    with Session(filled) as session:
        before = session.scalar(select(func.count()).select_from(Project))
    writer = threading.Thread(target=write)
    writer.start()
    save(filled, file)
    with Session(filled) as session:
        assert session.scalar(select(func.count()).select_from(Project)) == before + 1
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith('{"table":"projects"'))
    stop = next(i for i in range(start + 1, len(lines)) if lines[i].startswith("{"))
    assert stop - start - 1 == before


def test_nobody_else_can_read_the_file_and_no_half_of_it_is_left(filled, tmp_path, monkeypatch):
    file = tmp_path / "all.backup"
    save(filled, file)
    assert file.stat().st_mode & 0o777 == 0o600

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(backup, "_write_all", fail)
    with pytest.raises(OSError, match="disk full"):
        save(filled, tmp_path / "half.backup")
    assert [each.name for each in tmp_path.glob("*backup*")] + list(tmp_path.glob(".*")) == [
        "all.backup"
    ]


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def without_foot(data: bytes) -> bytes:
    lines = gzip.decompress(data).decode().splitlines(keepends=True)
    return gzip.compress("".join(lines[:-1]).encode())


def wrong_count(data: bytes) -> bytes:
    lines = gzip.decompress(data).decode().splitlines()
    lines[-1] = json.dumps({"rows": 1})
    return gzip.compress("\n".join(lines).encode())


def unknown_table(data: bytes) -> bytes:
    return gzip.compress(gzip.decompress(data).replace(b'"table":"users"', b'"table":"people"'))


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        without_foot,
        wrong_count,
        unknown_table,
        lambda _: b"<xml/>",
        lambda _: gzip.compress(b"[]"),
    ],
)
def test_a_damaged_backup_is_refused_and_changes_nothing(filled, tmp_path, damage):
    file = tmp_path / "all.backup"
    save(filled, file)
    file.write_bytes(damage(file.read_bytes()))
    before = rows_of(filled)
    with pytest.raises(backup.UnreadableBackup):
        restore(filled, file)
    assert rows_of(filled) == before


def test_an_installation_is_unused_until_somebody_works_in_it(filled, database_url):
    with filled.connect() as connection:
        assert not backup.is_unused(connection)


def test_a_fresh_installation_is_unused(database_url):
    engine = engine_for(database_url)
    with engine.connect() as connection:
        assert backup.is_unused(connection)
    engine.dispose()


def test_a_file_says_of_which_revision_it_is(filled, tmp_path: Path):
    save(filled, tmp_path / "all.backup")
    with filled.connect() as connection:
        revision = backup.revision_of(connection)
    assert backup.read_head(tmp_path / "all.backup").revision == revision
