"""The migrations: one line of them, up and down and up again, and at the end the schema of the models."""

import re

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select

from tacoord import paths
from tacoord.cli.db import alembic_config
from tacoord.models import Base, Organisation
from tests.support.databases import engine_for

FILES = sorted((paths.MIGRATIONS / "versions").glob("*.py"))


def test_files_are_numbered_without_a_hole_and_say_what_changes():
    numbers = [int(re.match(r"(\d{4})_[a-z0-9_]+\.py", file.name)[1]) for file in FILES]
    assert numbers == list(range(1, len(FILES) + 1))
    assert all(file.read_text().startswith('"""') for file in FILES)


def test_files_import_nothing_of_ours():
    assert not [
        file.name for file in FILES if re.search(r"^(from|import) tacoord", file.read_text(), re.M)
    ]


def test_there_is_one_head(empty_database_url):
    engine = engine_for(empty_database_url)
    with engine.connect() as connection:
        assert len(ScriptDirectory.from_config(alembic_config(connection)).get_heads()) == 1
    engine.dispose()


def test_up_and_down_and_up_again_ends_at_the_models(empty_database_url):
    engine = engine_for(empty_database_url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
        first = _columns(connection)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
        assert _columns(connection) == first
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_secretariat_is_there_from_the_first_migration_on(empty_database_url):
    engine = engine_for(empty_database_url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        assert connection.scalars(select(Organisation.__table__.c.code)).all() == ["SECRETARIAT"]
    engine.dispose()


def _columns(connection: Connection) -> dict[str, list[str]]:
    found = inspect(connection)
    return {
        table: [c["name"] for c in found.get_columns(table)] for table in found.get_table_names()
    }
