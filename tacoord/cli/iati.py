"""`tacoord iati`: import activities from IATI files, export published projects as one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
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
from tacoord.services.exchange import exchange
from tacoord.services.exchange.import_report import ImportReport
from tacoord.services.exchange.table_files import Format
from tacoord.services.organisations.organisations import get_organisation
from tacoord.services.visibility import EVERYTHING, PUBLIC

_OPENING: Final = b"<iati-activity"
_CHUNK: Final = 1 << 20
MOST_NAMED: Final = 10


@click.group(cls=WholeHelpGroup)
def iati() -> None:
    """IATI 1.x and 2.x in, IATI 2.03 out."""


@iati.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@import_options
@click.pass_context
@with_app
def import_(
    ctx: click.Context,
    files: tuple[Path, ...],
    code: str,
    dry_run: bool,
    name_all: bool,
    report: Path | None,
) -> None:
    """Register the activities of IATI files, or change those that are known already.

    Each activity stands or falls by itself. A second import of the same file changes nothing.
    """

    def import_one(
        stream: BinaryIO,
        *,
        organisation: Organisation,
        steps: WritingSteps,
        progress: Callable[[ImportReport], None],
        import_id: int | None,
    ) -> ImportReport:
        return exchange.import_file(
            db.session(),
            stream,
            max_bytes=settings().max_upload_bytes,
            organisation=organisation,
            by=OPERATOR,
            dry_run=dry_run,
            steps=steps,
            progress=progress,
            import_id=import_id,
        )

    way = Way(import_one, lambda _stream: Format.IATI, _activities)
    ctx.exit(run_imports(files, code, way, dry_run=dry_run, name_all=name_all, report=report))


@iati.command()
@click.option("--organisation", "code", metavar="ORG", help="Only what this organisation reports.")
@click.option("--out", type=click.Path(path_type=Path), help="Write there; by default to standard output.")  # fmt: skip
@with_app
def export(code: str | None, out: Path | None) -> None:
    """Write the published projects that are open to everybody as IATI 2.03."""
    session = db.session()
    organisation = get_organisation(session, code, EVERYTHING) if code else None
    session.rollback()
    note_export("iati", viewer=PUBLIC, organisation=organisation)
    with written_whole(out) as stream:
        done = exchange.export_iati(
            session, stream, organisation=organisation, generated_at=datetime.now(UTC)
        )
    click.echo(f"{counted(done.written, 'activity', 'activities')} written", err=True)
    if done.not_public:
        click.echo(f"{done.not_public:,} left out: they are not open to everybody", err=True)
    for why, projects in done.left_out.items():
        click.echo(f"{len(projects):,} left out: {why} {_some(projects)}", err=True)


def _some(projects: Sequence[str]) -> str:
    more = " …" if len(projects) > MOST_NAMED else ""
    return f"({', '.join(projects[:MOST_NAMED])}{more})"


def _activities(file: Path) -> int | None:
    """How many activities a file seems to have; None where that cannot be seen so easily."""
    found, rest = 0, b""
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            found += (rest + chunk).count(_OPENING)
            rest = chunk[1 - len(_OPENING) :]
    return found or None
