"""`tacoord imports`: the imports of this register, and taking one back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import click

from tacoord.cli.context import with_app
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.output import tell_columns
from tacoord.cli.whole_number import WholeNumber
from tacoord.extensions import WritingSteps, db
from tacoord.models import Fate
from tacoord.policy import OPERATOR
from tacoord.services.exchange import undoing
from tacoord.services.exchange.imports import get_import, list_imports
from tacoord.services.visibility import EVERYTHING

SOME_STAY: Final = 1
MOST_NAMED: Final = 50
_BECOMES: Final[Mapping[Fate, str]] = {
    Fate.WITHDRAWN: "withdrawn",
    Fate.PUT_BACK: "as before the import",
    Fate.CHANGED: "stays: it was changed since",
    Fate.CONFIRMED: "stays: somebody confirmed it since",
    Fate.JUDGED: "stays: somebody judged a pair of it",
    Fate.NAMED: "stays: another record names its identifier since",
    Fate.NOT_ALLOWED: "stays: it may not be changed",
    Fate.NOT_VALID: "stays: what it said before is no longer allowed",
}

# Of a file that was only checked.
_WOULD: Final[Mapping[str, str]] = {
    "registered": "would be registered",
    "updated": "would be updated",
}


@click.group(cls=WholeHelpGroup)
def imports() -> None:
    """Files that were imported, and taking one back."""


@imports.command("list")
@click.option("--limit", type=WholeNumber(1), default=25, help="How many, newest first; 25.")
@with_app
def list_(limit: int) -> None:
    """List the imports, newest first: id, moment, state, who reports, file, and what came of it."""
    found = list_imports(db.session(), EVERYTHING, limit=limit)
    tell_columns("id", "when (UTC)", "state", "who reports", "file", "records")
    for job in found:
        would = _WOULD if job.dry_run else {}
        counted = ((number, would.get(name, name)) for name, number in job.counts.items())
        counts = ", ".join(f"{number} {words}" for number, words in counted if number)
        when = f"{job.created_at:%Y-%m-%d %H:%M}"
        parts = (job.public_id, when, job.state.value, job.organisation.code, job.file_name)
        click.echo("\t".join((*parts, f"{counts} (only checked)" if job.dry_run else counts)))


@imports.command()
@click.argument("import_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do it; without this it is only said what would happen.")
@click.pass_context
@with_app
def undo(ctx: click.Context, import_id: str, yes: bool) -> None:
    """Take the import ID back, as far as nobody has built on it since.

    What it registered is withdrawn, what it changed says again what it said before. Exit status 1 where some stay.
    """
    session = db.session()
    job = get_import(session, import_id, EVERYTHING)
    if yes:
        steps = WritingSteps(session)
        steps.begin()
        undoing.ask_for_undoing(session, job, by=OPERATOR)
        steps.end()
        undoing.undo(session, job, steps=steps)
    elif not undoing.may_be_undone(session, job, by=OPERATOR):
        raise click.ClickException("This import cannot be taken back (any more).")
    records = undoing.records_of(session, job, EVERYTHING, by=OPERATOR)
    ctx.exit(_tell(records, done=yes))


def _tell(records: Sequence[undoing.Record], *, done: bool) -> int:
    """Name what stays, and count everything; gives the exit status."""
    staying = [record for record in records if record.fate not in undoing.UNDOES]
    for record in staying[:MOST_NAMED]:
        click.echo(f"{record.public_id} {record.title}: {_BECOMES[record.fate]}", err=True)
    if len(staying) > MOST_NAMED:
        click.echo(f"and {len(staying) - MOST_NAMED:,} more stay", err=True)
    counts = Counter(record.fate for record in records)
    told = [f"{counts[fate]:,} {_BECOMES[fate]}" for fate in sorted(undoing.UNDOES, reverse=True)]
    click.echo(", ".join([*told, f"{len(staying):,} stay as they are"]))
    if not done:
        click.echo("nothing is changed yet: --yes does it")
    return SOME_STAY if staying else 0
