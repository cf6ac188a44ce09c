"""Fresh databases in little time: a template is migrated once, and each test gets a copy."""

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from psycopg import sql
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from tests.support.postgres import connect

Fill = Callable[[str], None]

FIRST_WITH_STRATEGIES = 150_000
"""The version of PostgreSQL that can be told how to copy a database."""


class Databases(Protocol):
    """Makes databases of one kind, and drops those that it made."""

    def empty(self) -> str:
        """The address of a new database without tables."""

    def copy(self) -> str:
        """The address of a new database like the template, which is made for the first copy."""

    def drop(self, url: str) -> None:
        """Drop one that we made; nobody may be connected to it any more."""

    def drop_all(self) -> None:
        """Drop what is left."""


class SqliteDatabases:
    """Databases as files in `folder`; `fill` makes an empty one the template."""

    def __init__(self, folder: Path, fill: Fill) -> None:
        self._folder = folder
        self._fill = fill
        self._template: Path | None = None

    def empty(self) -> str:
        """The address of a file that is not there yet."""
        return f"sqlite:///{self._folder / f'{_name()}.sqlite'}"

    def copy(self) -> str:
        """A copy of the template's file."""
        if self._template is None:
            url = self.empty()
            self._fill(url)
            self._template = _file(url)
        url = self.empty()
        shutil.copyfile(self._template, _file(url))
        return url

    def drop(self, url: str) -> None:
        """Remove the file and what SQLite keeps beside it."""
        for ending in ("", "-wal", "-shm"):
            Path(f"{_file(url)}{ending}").unlink(missing_ok=True)

    def drop_all(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)


class PostgresDatabases:
    """Databases on a server, with random names; only those that we made are ever dropped."""

    def __init__(self, server: str, fill: Fill) -> None:
        self._server = server
        self._fill = fill
        self._made: set[str] = set()
        self._template: str | None = None
        self._strategy = ""

    def empty(self) -> str:
        """A new database of the server."""
        return self._create("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")

    def copy(self) -> str:
        """A copy that the server makes of the template."""
        if self._template is None:
            url = self.empty()
            self._fill(url)
            self._template = make_url(url).database
            self._strategy = self._best_strategy()
        return self._create(f"CREATE DATABASE {{name}} TEMPLATE {{template}} {self._strategy}")

    def drop(self, url: str) -> None:
        """Drop it, ending connections that a test forgot."""
        name = make_url(url).database
        if name in self._made:
            self._execute("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)
            self._made.discard(name)

    def drop_all(self) -> None:
        """Drop the template and whatever was not dropped."""
        for name in sorted(self._made):
            self._execute("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)
        self._made.clear()

    def _best_strategy(self) -> str:
        """Copying files rather than logging every page takes a third of the time where the server need not be safe."""
        with connect(self._server) as connection:
            version = connection.info.server_version
        return "STRATEGY FILE_COPY" if version >= FIRST_WITH_STRATEGIES else ""

    def _create(self, statement: str) -> str:
        name = _name()
        self._execute(statement, name=name, template=self._template)
        self._made.add(name)
        url = make_url(self._server).set(database=name)
        return url.render_as_string(hide_password=False)

    def _execute(self, statement: str, **names: str | None) -> None:
        quoted = {key: sql.Identifier(name) for key, name in names.items() if name}
        with connect(self._server) as connection:
            connection.execute(sql.SQL(statement).format(**quoted))


def engine_for(url: str) -> Engine:
    """An engine as the application has it: the hooks for SQLite come with tacoord.extensions."""
    return create_engine(url)


def _name() -> str:
    return f"tacoord_test_{secrets.token_hex(8)}"


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")
