"""`tacoord keys`: another secret key for the installation."""

import sys

import click

from tacoord.cli.context import settings, with_app
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.output import counted
from tacoord.cli.ready import require_database
from tacoord.extensions import writing_transaction
from tacoord.policy import OPERATOR
from tacoord.services.accounts.key_exchange import exchange_key


@click.group(cls=WholeHelpGroup)
def keys() -> None:
    """The key of the installation, TACOORD_SECRET_KEY."""


@keys.command()
@with_app
def exchange() -> None:
    """Seal with the present key what was sealed with the one before.

    Stop web and jobs, set the new TACOORD_SECRET_KEY, and give the old one on standard input. Secrets of authenticator
    apps and providers work on; everybody signs in again. Exit status 1 where neither key opens something.
    """
    require_database(settings())
    old = sys.stdin.readline().strip()
    if not old:
        raise click.UsageError("Give the old key on standard input.")
    with writing_transaction() as session:
        done, closed = exchange_key(session, old=old, new=settings().secret_key, by=OPERATOR)
    click.echo(f"{counted(done, 'secret')} sealed with the new key")
    if closed:
        click.echo(
            f"tacoord: neither key opens {counted(closed, 'secret')}: these apps and providers must be set up again",
            err=True,
        )
        click.get_current_context().exit(1)
