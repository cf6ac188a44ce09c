"""What a command says when it could not do its work: one line, in plain words, with what to do next."""

from typing import Final

from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tacoord.errors import ConfigurationError, DomainError, NotFound

FORESEEN: Final = (
    ConfigurationError, DomainError, OSError, SQLAlchemyError, CommandError, UnicodeError, RecursionError,
)  # fmt: skip

_WHERE_TO_LOOK: Final = {
    "organisation": "the page Organisations shows the code of each",
    "import": "`tacoord imports list` shows the id of each",
    "group": "`tacoord digests due` lists the groups",
    "person": "`tacoord users add` makes an account",
    "country": "countries are named by two letters, such as KH",
}
_TABLES: Final = "run `tacoord db upgrade`, then `tacoord vocabularies load`"
_CAUSES: Final = (
    ("no such table", f"it has no tables yet: {_TABLES}"),
    ("does not exist", f"it, or what is needed in it, does not exist: create it, then {_TABLES}"),
    ("no such column", f"its tables are of another version: {_TABLES}"),
    ("unable to open database file", "its file cannot be opened: does the folder exist, and may you write to it?"),
    ("readonly database", "its file may not be written: who owns it, and its folder?"),
    ("disk is full", "the disk is full: make room, then run the command again; what was kept before is not lost"),
    ("No space left", "the disk of the server is full: make room, then run the command again"),
    ("database is locked", "another process keeps it busy: try again in a minute"),
    ("file is not a database", "TACOORD_DATABASE_URL names a file that is something else"),
    ("disk image is malformed", "its file is damaged: restore a backup (`tacoord restore`)"),
    ("password authentication failed", "it does not accept the user or password of TACOORD_DATABASE_URL"),
    ("Connection refused", "nothing listens there: is the server running, and is TACOORD_DATABASE_URL right?"),
    ("timeout expired", "nobody answers there: is TACOORD_DATABASE_URL right, and does the network let you through?"),
)  # fmt: skip


def in_words(error: Exception) -> str:
    """The line for `error`; never with a value of a record or a password in it."""
    if isinstance(error, NotFound):
        return _not_found(_plain(error))
    if isinstance(error, CommandError):
        return f"the tables cannot be brought there: {_plain(error)}"
    if isinstance(error, DBAPIError):
        return f"the database: {_cause(error)}"
    if isinstance(error, SQLAlchemyError):
        return f"the database: {type(error).__name__}"
    if isinstance(error, UnicodeError):
        return "a text is not UTF-8; write it in that encoding and try again"
    if isinstance(error, RecursionError):
        return "something is nested too deeply to be read"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return _plain(error) or type(error).__name__


def _not_found(what: str) -> str:
    kind = what.partition(" ")[0]
    if kind not in _WHERE_TO_LOOK:
        return what
    return f"there is no {what}; {_WHERE_TO_LOOK[kind]}"


def _cause(error: DBAPIError) -> str:
    """What the driver says in its first line, or what it means where that is known."""
    said = str(error.orig).strip()
    meaning = next((words for sign, words in _CAUSES if sign in said), None)
    return meaning or next(iter(said.splitlines()), type(error).__name__)


def _plain(error: Exception) -> str:
    return " ".join(str(error).split())
