"""A passing error of the database: tried once more where that does nothing twice, with the rights of that moment."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, create_engine, delete, event, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tacoord.extensions import db
from tacoord.models import Project, Role, SignIn
from tacoord.second_try import is_passing
from tests.factories import make_organisation, make_user
from tests.web.visits import visit_as

on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


@pytest.fixture
def engine(client: FlaskClient) -> Engine:
    with client.application.app_context():
        return db.engine


@pytest.fixture
def reporter(client: FlaskClient, store: Session) -> FlaskClient:
    user = make_user(store, Role.REPORTER, organisation=make_organisation(store))
    store.commit()
    return visit_as(client, user)


@contextmanager
def ended(
    engine: Engine, moment: str, marked: str = "", meanwhile: Callable[[], None] = lambda: None
) -> Iterator[list[str]]:
    """At the first statement with these words, or at the commit, the server ends the connection in earnest.

    Gives the statements with these words, as they come.
    """
    said: list[str] = []
    server = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def end(connection: object, statement: str = "", *_rest: object) -> None:
        if marked not in statement:
            return
        said.append(statement)
        if len(said) > 1:
            return
        meanwhile()
        process = connection.connection.driver_connection.info.backend_pid  # type: ignore[attr-defined]
        with closing(psycopg.connect(server, autocommit=True)) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))

    def at_statement(connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        end(connection, statement)

    listener = end if moment == "commit" else at_statement
    event.listen(engine, moment, listener)
    try:
        yield said
    finally:
        event.remove(engine, moment, listener)


def form(client: FlaskClient, store: Session) -> dict[str, str]:
    reporter = store.scalars(select(Project.organisation_id)).first()
    assert reporter is None, "nothing is registered yet"
    page = client.get("/projects/new").text
    once = page.split('name="once" value="')[1].split('"')[0]
    return {
        "title": "Night shelter",
        "language": "en",
        "visibility": "registered",
        "do": "register",
        "once": once,
    }


@on_postgresql
def test_a_page_whose_connection_is_lost_comes_at_the_second_try(
    reporter: FlaskClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), ended(engine, "before_cursor_execute", "FROM projects"):
        assert reporter.get("/projects").status_code == 200
    assert "tried again" in caplog.text


@on_postgresql
def test_what_is_sent_is_written_once_where_the_connection_is_lost_on_the_way(
    reporter: FlaskClient, engine: Engine, store: Session
) -> None:
    said = form(reporter, store)
    with ended(engine, "before_cursor_execute", "INSERT INTO projects ") as inserted:
        answer = reporter.post("/projects/new", data=said)
    assert answer.status_code < 400
    assert len(inserted) == 2
    assert store.scalar(select(func.count()).select_from(Project)) == 1


@on_postgresql
def test_nothing_is_tried_again_once_a_commit_was_begun(
    reporter: FlaskClient, engine: Engine, store: Session
) -> None:
    said = form(reporter, store)
    with ended(engine, "commit") as commits:
        assert reporter.post("/projects/new", data=said).status_code == 503
    assert len(commits) == 1


@on_postgresql
def test_the_second_try_asks_for_rights_afresh(
    reporter: FlaskClient, engine: Engine, store: Session
) -> None:
    def sign_out() -> None:
        store.execute(delete(SignIn))
        store.commit()

    with ended(engine, "before_cursor_execute", "FROM projects", meanwhile=sign_out):
        answer = reporter.get("/projects")
    assert answer.status_code == 302
    assert "/account/sign-in" in answer.headers["Location"]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    """Two connections to one SQLite file, which do not wait."""
    made = [sqlite3.connect(tmp_path / "two", isolation_level=None, timeout=0) for _ in range(2)]
    made[0].execute("PRAGMA journal_mode=WAL")
    made[0].execute("CREATE TABLE t (a)")
    yield made[0], made[1]
    for connection in made:
        connection.close()


def error_of(work: Callable[[], object]) -> OperationalError:
    with pytest.raises(sqlite3.OperationalError) as found:
        work()
    return OperationalError("", {}, found.value)


def test_a_writer_that_came_between_passes(
    two: tuple[sqlite3.Connection, sqlite3.Connection],
) -> None:
    mine, other = two
    mine.execute("BEGIN")
    mine.execute("SELECT * FROM t").fetchall()
    other.execute("INSERT INTO t VALUES (1)")
    assert is_passing(error_of(lambda: mine.execute("INSERT INTO t VALUES (2)")))


def test_who_has_waited_for_a_writer_does_not_wait_twice(
    two: tuple[sqlite3.Connection, sqlite3.Connection],
) -> None:
    mine, other = two
    other.execute("BEGIN IMMEDIATE")
    assert not is_passing(error_of(lambda: mine.execute("BEGIN IMMEDIATE")))


@on_postgresql
def test_a_deadlock_passes(database_url: str) -> None:
    engine = create_engine(database_url)
    lock = text("SELECT pg_advisory_xact_lock(:number)")

    def cross(first: Connection, second: int) -> OperationalError | None:
        try:
            first.execute(lock, {"number": second})
        except OperationalError as error:
            return error
        finally:
            first.rollback()
        return None

    with engine.connect() as one, engine.connect() as other, ThreadPoolExecutor(2) as pool:
        one.execute(lock, {"number": 1})
        other.execute(lock, {"number": 2})
        found = list(pool.map(cross, (one, other), (2, 1)))
    engine.dispose()
    lost = [error for error in found if error is not None]
    assert len(lost) == 1
    assert is_passing(lost[0])
