"""How Alembic meets our database: over the connection that the application hands it."""

from typing import Any

import sqlalchemy as sa
from alembic import context

from tacoord.models import Base
from tacoord.models.base import UTCDateTime


def render_item(kind: str, thing: Any, _autogenerate: Any) -> str | bool:
    """Migrations import nothing of ours: our type of moment is a plain DateTime to the database."""
    if kind == "type" and isinstance(thing, UTCDateTime):
        return "sa.DateTime()"
    return False


connection: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
