"""When a digest is due: moments from its own schedule and time zone, whatever the clocks do there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tacoord.models import DigestDefinition, Frequency

_QUARTER_MONTHS: Final = frozenset({1, 4, 7, 10})
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A rhythm by the clock of a zone. weekday: 0 Monday to 6 Sunday; day: of the month, 1 to 28."""

    frequency: Frequency
    time_zone: str
    weekday: int = 0
    day: int = 1
    hour: int = 8
    minute: int = 0

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose clock counts."""
        return ZoneInfo(self.time_zone)

    def has(self, day: date) -> bool:
        """Whether a digest goes out on this local day."""
        if self.frequency is Frequency.DAILY:
            return True
        if self.frequency is Frequency.WEEKLY:
            return day.weekday() == self.weekday
        in_month = self.frequency is Frequency.MONTHLY or day.month in _QUARTER_MONTHS
        return day.day == self.day and in_month


@dataclass(frozen=True, slots=True)
class Due:
    """One moment of a schedule. period: the local day that it stands for, which names the issue."""

    period: date
    at: datetime


def schedule_of(definition: DigestDefinition) -> Schedule:
    """The schedule that a definition holds."""
    return Schedule(
        frequency=definition.frequency,
        time_zone=definition.time_zone,
        weekday=definition.weekday,
        day=definition.day,
        hour=definition.hour,
        minute=definition.minute,
    )


def last_due(schedule: Schedule, now: datetime) -> Due:
    """The last moment of `schedule` that is not after `now`: all that were missed before it are made good by it."""
    start = now.astimezone(schedule.zone).date() + _ONE_DAY
    return next(due for due in _moments(schedule, start, -_ONE_DAY) if due.at <= now)


def next_due(schedule: Schedule, now: datetime) -> Due:
    """The first moment of `schedule` after `now`."""
    start = now.astimezone(schedule.zone).date() - _ONE_DAY
    return next(due for due in _moments(schedule, start, _ONE_DAY) if due.at > now)


def moment_on(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, when the clocks of `zone` show `at` on `day`.

    A time that comes twice is taken the first time; one that never comes is taken as the first moment after the leap.
    """
    wall = datetime.combine(day, at)
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    return _end_of_leap(wall, zone)


def _moments(schedule: Schedule, start: date, step: timedelta) -> Iterator[Due]:
    """The moments of the schedule from the day `start` on, in the direction of `step`."""
    at, day = time(schedule.hour, schedule.minute), start
    while True:
        if schedule.has(day):
            yield Due(day, moment_on(day, at, schedule.zone))
        day += step


def _end_of_leap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment when the clocks leap over `wall`, to the second."""
    low = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high
