"""`tacoord providers`: where organisations' own people sign in (OpenID Connect)."""

import sys
from getpass import getpass

import click

from tacoord.cli.context import settings, with_app, writing
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.output import tell_columns
from tacoord.extensions import db
from tacoord.policy import OPERATOR
from tacoord.services.accounts import providers as service
from tacoord.services.organisations.organisations import get_organisation
from tacoord.services.visibility import EVERYTHING


@click.group(cls=WholeHelpGroup)
def providers() -> None:
    """Sign-in with an organisation's own provider (OpenID Connect)."""


@providers.command()
@click.argument("issuer")
@click.option("--organisation", required=True, metavar="CODE", help="Whose people sign in there.")
@click.option("--domain", required=True, help="The part after the @ of their addresses.")
@click.option("--client-id", required=True, help="What tacoord is called there.")
@click.option("--secret-stdin", is_flag=True, help="Read the client's secret from standard input.")
@writing
def add(issuer: str, organisation: str, domain: str, client_id: str, secret_stdin: bool) -> None:
    """Let people of an organisation sign in at ISSUER, and print the address to give to the provider.

    It speaks only for people of that organisation with an address of that domain who have an account here.
    """
    session = db.session()
    whose = get_organisation(session, organisation, EVERYTHING)
    service.check_provider(session, issuer=issuer, client_id=client_id, domain=domain)
    secret = sys.stdin.readline().rstrip("\r\n") if secret_stdin else getpass("Client secret: ")
    made = service.add_provider(
        session,
        whose,
        issuer=issuer,
        client_id=client_id,
        client_secret=secret,
        domain=domain,
        key=settings().secret_key,
        by=OPERATOR,
    )
    click.echo(f"{settings().base_url}/account/provider/{made.public_id}/back")


@providers.command("list")
@with_app
def list_all() -> None:
    """One line for each: organisation, domain, issuer."""
    found = service.list_providers(db.session())
    if not found:
        click.echo("no organisation's people sign in with a provider of their own yet", err=True)
        return
    tell_columns("organisation", "domain", "issuer")
    for each in found:
        click.echo(f"{each.organisation.code}\t{each.domain}\t{each.issuer}")


@providers.command()
@click.argument("issuer")
@writing
def remove(issuer: str) -> None:
    """Nobody signs in at ISSUER any more; accounts stay as they are."""
    service.remove_provider(db.session(), issuer, by=OPERATOR)
    click.echo(f"removed: {issuer}")
