"""`tacoord digests`: which are due, what the next one would say, and send them."""

from collections import Counter
from datetime import UTC, datetime

import click

from tacoord.cli.context import settings, with_app
from tacoord.cli.groups import WholeHelpGroup
from tacoord.cli.output import counted, tell_columns
from tacoord.errors import Conflict
from tacoord.extensions import db, writing_transaction
from tacoord.models import utcnow
from tacoord.policy import OPERATOR
from tacoord.services.digests import digests as service
from tacoord.services.digests.content import compose
from tacoord.services.digests.delivery import run_digests, send_claimed
from tacoord.services.digests.letters import text_of
from tacoord.services.digests.schedules import ensure_definitions, find_definition, next_moment
from tacoord.services.digests.words import word
from tacoord.services.groups.groups import get_group, list_groups
from tacoord.services.groups.subscriptions import list_readers
from tacoord.services.terms.wording import words_for
from tacoord.services.visibility import EVERYTHING

SAID = {"issues": "issues", "sent": "sent", "failed": "failed", "skipped": "skipped", "later": "waiting"}  # fmt: skip


class Moment(click.ParamType[datetime]):
    """A moment as ISO 8601 has it; without a zone it is UTC."""

    name = "moment"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read `2026-03-02T08:00`, with or without a zone."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment like 2026-03-02T08:00+01:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group(cls=WholeHelpGroup)
def digests() -> None:
    """The digests of the coordination groups."""


@digests.command()
@with_app
def due() -> None:
    """List the groups: when the next digest goes out, to how many, and whether one is due now."""
    now, session = utcnow(), db.session()
    with writing_transaction():
        ensure_definitions(session)
    waiting = {definition.group_id for definition, _ in service.due(session, now)}
    tell_columns("group", "when", "who gets it")
    for line in list_groups(session):
        definition = find_definition(session, line.group)
        following = next_moment(definition, now) if definition else None
        when = following.isoformat(timespec="minutes") if following else "rests"
        state = "due now" if line.group.id in waiting else f"next {when}"
        readers = len(list_readers(session, line.group))
        click.echo(f"{line.group.code}\t{state}\t{counted(readers, 'reader')}")


@digests.command()
@click.argument("group")
@with_app
def preview(group: str) -> None:
    """Write the text of the digest that GROUP would get now, as the operator may see it. Nothing is sent."""
    now, session = utcnow(), db.session()
    found = get_group(session, group)
    definition = find_definition(session, found)
    content = compose(session, found, service.next_span(session, found, now=now), EVERYTHING)
    digest = word(
        content,
        found,
        words_for("en", definition.time_zone if definition else "UTC"),
        base_url=settings().base_url,
        introduction=definition.introduction if definition else "",
    )
    click.echo(text_of(digest), nl=False)


@digests.command()
@click.argument("group", required=False)
@click.option("--at", type=Moment(), help="Act as if it were this moment (ISO 8601).")
@with_app
def send(group: str | None, at: datetime | None) -> None:
    """Send the digests that are due, or the one of GROUP at once, and all mail that waits.

    A group of which nothing is new since its last issue gets none. A second call sends nothing twice.
    """

    def clock() -> datetime:
        return at or utcnow()

    if group is None:
        counts = run_digests(writing_transaction, settings(), clock=clock)
    else:
        counts = Counter(issues=_claim(group, clock()))
        counts += send_claimed(writing_transaction, settings(), clock=clock)
    said = [f"{counts[name]} {words}" for name, words in SAID.items() if counts[name]]
    click.echo(f"digests: {', '.join(said) or 'nothing is due'}")


def _claim(code: str, now: datetime) -> int:
    """Take the next issue of a group; 0, with a line, where there is nothing to send."""
    try:
        with writing_transaction() as session:
            service.claim_now(session, get_group(session, code), by=OPERATOR, now=now)
    except Conflict as reason:
        click.echo(f"digests: {reason}")
        return 0
    return 1
