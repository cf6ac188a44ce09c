"""Fixtures for all tests: databases of both kinds, the application, mail, a browser, shared data."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tacoord.app import create_app
from tacoord.config import Settings
from tacoord.extensions import db
from tacoord.services.accounts import passwords
from tests.support.chromium import chromium, find_chromium
from tests.support.cluster import available_cluster
from tests.support.databases import Databases, PostgresDatabases, SqliteDatabases, engine_for
from tests.support.left_out import CHROMIUM, POSTGRES, LeftOut, leave_out
from tests.support.live import served
from tests.support.memory import new_folder
from tests.support.postgres import given_server, running_server
from tests.support.rules import rules_compiled_once
from tests.support.smtp import SmtpServer
from tests.support.statements import statements_compiled_once
from tests.support.template import fill_template
from tests.support.templates import COMPILED

SERVER = "TACOORD_TEST_POSTGRES_URL"
ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def pytest_configure(config: pytest.Config) -> None:
    """In the main process alone: find PostgreSQL for all workers, and count what is left out."""
    config.addinivalue_line("markers", "needs_shared(path): uses ../shared/path where it is there")
    config.addinivalue_line("markers", "needs_chromium: opens pages in a browser (set by itself)")
    config.addinivalue_line(
        "markers",
        "looks_only: of pages that other tests open on both kinds of database; runs on one",
    )
    if hasattr(config, "workerinput"):
        return
    report = os.environ.get("TACOORD_TEST_REPORT")
    config.pluginmanager.register(LeftOut(Path(report) if report else None))
    os.environ[SERVER] = given_server(os.environ) or _own_server(config) or running_server() or ""


def _own_server(config: pytest.Config) -> str | None:
    """A temporary server for this run, where scripts/test allows one: it need not keep anything, so it is quicker."""
    cluster = available_cluster() if os.environ.get("TACOORD_TEST_CLUSTER") == "1" else None
    if cluster is None:
        return None
    config.add_cleanup(cluster.stop)
    return cluster.start()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that open a browser, so that they can be chosen and left out; have looks judged once."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("needs_chromium")
    if os.environ.get(SERVER):
        again = [item for item in items if _looks_again(item)]
        config.hook.pytest_deselected(items=again)
        items[:] = [item for item in items if item not in again]


def _looks_again(item: pytest.Item) -> bool:
    """Whether it judges on SQLite what the same test judges on PostgreSQL: how a page looks."""
    if item.get_closest_marker("looks_only") is None:
        return False
    kinds = getattr(item, "callspec", None)
    return kinds is not None and kinds.params.get("databases") == "sqlite"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out a test whose shared data are not here."""
    for mark in item.iter_markers("needs_shared"):
        if not (SHARED / str(mark.args[0])).exists():
            leave_out(f"../shared/{mark.args[0]} is not here")


@pytest.fixture(scope="session", autouse=True)
def hasher_in_earnest() -> Iterator[PasswordHasher]:
    """What hashes passwords in earnest. Tests do it at the least cost, so that hundreds of sign-ins are quick."""
    kept = passwords._hasher
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield kept
    passwords._hasher = kept


@pytest.fixture(scope="session", autouse=True)
def quick_applications() -> Iterator[None]:
    """Making an application takes a quarter of the time where its rules of addresses are compiled once."""
    with rules_compiled_once():
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data beside the checkout; mark the test with needs_shared(path) as well."""
    return SHARED


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Makes databases; whoever uses it, even through another fixture, runs on both kinds."""
    made: Databases
    if request.param == "sqlite":
        made = SqliteDatabases(new_folder("databases"), fill_template)
    elif server := os.environ.get(SERVER):
        made = PostgresDatabases(server, fill_template)
    else:
        leave_out(POSTGRES)
    yield made
    made.drop_all()


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """A database of the test's own, without tables."""
    url = databases.empty()
    yield url
    databases.drop(url)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A database of the test's own with all tables and vocabularies."""
    url = databases.copy()
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def shared_engine(databases: Databases) -> Iterator[Engine]:
    """For `session`: a database on which nothing is ever committed."""
    url = databases.copy()
    engine = engine_for(url)
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session whose commits are savepoints: all is undone when the test ends."""
    with shared_engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as own:
            yield own
        transaction.rollback()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings for `app`; a test module may override this fixture."""
    return Settings(
        home=tmp_path,
        database_url=database_url,
        secret_key="only for tests " * 3,
        base_url="http://localhost",
        smtp_url=f"file:{tmp_path / 'mail'}",
        mail_from="tacoord@localhost",
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[APIFlask]:
    """The application on a database of its own. CSRF is off until a test turns it on."""
    made = create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    made.jinja_env.bytecode_cache = COMPILED
    with made.app_context():
        statements_compiled_once(db.engine)
    yield made
    with made.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """A visitor of `app`, not signed in."""
    return app.test_client()


@pytest.fixture
def store(app: APIFlask) -> Iterator[Session]:
    """A session of the test's own on the database of `app`: commit what the pages shall see."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as own:
        yield own


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    """A mail server that keeps what it gets."""
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def live_server(app: APIFlask) -> Iterator[str]:
    """The address of `app` behind a real socket, with CSRF on as in earnest."""
    app.config.update(WTF_CSRF_ENABLED=True)
    with served(app) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium, started once."""
    program = find_chromium()
    if program is None:
        leave_out(CHROMIUM)
    with chromium(program) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new tab 1280 pixels wide that nobody used before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield context.new_page()
    context.close()
