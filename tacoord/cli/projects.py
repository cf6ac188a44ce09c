"""`tacoord projects`: import tables of projects, export them, and the workbook to fill in."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import click

from tacoord.cli.context import note_export, settings, with_app
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.imports import Way, import_options, run_imports
from tacoord.cli.output import counted, written_whole
from tacoord.extensions import WritingSteps, db
from tacoord.models import Organisation
from tacoord.policy import OPERATOR
from tacoord.services.exchange.import_report import ImportReport
from tacoord.services.exchange.table_exports import TableFormat, export_table
from tacoord.services.exchange.table_files import Format, first_bytes, guess_format, unreadable
from tacoord.services.exchange.table_template import write_template
from tacoord.services.exchange.tables import import_table
from tacoord.services.organisations.organisations import get_organisation
from tacoord.services.visibility import EVERYTHING

_CHUNK: Final = 1 << 20
_LINES: Final = frozenset({".csv", ".tsv", ".txt", ".jsonl", ".ndjson"})


@click.group(cls=WholeHelpGroup)
def projects() -> None:
    """Tables of projects: CSV, Excel and JSON Lines."""


@projects.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@import_options
@click.pass_context
@with_app
def import_(
    ctx: click.Context, file: Path, code: str, dry_run: bool, name_all: bool, report: Path | None
) -> None:
    """Register the projects of a table, or change those that are known already.

    FILE is CSV, Excel (.xlsx) or JSON Lines. Good rows go in; of the others each problem is told.
    """
    ctx.exit(
        run_imports(
            [file],
            code,
            Way(partial(_import_one, dry_run=dry_run), _form, _rows),
            dry_run=dry_run,
            name_all=name_all,
            report=report,
        )
    )


@projects.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@with_app
def template(file: Path, force: bool) -> None:
    """Write an empty workbook to FILE, with the valid values as drop-downs."""
    if file.suffix.lower() != ".xlsx":
        raise click.ClickException(
            f"{file}: the template is an Excel workbook; its name must end in .xlsx"
        )
    if file.exists() and not file.is_dir() and not force:
        raise click.ClickException(f"{file} is there already; --force writes over it")
    with written_whole(file) as stream:
        write_template(db.session(), stream)
    click.echo(f"written: {file.absolute()}", err=True)


@projects.command()
@click.option("--format", "form", required=True, type=click.Choice([each.value for each in TableFormat]))  # fmt: skip
@click.option("--organisation", "code", metavar="ORG", help="Only what this organisation reports.")
@click.option("--out", type=click.Path(path_type=Path), help="By default to standard output.")
@with_app
def export(form: str, code: str | None, out: Path | None) -> None:
    """Write all published projects as a table that can be imported again."""
    session = db.session()
    if out is None and form == TableFormat.XLSX.value and sys.stdout.isatty():
        raise click.UsageError("A workbook is nothing to read on a terminal. Give --out FILE.xlsx.")
    organisation = get_organisation(session, code, EVERYTHING) if code else None
    session.rollback()
    note_export(form, viewer=EVERYTHING, organisation=organisation)
    with written_whole(out) as stream:
        count = export_table(
            session, stream, TableFormat(form), viewer=EVERYTHING, organisation=organisation
        )
    click.echo(f"{counted(count, 'project')} written", err=True)


def _import_one(
    stream: BinaryIO,
    *,
    organisation: Organisation,
    steps: WritingSteps,
    progress: Callable[[ImportReport], None],
    import_id: int | None,
    dry_run: bool,
) -> ImportReport:
    return import_table(
        db.session(),
        stream,
        _form(stream),
        max_bytes=settings().max_upload_bytes,
        organisation=organisation,
        by=OPERATOR,
        dry_run=dry_run,
        steps=steps,
        progress=progress,
        import_id=import_id,
    )


def _form(stream: BinaryIO) -> Format:
    form = guess_format(first_bytes(stream))
    if form is Format.IATI:
        raise unreadable("iati-file")
    return form


def _rows(file: Path) -> int | None:
    """About how many rows a text file has; None where that cannot be seen so easily."""
    if file.suffix.lower() not in _LINES:
        return None
    with file.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(_CHUNK), b"")) or None
