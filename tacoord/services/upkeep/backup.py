"""The whole database as one file of rows, the same for SQLite and PostgreSQL, and back into an empty one.

The file is gzip of JSON lines: a head (what it is, of which revision), for each table its name and columns and then its
rows as lists, and a foot with the number of rows. A file without its foot was cut off.
"""

import base64
import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    func,
    insert,
    inspect,
    literal,
    null,
    select,
    text,
)
from sqlalchemy import column as named_column
from sqlalchemy import table as named_table

from tacoord.errors import DomainError

FORMAT: Final = "tacoord-backup"
FORMAT_VERSION: Final = 1
VERSIONS: Final = "alembic_version"
_BATCH: Final = 500
_EVIDENCE: Final = ("users", "projects", "assistance_requests", "changes")
"""Tables of which a new installation has no rows."""


class UnreadableBackup(DomainError):
    """The file is no backup, or not all of one; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says of itself. revision: the migration that its tables are of."""

    revision: str
    made_at: str


def write_backup(connection: Connection, file: Path, *, now: datetime) -> int:
    """Write every row, as of one moment, to `file`, which appears only when it is complete; gives their number.

    The connection must not have been used yet. Raises OSError, and DomainError where the database has no tables.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    revision = revision_of(connection)
    if revision is None:
        raise DomainError("the database is empty: there is nothing to back up")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as raw:
            with gzip.open(raw, "wt", encoding="utf-8", compresslevel=6) as out:
                count = _write_all(connection, out, revision, now)
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(file)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(file)) from error
    finally:
        part.unlink(missing_ok=True)
    return count


def read_head(file: Path) -> Head:
    """What `file` says of itself. Raises UnreadableBackup, OSError."""
    with _reading(file) as lines:
        return _head(next(lines, None))


def restore_backup(connection: Connection, file: Path) -> int:
    """Put the rows of `file` into the tables, which must be of its revision; what is in them now goes.

    Everything happens in the transaction of `connection`. Gives the number of rows. Raises UnreadableBackup, OSError.
    """
    tables = _tables(connection)
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
    for table in reversed(tables.sorted_tables):
        connection.execute(table.delete())
    with _reading(file) as lines:
        _head(next(lines, None))
        count = _read_all(connection, lines, tables)
    if connection.dialect.name == "postgresql":
        _move_sequences(connection, tables)
    return count


def is_unused(connection: Connection) -> bool:
    """Whether nobody has worked in this database: no tables, or none of the rows that work leaves."""
    there = set(inspect(connection).get_table_names())
    wanted = [name for name in _EVIDENCE if name in there]
    asked = (select(literal(1)).select_from(named_table(name)).limit(1) for name in wanted)
    return not any(connection.scalar(each) for each in asked)


def revision_of(connection: Connection) -> str | None:
    """The migration that the tables are of; None where there are none."""
    if not inspect(connection).has_table(VERSIONS):
        return None
    found = connection.scalar(
        select(named_column("version_num")).select_from(named_table(VERSIONS))
    )
    return str(found) if found else None


def _tables(connection: Connection) -> MetaData:
    """The tables as they are in the database, whatever revision they are of."""
    found = MetaData()
    found.reflect(connection)
    found.remove(found.tables[VERSIONS])
    return found


def _write_all(connection: Connection, out: IO[str], revision: str, now: datetime) -> int:
    count = 0
    head = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "revision": revision,
        "made_at": now.isoformat(),
    }
    _line(out, head)
    for table in _tables(connection).sorted_tables:
        _line(out, {"table": table.name, "columns": [column.name for column in table.columns]})
        for row in _rows(connection, table):
            _line(out, [_plain(value) for value in row])
            count += 1
    _line(out, {"rows": count})
    return count


def _rows(connection: Connection, table: Table) -> Iterable[Sequence[Any]]:
    """The rows in the order of their keys; where a table points to itself, parents before children."""
    query = select(table).order_by(*table.primary_key.columns)
    parent = _parent_column(table)
    if parent is not None:
        return _parents_first(connection, table, parent)
    return connection.execution_options(yield_per=_BATCH).execute(query)


def _parent_column(table: Table) -> str | None:
    for constraint in table.foreign_key_constraints:
        if constraint.referred_table is table:
            return list(constraint.column_keys)[-1]
    return None


def _parents_first(connection: Connection, table: Table, parent: str) -> Iterator[Sequence[Any]]:
    """Only the terms point to their own table, by vocabulary and code: some thousand rows."""
    rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
    names = [column.name for column in table.columns]
    vocabulary, code, above = (names.index(each) for each in ("vocabulary", "code", parent))
    written: set[tuple[Any, Any]] = set()
    while rows:
        ready = [
            row for row in rows if row[above] is None or (row[vocabulary], row[above]) in written
        ]
        if not ready:
            raise DomainError(f"the rows of {table.name} point to each other in a circle")
        yield from ready
        written.update((row[vocabulary], row[code]) for row in ready)
        rows = [row for row in rows if (row[vocabulary], row[code]) not in written]


def _read_all(connection: Connection, lines: Iterator[str], tables: MetaData) -> int:
    count, table = 0, None
    columns: list[Column[Any]] = []
    batch: list[dict[str, Any]] = []
    for line in lines:
        said = _parsed(line)
        if isinstance(said, list) and table is not None and len(said) == len(columns):
            batch.append({c.name: _typed(c, v) for c, v in zip(columns, said, strict=True)})
            count += 1
            if len(batch) == _BATCH:
                _insert(connection, table, batch)
            continue
        _insert(connection, table, batch)
        if isinstance(said, dict) and "table" in said:
            table, columns = _named(tables, said)
        elif isinstance(said, dict) and said.get("rows") == count:
            if next(lines, None) is not None:
                raise UnreadableBackup("the backup goes on after its end")
            return count
        else:
            raise UnreadableBackup("the backup has a line that it should not have")
    raise UnreadableBackup("the backup is cut off: its last line is missing")


def _named(tables: MetaData, said: Mapping[str, Any]) -> tuple[Table, list[Column[Any]]]:
    table = tables.tables.get(str(said["table"]))
    if table is None or not set(said["columns"]) <= set(table.columns.keys()):
        raise UnreadableBackup(
            f"the backup has a table that this revision has not: {said['table']}"
        )
    return table, [table.columns[name] for name in said["columns"]]


def _insert(connection: Connection, table: Table | None, batch: list[dict[str, Any]]) -> None:
    if table is not None and batch:
        connection.execute(insert(table), batch)
    batch.clear()


def _move_sequences(connection: Connection, tables: MetaData) -> None:
    """Let PostgreSQL give out ids above those that were restored."""
    for table in tables.sorted_tables:
        for column in table.primary_key.columns:
            name = connection.scalar(
                select(func.pg_get_serial_sequence(func.quote_ident(table.name), column.name))
            )
            if name:
                highest = connection.scalar(select(func.max(column)))
                connection.execute(select(func.setval(name, highest or 1, highest is not None)))


def _plain(value: Any) -> Any:
    """A value as JSON has it; what it is of is known from its column."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode("ascii")
    return value


def _typed(column: Column[Any], value: Any) -> Any:
    """A value of JSON as its column wants it."""
    kind = column.type
    if value is None:
        return null() if isinstance(kind, JSON) and column.nullable else None
    for wanted, read in _READERS.items():
        if isinstance(kind, wanted):
            return read(value)
    return value


_READERS: Final[Mapping[type, Callable[[Any], Any]]] = {
    DateTime: datetime.fromisoformat,
    Date: date.fromisoformat,
    Numeric: lambda value: Decimal(value) if isinstance(value, str) else value,
    LargeBinary: base64.b64decode,
}


def _line(out: IO[str], value: object) -> None:
    out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


@contextmanager
def _reading(file: Path) -> Iterator[Iterator[str]]:
    """The lines of `file`; whatever is wrong with the packing is said in one way."""
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield iter(lines)
    except EOFError:
        raise UnreadableBackup("the backup is cut off") from None
    except (gzip.BadGzipFile, zlib.error, UnicodeDecodeError):
        raise UnreadableBackup("this is no backup of tacoord, or it is damaged") from None


def _parsed(line: str | None) -> Any:
    try:
        return json.loads(line or "")
    except ValueError:
        raise UnreadableBackup("this is no backup of tacoord, or it is damaged") from None


def _head(line: str | None) -> Head:
    said = _parsed(line)
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise UnreadableBackup("this is no backup of tacoord")
    if said.get("version") != FORMAT_VERSION:
        raise UnreadableBackup("the backup was made by a newer tacoord")
    return Head(str(said["revision"]), str(said["made_at"]))
