"""`tacoord vocabularies`: load the lists of codes, and show one."""

import json
from pathlib import Path

import click

from tacoord.cli.context import with_app, writing
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.output import tell_columns
from tacoord.extensions import db
from tacoord.services.first_records import load_first_records
from tacoord.services.terms import vocabularies as service
from tacoord.services.terms.files import VOCABULARIES


@click.group(cls=WholeHelpGroup)
def vocabularies() -> None:
    """The lists of codes: countries, pillars, measures, mandates …"""


@vocabularies.command()
@click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=VOCABULARIES,
    required=False,
)
@writing
def load(folder: Path) -> None:
    """Load the lists of FOLDER (without it, those that tacoord comes with), the indicators and the groups.

    A second run changes nothing. Codes are never removed.
    """
    for what, counts in load_first_records(db.session(), folder).items():
        said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        click.echo(f"{what}: {said}")


@vocabularies.command("list")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@with_app
def list_(name: str | None, form: str) -> None:
    """List the terms of the vocabulary NAME, or without it the vocabularies there are."""
    if name is None:
        rows = [
            {"vocabulary": each, "terms": count}
            for each, count in service.count_terms(db.session()).items()
        ]
    else:
        rows = [
            {"code": term.code, "label": term.label, "parent": term.parent}
            for term in service.list_terms(db.session(), name)
        ]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    tell_columns(*(("vocabulary", "terms") if name is None else ("code", "label")))
    for row in rows:
        click.echo("\t".join(str(value) for key, value in row.items() if key != "parent"))
