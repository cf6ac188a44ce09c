"""`tacoord backup` and `tacoord restore`: the whole database as one file, and back."""

from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from tacoord.cli.context import settings, with_app
from tacoord.cli.db import alembic_config
from tacoord.cli.output import counted, require_place
from tacoord.errors import Conflict
from tacoord.extensions import db as database
from tacoord.models import utcnow
from tacoord.services.upkeep import backup as service
from tacoord.services.upkeep.statistics import refresh_statistics


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Write over a file that is there.")
@with_app
def backup(file: Path, replace: bool) -> None:
    """Write the whole database, as of this moment, to FILE. Nobody has to stop working for it.

    The file holds everything, also password hashes: keep it as you keep the database. It can be restored into SQLite
    and into PostgreSQL, whichever it came from. The secret key and mail that was written to files are not in it.
    """
    if file.exists() and not replace:
        raise Conflict(f"{file} is there already; give another name, or --replace")
    require_place(file)
    with database.engine.connect() as connection:
        count = service.write_backup(connection, file, now=utcnow())
    click.echo(f"backup: {counted(count, 'row')} in {file}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace what is in the database now.")
@with_app
def restore(file: Path, yes: bool) -> None:
    """Put the rows of FILE into the database: all of them, or, if anything is wrong, none.

    Stop the web and jobs processes first. A database in which somebody has worked is only replaced with --yes.
    """
    head = service.read_head(file)
    settings().home.mkdir(parents=True, exist_ok=True)
    connectable = database.engine.execution_options(writes=True)
    with connectable.begin() as connection:
        if not yes and not service.is_unused(connection):
            raise Conflict("the database is in use; with --yes all that is in it is replaced")
        bring_to(connection, head.revision)
        count = service.restore_backup(connection, file)
        command.upgrade(alembic_config(connection), "head")
        refresh_statistics(connection)
    click.echo(f"restore: {counted(count, 'row')} from {file}, made at {head.made_at}")


def bring_to(connection: Connection, revision: str) -> None:
    """Make the tables those of `revision`. Raises Conflict for a revision that this tacoord does not know."""
    config = alembic_config(connection)
    if not _is_known(config, revision):
        raise Conflict(f"the backup is of a newer tacoord (revision {revision})")
    if service.revision_of(connection) == revision:
        return
    if service.revision_of(connection) is not None:
        command.downgrade(config, "base")
    command.upgrade(config, revision)


def _is_known(config: Config, revision: str) -> bool:
    try:
        return ScriptDirectory.from_config(config).get_revision(revision) is not None
    except CommandError:
        return False
