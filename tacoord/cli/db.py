"""`tacoord db`: bring the database up to date, or say whether it is."""

import click
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tacoord import paths
from tacoord.cli.context import settings, with_app
from tacoord.cli.groups import WholeHelpGroup
from tacoord.extensions import db as database
from tacoord.models import Base


@click.group(cls=WholeHelpGroup)
def db() -> None:
    """The database's tables."""


@db.command()
@with_app
def upgrade() -> None:
    """Bring the tables up to date; does nothing where they are."""
    settings().home.mkdir(parents=True, exist_ok=True)
    with database.engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    click.echo("database: up to date")


@db.command()
@click.argument("revision")
@with_app
def downgrade(revision: str) -> None:
    """Take the tables back to REVISION (`base` removes them with all that is in them)."""
    with database.engine.begin() as connection:
        command.downgrade(alembic_config(connection), revision)
    click.echo(f"database: at {revision}")


@db.command()
@click.pass_context
@with_app
def check(ctx: click.Context) -> None:
    """Say whether the tables are up to date; exit 1 where they are not."""
    with database.engine.connect() as connection:
        wrong = _differences(connection)
    for line in wrong:
        click.echo(line)
    if wrong:
        ctx.exit(1)
    click.echo("database: up to date")


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings: our folder of migrations, and the application's own connection."""
    config = Config()
    config.set_main_option("script_location", str(paths.MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _differences(connection: Connection) -> list[str]:
    head = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    current = context.get_current_revision()
    if current != head:
        return [f"database: at {current or 'nothing'}, but {head} is needed: tacoord db upgrade"]
    return [f"database: differs: {each}" for each in compare_metadata(context, Base.metadata)]
