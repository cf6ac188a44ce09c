"""`tacoord demo`: the invented register, and what is in it."""

import click
from sqlalchemy import select

from tacoord.cli.context import settings, with_app
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.output import counted
from tacoord.cli.progress import Progress
from tacoord.cli.whole_number import WholeNumber
from tacoord.config import MailFolder
from tacoord.demo.load import load_demo, load_many
from tacoord.demo.people import PASSWORD, PEOPLE
from tacoord.demo.summary import summarise
from tacoord.extensions import announce_writing, db
from tacoord.models import Project, utcnow
from tacoord.services.upkeep.statistics import refresh_statistics


@click.group(cls=WholeHelpGroup)
def demo() -> None:
    """Invented projects of invented organisations in real countries."""


@demo.command()
@click.option("--projects", type=WholeNumber(min=1), help="Generate this many, in bulk.")
@click.option("--if-empty", is_flag=True, help="Do nothing where projects are registered.")
@with_app
def load(projects: int | None, if_empty: bool) -> None:
    """Load the demo into an empty register. Nothing is flagged: `tacoord overlaps sweep` does that."""
    session = db.session()
    announce_writing(session)
    if if_empty and session.scalar(select(Project.id).limit(1)) is not None:
        click.echo("demo: the register has projects already; nothing loaded")
        return
    progress = Progress()
    today = utcnow().date()
    if projects is None:
        count = load_demo(session, today=today, progress=lambda n: progress("demo", n, None))
        session.commit()
    else:
        count = load_many(
            session, projects, today=today, progress=lambda n: progress("demo", n, projects)
        )
    announce_writing(session)
    refresh_statistics(session.connection())
    session.commit()
    progress.finish()
    click.echo(f"demo: {counted(count, 'project')} loaded")


@demo.command()
@with_app
def summary() -> None:
    """Say what is in the register, where mail went, and how to sign in to the demo."""
    found = summarise(db.session(), now=utcnow())
    click.echo(f"projects: {found.projects}")
    click.echo(f"overlaps: {_counted(found.overlaps)}")
    click.echo(
        f"gaps: {_counted(found.gaps)}, all records counted; pages count what their reader may see"
    )
    click.echo(f"digests: {_counted(found.digests)}, mail to {_mail_place()}")
    if found.invented:
        click.echo(f'Demo sign-ins, all with the password "{PASSWORD}":')
        for person in PEOPLE:
            click.echo(f"  {person.role.value:<12} {person.email}")


def _mail_place() -> str:
    """Where mail goes, without passwords."""
    target = settings().mail_target
    return str(target.folder) if isinstance(target, MailFolder) else f"{target.host}:{target.port}"


def _counted(counts: dict[str, int]) -> str:
    """The counts by their words, with the sum first."""
    parts = ", ".join(f"{count} {words}" for words, count in counts.items())
    return f"{sum(counts.values())} ({parts})" if parts else "0"
