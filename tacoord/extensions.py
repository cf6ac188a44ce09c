"""The parts that Flask binds to an application, still unbound."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, Engine, Executable, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tacoord.models import Base

db = SQLAlchemy(metadata=Base.metadata)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()

SIGN_IN: Final = "sign_in"
"""Where the cookie holds the secret of a session."""

_PATIENCE: Final = 15_000
_PRAGMAS: Final = (
    "foreign_keys=ON",
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={_PATIENCE}",
)


@event.listens_for(Engine, "connect")
def prepare_sqlite(connection: Any, _record: Any) -> None:
    """SQLite keeps foreign keys, writes ahead, and loses nothing that was acknowledged."""
    if not isinstance(connection, sqlite3.Connection):
        return
    # We begin transactions ourselves (below): the driver would begin them late, and savepoints not at all.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def begin_on_sqlite(connection: Connection) -> None:
    """Take SQLite's one write lock at once where writing is announced.

    A transaction that reads first and writes later fails at once, without waiting, if another has written between.
    """
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def announce_writing(session: Session) -> None:
    """Say, before the first query of a transaction, that this one will write."""
    if not session.in_transaction():
        session.connection(execution_options={"writes": True})


@contextmanager
def writing_transaction() -> Iterator[Session]:
    """A session whose work is committed at the end of the block, and undone if the block fails.

    For doors that write in several steps, each of which must be kept before the next begins.
    """
    session = db.session()
    announce_writing(session)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def write_aside(engine: Engine, statement: Executable) -> Any:
    """Execute one statement in a transaction of its own; not done where SQLite has another writer just now.

    For what may be late, as the note of when a session was last used: no page shall wait for it. Gives the value that
    the statement returns; None where it returns none, or was not done.
    """
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        is_sqlite = isinstance(driver, sqlite3.Connection)
        if is_sqlite:
            driver.execute("PRAGMA busy_timeout=0")
        try:
            with connection.execution_options(writes=True).begin():
                result = connection.execute(statement)
                return result.scalar() if result.returns_rows else None
        except OperationalError:
            if not is_sqlite:
                raise
            return None
        finally:
            if is_sqlite:
                driver.execute(f"PRAGMA busy_timeout={_PATIENCE}")


class WritingSteps:
    """Short writing transactions one after the other, so that long work lets others write in between.

    keep: False undoes each step, for trying what would happen.
    """

    def __init__(self, session: Session, *, keep: bool = True) -> None:
        self._session = session
        self._keep = keep

    def begin(self) -> None:
        """Begin the next step: whatever was read before belongs to the one before."""
        self.end()
        announce_writing(self._session)

    def end(self) -> None:
        """Keep what was done in this step, or undo it."""
        if self._keep:
            self._session.commit()
        else:
            self._session.rollback()
