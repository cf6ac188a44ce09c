"""Where the tests find PostgreSQL: a given server, a temporary one, or one that runs on loopback."""

import os

import pytest
from sqlalchemy.engine import make_url

from tests.support.cluster import available_cluster
from tests.support.databases import PostgresDatabases
from tests.support.left_out import POSTGRES, leave_out
from tests.support.postgres import connect, given_server


@pytest.fixture(scope="module")
def cluster():
    made = available_cluster()
    if made is None:
        leave_out(POSTGRES)
    yield made.start()
    made.stop()


def names_on(server):
    with connect(server) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


def test_a_given_server_is_taken_at_its_word():
    found = given_server({"TACOORD_TEST_POSTGRES_URL": "postgres://ann:secret@far:5433"})
    assert found == "postgresql+psycopg://ann:secret@far:5433/postgres"


def test_without_a_given_server_there_is_none_to_be_taken_at_its_word():
    assert given_server({"TACOORD_TEST_POSTGRES_URL": " "}) is None


def test_a_temporary_server_makes_databases(cluster):
    databases = PostgresDatabases(cluster, lambda url: None)
    url = databases.empty()
    with connect(url) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    databases.drop_all()
    assert make_url(url).database not in names_on(cluster)


def test_a_database_that_is_not_ours_is_never_dropped(cluster):
    ours, theirs = (PostgresDatabases(cluster, lambda url: None) for _ in range(2))
    url = theirs.empty()
    ours.drop(url)
    ours.drop_all()
    assert make_url(url).database in names_on(cluster)
    theirs.drop_all()


def test_a_temporary_server_leaves_no_folder():
    made = available_cluster()
    if made is None:
        leave_out(POSTGRES)
    folder = made._folder
    made.stop()
    assert not os.path.exists(folder)


def test_what_must_be_there_fails_in_a_run_that_leaves_nothing_out(monkeypatch):
    monkeypatch.setenv("TACOORD_TEST_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="TACOORD_TEST_ALL=1"):
        leave_out(POSTGRES)
    with pytest.raises(pytest.skip.Exception):
        leave_out("../shared/data is not here")
