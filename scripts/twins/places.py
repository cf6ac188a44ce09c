"""Where twin registers are made: files in a folder, or databases on a server."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url


class SqlitePlace:
    """Makes registers as files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def new(self) -> str:
        """The address of a file that is not there yet."""
        self._count += 1
        return f"sqlite:///{self._folder / f'{self._count}.sqlite'}"

    def copy(self, url: str) -> str:
        """A copy of a register at rest."""
        target = self.new()
        files = (make_url(each).database or "" for each in (url, target))
        one, other = (sqlite3.connect(file) for file in files)
        with closing(one) as source, closing(other) as copy:
            source.backup(copy)
        return target

    def clear(self) -> None:
        """Files go with their folder."""


class PostgresPlace:
    """Makes registers on a server, with random names, and drops those that it made."""

    def __init__(self, server: str) -> None:
        self._server = make_url(server)
        self._made: list[str] = []

    def new(self) -> str:
        """A new database."""
        return self._make("template0")

    def copy(self, url: str) -> str:
        """A copy of a register to which nobody is connected."""
        return self._make(make_url(url).database or "")

    def clear(self) -> None:
        """Drop them all."""
        while self._made:
            self._do(f'DROP DATABASE IF EXISTS "{self._made.pop()}" WITH (FORCE)')

    def _make(self, template: str) -> str:
        name = f"tacoord_twin_{os.urandom(8).hex()}"
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        self._made.append(name)
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _do(self, statement: str) -> None:
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


Place = SqlitePlace | PostgresPlace
