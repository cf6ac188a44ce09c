"""`tacoord digests`, `jobs`, `backup` and `restore`, at the command line."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.cli import run as run_command
from tacoord.models import Member, Project
from tacoord.services.digests.schedules import ensure_definitions
from tests.factories import make_group, make_project, make_user
from tests.support.databases import engine_for


@pytest.fixture
def store(engine):
    """A session on the database that the commands are pointed at, with one group and one reader."""
    with Session(engine) as session:
        group = make_group(session, "ICAT")
        reader = make_user(session)
        session.add(Member(group=group, organisation=reader.organisation, user=reader))
        make_project(session, titles={"en": "Shelter in the north"})
        ensure_definitions(session, due_from=datetime(2020, 1, 1, tzinfo=UTC))
        session.commit()
        yield session


@pytest.fixture
def run(store, capsys):
    def done(*arguments):
        status = run_command(list(arguments))
        said = capsys.readouterr()
        return status, said.out.strip(), said.err.strip()

    return done


@pytest.fixture
def mail(tmp_path):
    return lambda: list((tmp_path / "mail").glob("*.eml"))


def test_due_tells_of_each_group_what_comes_next(run):
    assert run("digests", "due") == (0, "ICAT\tdue now\t1 reader", "")


def test_a_preview_is_the_text_and_sends_nothing(run, mail):
    status, said, _ = run("digests", "preview", "ICAT")
    assert status == 0
    assert "1 project" in said
    assert "Shelter in the north" in said
    assert mail() == []
    status, _, said = run("digests", "preview", "NOPE")
    assert status == 2
    assert said == "tacoord: there is no group NOPE; `tacoord digests due` lists the groups"


def test_what_is_due_is_sent_once(run, mail):
    assert run("digests", "send") == (0, "digests: 1 issues, 1 sent", "")
    assert run("digests", "send") == (0, "digests: nothing is due", "")
    assert len(mail()) == 1


def test_one_group_is_sent_at_once_and_only_with_news(run, store, mail):
    assert run("digests", "send", "ICAT")[1] == "digests: 1 issues, 1 sent"
    status, said, _ = run("digests", "send", "ICAT")
    assert (status, said.splitlines()[0]) == (
        0,
        "digests: nothing has happened since issue 1 of ICAT",
    )
    make_project(store)
    store.commit()
    assert run("digests", "send", "ICAT")[1] == "digests: 1 issues, 1 sent"
    assert len(mail()) == 2


def test_a_moment_stands_for_now(run, mail):
    assert run("digests", "send", "--at", "2030-01-07T08:00Z")[1] == "digests: 1 issues, 1 sent"
    assert run("digests", "send", "--at", "2030-01-07T09:00Z")[1] == "digests: nothing is due"
    assert run("digests", "send", "--at", "2030-01-14T08:00Z")[1] == "digests: 1 issues, 1 sent"
    status, _, said = run("digests", "send", "--at", "soon")
    assert status == 2
    assert "'soon' is no moment" in said
    assert len(mail()) == 2


def test_the_jobs_are_listed_and_run_by_name(run):
    status, said, _ = run("jobs", "list")
    assert status == 0
    assert {line.split()[0] for line in said.splitlines()} >= {"digests", "overlaps", "gaps"}
    assert run("jobs", "once", "cleanup") == (0, "cleanup: nothing to do", "")
    assert run("jobs", "once", "gaps")[1].endswith("gaps are open")
    assert run("jobs", "once", "nope")[0] == 2


def test_a_backup_is_restored_where_nobody_works_or_with_yes(run, store, tmp_path):
    file = str(tmp_path / "all.backup")
    status, said, _ = run("backup", file)
    assert (status, said.startswith("backup: ")) == (0, True)
    make_project(store)
    store.commit()
    status, _, error = run("restore", file)
    assert (status, error.startswith("tacoord: the database is in use")) == (2, True)
    store.rollback()
    assert store.scalar(select(func.count()).select_from(Project)) == 2
    store.rollback()
    assert run("restore", "--yes", file)[0] == 0
    assert store.scalar(select(func.count()).select_from(Project)) == 1


def test_a_backup_is_restored_into_an_empty_database(run, monkeypatch, databases, tmp_path):
    file, url = str(tmp_path / "all.backup"), databases.empty()
    run("backup", file)
    monkeypatch.setenv("TACOORD_DATABASE_URL", url)
    assert run("restore", file)[0] == 0
    assert run("db", "check") == (0, "database: up to date", "")
    engine = engine_for(url)
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 1
    engine.dispose()
    databases.drop(url)


def test_a_file_that_is_no_backup_is_one_line(run, tmp_path):
    (tmp_path / "x").write_text("hello")
    expected = (2, "", "tacoord: this is no backup of tacoord, or it is damaged")
    assert run("restore", "--yes", str(tmp_path / "x")) == expected
