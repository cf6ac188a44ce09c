"""`tacoord users`: add people and their roles."""

import sys
from getpass import getpass
from typing import Final

import click
from sqlalchemy import select

from tacoord.cli.context import settings, writing
from tacoord.cli.groups import WholeHelpGroup
from tacoord.errors import NotFound
from tacoord.extensions import db
from tacoord.models import CoordinationGroup, Role
from tacoord.policy import OPERATOR
from tacoord.services.accounts.accounts import add_user
from tacoord.services.organisations.organisations import get_organisation
from tacoord.services.visibility import EVERYTHING

_NO_PASSWORD: Final = (
    "no password yet, so nobody can sign in with it: an administrator makes a link for that under "
    "Administration, People (or give a password at once, with --password-stdin)"
)


@click.group(cls=WholeHelpGroup)
def users() -> None:
    """People with an account."""


@users.command()
@click.argument("email")
@click.option("--organisation", required=True, metavar="CODE", help="The organisation's code.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", default="", help="The person's name; without it, the address up to the @.")
@click.option("--group", metavar="CODE", help="The one group that the role is for (secretaries).")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@writing
def add(
    email: str, organisation: str, role: str, name: str, group: str | None, password_stdin: bool
) -> None:
    """Add a person, or give somebody known a further role.

    Without --password-stdin the password is asked for on a terminal; where there is none the account has no password
    and cannot be used to sign in until it gets one.
    """
    session = db.session()
    user = add_user(
        session,
        email,
        name=name,
        organisation=get_organisation(session, organisation, EVERYTHING),
        role=Role(role),
        group=_group(group) if group else None,
        password=_password(password_stdin),
        breached=settings().breached_passwords,
        by=OPERATOR,
    )
    click.echo(f"{user.email}: {role} of {organisation}" + (f", group {group}" if group else ""))
    if user.password_hash is None:
        click.echo(_NO_PASSWORD, err=True)


def _group(code: str) -> CoordinationGroup:
    query = select(CoordinationGroup).where(CoordinationGroup.code == code)
    found = db.session().scalar(query)
    if found is None:
        raise NotFound(f"group {code}")
    return found


def _password(from_input: bool) -> str | None:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if sys.stdin.isatty():
        return getpass("Password (empty: none): ") or None
    return None
