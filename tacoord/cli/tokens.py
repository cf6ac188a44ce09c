"""`tacoord tokens`: make a token for a program."""

import click

from tacoord.cli.context import writing
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.whole_number import WholeNumber
from tacoord.errors import NotFound
from tacoord.extensions import db
from tacoord.policy import OPERATOR
from tacoord.services.accounts.accounts import find_user, make_token


@click.group(cls=WholeHelpGroup)
def tokens() -> None:
    """Tokens with which programs use the API as a person."""


@tokens.command()
@click.argument("email")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--days", type=WholeNumber(1, 3650), help="Days until it ends; without it, never.")
@writing
def add(email: str, name: str, days: int | None) -> None:
    """Make a token for the person with this address and print it, this once."""
    session = db.session()
    user = find_user(session, email)
    if user is None:
        raise NotFound(f"person {email}")
    _, secret = make_token(session, user, name=name, by=OPERATOR, days=days)
    click.echo(secret)
