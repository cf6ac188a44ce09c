"""`tacoord tokens`: make a token for a program."""

from collections.abc import Iterable

import click

from tacoord.cli.context import writing
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.whole_number import WholeNumber
from tacoord.errors import NotFound
from tacoord.extensions import db
from tacoord.models import TokenScope
from tacoord.policy import OPERATOR
from tacoord.services.accounts.accounts import find_user, make_token


@click.group(cls=WholeHelpGroup)
def tokens() -> None:
    """Tokens with which programs use the API as a person."""


@tokens.command()
@click.argument("email")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--days", type=WholeNumber(1, 3650), help="Days until it ends; without it, never.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([each.value for each in TokenScope]),
    help="What it may do besides reading; give it once for each. Without it, all that its person may.",
)
@click.option("--read-only", is_flag=True, help="It only reads.")
@writing
def add(email: str, name: str, days: int | None, scopes: tuple[str, ...], read_only: bool) -> None:
    """Make a token for the person with this address and print it, this once.

    A token reads what its person may read. Besides, it does what its scopes allow and its person may: projects
    (register, change and withdraw them; imports and taking them back), overlaps (decide on them), assistance (send
    requests and make offers).
    """
    if read_only and scopes:
        raise click.UsageError("Give either --scope or --read-only.")
    session = db.session()
    user = find_user(session, email)
    if user is None:
        raise NotFound(f"person {email}")
    _, secret = make_token(
        session, user, name=name, scopes=_scopes(scopes, read_only), by=OPERATOR, days=days
    )
    click.echo(secret)


def _scopes(named: tuple[str, ...], read_only: bool) -> Iterable[TokenScope]:
    """All where nothing is said, as always: a command that makes a token today makes the same one tomorrow."""
    if named or read_only:
        return [TokenScope(each) for each in named]
    return TokenScope
