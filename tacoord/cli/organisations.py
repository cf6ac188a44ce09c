"""`tacoord organisations`: merging two entries that are one organisation."""

from dataclasses import fields

import click

from tacoord.cli.context import writing
from tacoord.extensions import db
from tacoord.models import Organisation
from tacoord.policy import OPERATOR
from tacoord.services import merging
from tacoord.services.organisations.organisations import get_organisation
from tacoord.services.visibility import EVERYTHING


@click.group()
def organisations() -> None:
    """The entries of the register of organisations."""


@organisations.command()
@click.argument("keep", metavar="KEEP")
@click.argument("other", metavar="OTHER")
@click.option("--yes", is_flag=True, help="Do it; without this it is only said what would happen.")
@writing
def merge(keep: str, other: str, yes: bool) -> None:
    """Let all that belongs to OTHER belong to KEEP, both named by their codes. It cannot be undone.

    Names of OTHER become other names of KEEP, unless only restricted records hold them; its code leads to KEEP.
    """
    session = db.session()
    stays, goes = (get_organisation(session, code, EVERYTHING) for code in (keep, other))
    problems = list(merging.hindrances(session, stays, goes))
    if problems:
        raise click.ClickException(" ".join(map(str, problems)))
    for one in (stays, goes):
        click.echo(_told(one))
    if not yes:
        click.echo("nothing is changed yet: --yes does it, and it cannot be undone")
        return
    merging.merge(session, stays, goes, by=OPERATOR)
    click.echo(f"{goes.code} is {stays.code} now")


def _told(organisation: Organisation) -> str:
    """An entry and all that belongs to it, in one line."""
    held = merging.holdings_of(db.session(), organisation)
    counts = (
        f"{getattr(held, each.name):,} {_WORDS.get(each.name, each.name)}" for each in fields(held)
    )
    return f"{organisation.code} {organisation.name}: {', '.join(counts)}"


_WORDS = {"projects": "projects reported", "named_in": "projects named in"}
