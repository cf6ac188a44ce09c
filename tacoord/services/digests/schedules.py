"""When the digest of a group goes out, and the sentences that its secretary puts before the next one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import N_, Conflict, Invalid, Problem
from tacoord.models import CoordinationGroup, DigestDefinition, Frequency, utcnow
from tacoord.policy import Actor
from tacoord.services.digests.periods import next_due, schedule_of
from tacoord.services.history import note_change

LONGEST_INTRODUCTION: Final = 4000
_MEETS_SELDOM: Final = frozenset({"working group"})
"""Kinds of groups whose digest is monthly unless their secretary says otherwise; all others get one each Monday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDraft:
    """A schedule as somebody entered it. introduction: a few sentences of the secretary for the next issue."""

    frequency: str
    weekday: int = 0
    day: int = 1
    hour: int = 8
    minute: int = 0
    time_zone: str = "UTC"
    active: bool = True
    introduction: str = ""

    def problems(self) -> list[Problem]:
        """Everything that is wrong with it."""
        found = []
        if self.frequency not in list(Frequency):
            found.append(Problem("frequency", N_("Choose how often the digest goes out.")))
        limits = {"weekday": (0, 6), "day": (1, 28), "hour": (0, 23), "minute": (0, 59)}
        for name, (lowest, highest) in limits.items():
            if not lowest <= getattr(self, name) <= highest:
                values = {"lowest": lowest, "highest": highest}
                words = N_("Enter a whole number from %(lowest)s to %(highest)s.")
                found.append(Problem(name, words, values))
        if not is_time_zone(self.time_zone):
            found.append(
                Problem("time_zone", N_("This is no time zone. Choose one like Europe/Vienna."))
            )
        if len(self.introduction) > LONGEST_INTRODUCTION:
            words = N_("Write at most %(most)s characters.")
            found.append(Problem("introduction", words, {"most": LONGEST_INTRODUCTION}))
        return found


def is_time_zone(name: str) -> bool:
    """Whether `name` is a zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def ensure_definitions(session: Session, *, due_from: datetime | None = None) -> int:
    """Give each group without a digest one: weekly on Monday at 8:00 UTC, for working groups monthly on the 1st.

    due_from: moments before it are passed over; by default now. Gives how many were added.
    """
    without = select(CoordinationGroup).where(
        ~exists().where(DigestDefinition.group_id == CoordinationGroup.id)
    )
    groups = session.scalars(without).all()
    for group in groups:
        seldom = group.kind in _MEETS_SELDOM
        session.add(
            DigestDefinition(
                group=group,
                frequency=Frequency.MONTHLY if seldom else Frequency.WEEKLY,
                due_from=due_from or utcnow(),
            )
        )
    session.flush()
    return len(groups)


def find_definition(session: Session, group: CoordinationGroup) -> DigestDefinition | None:
    """The definition of a group's digest; a group that was just added may have none for a minute."""
    return session.scalar(select(DigestDefinition).where(DigestDefinition.group_id == group.id))


def save_schedule(
    session: Session,
    group: CoordinationGroup,
    draft: ScheduleDraft,
    *,
    by: Actor,
    version: int | None = None,
    now: datetime | None = None,
) -> DigestDefinition:
    """Let the group's digest go out as `draft` says; a new clock counts from now on.

    version: the one that the editor began from. Raises Forbidden, Invalid with every problem, and Conflict where
    somebody changed it meanwhile.
    """
    policy.require(by, "digest.schedule", group)
    if problems := draft.problems():
        raise Invalid(problems)
    ensure_definitions(session)
    definition = locked_definition(session, group)
    if version is not None and definition.version != version:
        raise Conflict(f"the digest of {group.code} was changed by somebody else")
    before = schedule_of(definition), definition.active
    definition.frequency = Frequency(draft.frequency)
    definition.weekday, definition.day = draft.weekday, draft.day
    definition.hour, definition.minute = draft.hour, draft.minute
    definition.time_zone, definition.active = draft.time_zone, draft.active
    definition.introduction = draft.introduction.strip()
    if (schedule_of(definition), definition.active) != before:
        definition.due_from = now or utcnow()
        note_change(session, "digest.scheduled", definition, by=by)
    session.flush()
    return definition


def next_moment(definition: DigestDefinition, now: datetime) -> datetime | None:
    """When the next issue is due; None where the digest rests."""
    if not definition.active:
        return None
    return next_due(schedule_of(definition), max(now, definition.due_from)).at


def locked_definition(session: Session, group: CoordinationGroup) -> DigestDefinition:
    """The definition of a group, for us alone until the transaction ends."""
    return session.scalars(
        select(DigestDefinition)
        .where(DigestDefinition.group_id == group.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
