"""`tacoord audit`: is the trail of who did what still whole?"""

import re

import click

from tacoord.cli.context import with_app
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.output import counted
from tacoord.extensions import db
from tacoord.services import trail


@click.group(cls=WholeHelpGroup)
def audit() -> None:
    """The audit trail."""


@audit.command()
@click.option(
    "--noted",
    metavar="N:HASH",
    help="An end that was printed before and kept elsewhere: it must be in the trail still.",
)
@with_app
def verify(noted: str | None) -> None:
    """Read the whole trail and check that nothing in it was changed, taken out or put in; prints its end.

    Exit status 1 where it is not whole. Keep the printed end away from this machine: who can write to the database
    could write a new trail from the beginning, and only a noted end tells.
    """
    verdict = trail.verify(db.session(), noted=_end(noted))
    if verdict.broken_at is not None:
        click.echo(
            f"tacoord: the audit trail is not whole: see entry {verdict.broken_at}", err=True
        )
        click.get_current_context().exit(1)
    click.echo(f"{counted(verdict.entries, 'entry', 'entries')}, all whole; the end is")
    click.echo(f"{verdict.end.n}:{verdict.end.hash}")


def _end(noted: str | None) -> trail.End | None:
    if noted is None:
        return None
    said = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", noted.strip())
    if said is None:
        raise click.BadParameter("write it as it was printed: N:HASH", param_hint="--noted")
    return trail.End(int(said[1]), said[2])
