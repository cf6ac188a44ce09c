"""What a database knows of its tables: without it, "published", which nearly all share, seems a way to find a few."""

from typing import Final

from sqlalchemy import Connection, text

from tacoord.models import Base

_ROWS_READ: Final = 1_000


def refresh_statistics(connection: Connection) -> None:
    """Have the database count what is in its tables, from a sample: a fraction of a second, or a few.

    PostgreSQL does so by itself, but only some time after many rows came, and not where its autovacuum is off.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(text(f"PRAGMA analysis_limit={_ROWS_READ}"))
        connection.execute(text("ANALYZE"))
    else:
        quoted = map(
            connection.dialect.identifier_preparer.format_table, Base.metadata.sorted_tables
        )
        connection.execute(text(f"ANALYZE {', '.join(quoted)}"))
