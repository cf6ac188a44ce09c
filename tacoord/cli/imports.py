"""What the commands that import files share: the way through the files, what is said, the exit status."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, TypeVar

import click

from tacoord.cli.context import settings
from tacoord.cli.noted_import import NotedImport
from tacoord.cli.output import counted, require_place, written_whole
from tacoord.cli.progress import Progress
from tacoord.extensions import WritingSteps, db
from tacoord.iati.faults import UnreadableFile
from tacoord.models import Organisation
from tacoord.services.exchange.import_report import ImportReport, Outcome, Told
from tacoord.services.exchange.importing import compare_changed
from tacoord.services.exchange.table_files import Format
from tacoord.services.organisations.organisations import get_organisation
from tacoord.services.visibility import EVERYTHING

REFUSED: Final = 1
COULD_NOT: Final = 2
MOST_NAMED: Final = 50
_NOTHING: Final = (
    " (no record is in it; in a workbook, records stand on the first sheet, below the headings)"
)
Watch = Callable[[ImportReport], None]
C = TypeVar("C", bound=Callable[..., Any])


class ImportOne(Protocol):
    """Imports one open file; raises UnreadableFile where nothing can be read of it."""

    def __call__(
        self,
        stream: BinaryIO,
        *,
        organisation: Organisation,
        steps: WritingSteps,
        progress: Watch,
        import_id: int | None,
    ) -> ImportReport:
        """What became of the records of the file."""


@dataclass(frozen=True, slots=True)
class Way:
    """How files of a kind come in. form: what an open file is; count: about how many records it has, for the bar."""

    import_one: ImportOne
    form: Callable[[BinaryIO], Format]
    count: Callable[[Path], int | None]


def import_options(command: C) -> C:
    """The options that every import has."""
    options = (
        click.option(
            "--as",
            "code",
            required=True,
            metavar="ORG",
            help="Who reports; SECRETARIAT reports on behalf of whoever the file names.",
        ),
        click.option("--dry-run", is_flag=True, help="Only check; nothing is changed."),
        click.option(
            "--list",
            "name_all",
            is_flag=True,
            help="Name also each record that goes in, or would: new, changed or unchanged.",
        ),
        click.option(
            "--report",
            type=click.Path(path_type=Path),
            help="Write there, as JSON, what became of the records.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(slots=True)
class Run:
    """What became of all files. noted: the imports as they can be taken back; unreadable: file and reason."""

    reports: list[ImportReport] = field(default_factory=list)
    noted: list[NotedImport] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    overlaps: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> Counter[Outcome]:
        """The outcomes of all files."""
        return sum((report.counts for report in self.reports), Counter(dict.fromkeys(Outcome, 0)))

    def _told(self) -> Iterator[dict[str, Any]]:
        for report, noted in zip(self.reports, self.noted, strict=True):
            yield {**report.as_json(), "import": noted.public_id}

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        unread = [{"file": name, "problem": {"message": why}} for name, why in self.unreadable]
        return {
            "counts": {outcome.value: self.counts[outcome] for outcome in Outcome},
            "overlaps": dict(self.overlaps),
            "files": [*self._told(), *unread],
        }


def run_imports(
    files: Sequence[Path],
    code: str,
    way: Way,
    *,
    dry_run: bool,
    name_all: bool,
    report: Path | None,
) -> int:
    """Import files one after the other, flag the overlaps of what changed, and say what became of it.

    name_all: also of each record that went in. Returns the exit status.
    """
    if report is not None:
        require_place(report)
    session, progress, run = db.session(), Progress(), Run()
    steps = WritingSteps(session, keep=not dry_run)
    organisation = get_organisation(session, code, EVERYTHING)
    for file in files:
        _import(file, organisation, way, steps, progress, run, dry_run)
    if not dry_run and run.reports:
        changed = {key for each in run.reports for key in each.changed}
        run.overlaps = compare_changed(session, changed, steps, progress)
        for noted in run.noted:
            noted.compared()
    progress.finish()
    status = _sum_up(run, dry_run=dry_run, name_all=name_all)
    if report is not None:
        with written_whole(report) as stream:
            stream.write(json.dumps(run.as_json(), ensure_ascii=False, indent=1).encode() + b"\n")
    return status


def _import(
    file: Path,
    organisation: Organisation,
    way: Way,
    steps: WritingSteps,
    progress: Progress,
    run: Run,
    dry_run: bool,
) -> None:
    named, noted = click.format_filename(file), NotedImport(db.session(), steps)
    try:
        whole = way.count(file)
        with file.open("rb") as stream:
            form = way.form(stream)
            if not dry_run:
                noted.begin(organisation, file, form)

            def watch(report: ImportReport) -> None:
                progress(named, report.records, whole)
                noted.tell(report)

            found = way.import_one(
                stream,
                organisation=organisation,
                steps=steps,
                progress=watch,
                import_id=noted.key,
            )
    except (OSError, UnreadableFile) as error:
        noted.drop()
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        run.unreadable.append((named, why))
        progress.finish()
        return
    found.file = named
    noted.end(found)
    run.reports.append(found)
    run.noted.append(noted)


def _sum_up(run: Run, *, dry_run: bool, name_all: bool) -> int:
    for name, why in run.unreadable:
        click.echo(f"{name}: {why}", err=True)
    if not run.reports:
        return COULD_NOT
    for report in run.reports:
        if name_all:
            _name_going_in(report)
        _name_refused(report)
        hint = "" if report.records or report.problem else _NOTHING
        click.echo(f"{report.file}: {_counted(report.counts)}{hint}")
    if len(run.reports) > 1:
        click.echo(f"{counted(len(run.reports), 'file')}: {_counted(run.counts)}")
    if dry_run:
        click.echo("only checked: nothing was changed")
    for report, noted in zip(run.reports, run.noted, strict=True):
        if report.changed and not dry_run:
            click.echo(f"{report.file}: to take it back: tacoord imports undo {noted.public_id}")
    if run.overlaps:
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(run.overlaps.items()))
        place = f"{settings().base_url}/overlaps"
        click.echo(f"overlaps flagged: {run.overlaps.total()} ({kinds}): {place}")
    whole = not run.unreadable and all(report.whole for report in run.reports)
    return 0 if whole else REFUSED


def _name_going_in(report: ImportReport) -> None:
    named = report.going_in()
    for told in named:
        called = " ".join(filter(None, (told.identifier, told.title and f"“{told.title}”")))
        click.echo(f"{report.file}:{told.line or ''}: {called}: {told.outcome.value}")
    more = report.records - report.counts[Outcome.REFUSED] - len(named)
    if more > 0:
        click.echo(f"{report.file}: and {more:,} more")


def _name_refused(report: ImportReport) -> None:
    for told in report.refused[:MOST_NAMED]:
        click.echo(f"{report.file}:{told.line or ''}: {_refusal(told)}", err=True)
    more = report.counts[Outcome.REFUSED] - MOST_NAMED
    if more > 0:
        click.echo(f"{report.file}: and {more:,} more refused (--report names them)", err=True)
    if report.problem:
        click.echo(f"{report.file}:{report.problem.line or ''}: {report.problem}", err=True)


def _refusal(told: Told) -> str:
    why = " ".join(f"{each.field}: {each}" if each.field else str(each) for each in told.reasons)
    called = told.identifier or (f"“{told.title}”" if told.title else "")
    return f"{called}: refused. {why}" if called else f"refused. {why}"


def _counted(counts: Counter[Outcome]) -> str:
    return ", ".join(f"{counts[outcome]:,} {outcome.value}" for outcome in Outcome)
