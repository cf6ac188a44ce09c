"""A PostgreSQL server for the tests that runs already: a given one, or one on loopback."""

import getpass
from collections.abc import Mapping

import psycopg
from sqlalchemy.engine import URL, make_url

LOOPBACK = "127.0.0.1"
MAY_CREATE = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"

Connection = psycopg.Connection[tuple[object, ...]]


def given_server(environ: Mapping[str, str]) -> str | None:
    """The server that TACOORD_TEST_POSTGRES_URL names, taken as it is: if it fails, tests must fail."""
    given = environ.get("TACOORD_TEST_POSTGRES_URL", "").strip()
    return _address(make_url(given)) if given else None


def running_server() -> str | None:
    """The address of a server that runs on this machine and lets us make databases, or None."""
    for user in dict.fromkeys((getpass.getuser(), "postgres")):
        url = URL.create("postgresql", user, None, LOOPBACK, 5432, "postgres")
        if _may_create_databases(url):
            return _address(url)
    return None


def connect(address: str) -> Connection:
    """Open a connection that commits each statement by itself, as CREATE DATABASE needs it."""
    plain = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)


def _address(url: URL) -> str:
    database = url.database or "postgres"
    full = url.set(drivername="postgresql+psycopg", database=database)
    return full.render_as_string(hide_password=False)


def _may_create_databases(url: URL) -> bool:
    try:
        with connect(_address(url)) as connection:
            row = connection.execute(MAY_CREATE).fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])
