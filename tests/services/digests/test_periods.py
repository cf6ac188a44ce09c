"""Moments of a digest, whatever the clocks of the world do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacoord.models import Frequency
from tacoord.services.digests.periods import Schedule, last_due, moment_on, next_due

ZONES = sorted(name for name in available_timezones() if not name.startswith(("posix", "right")))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.dates(date(1990, 1, 2), date(2037, 12, 30))
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
SCHEDULES = st.builds(
    Schedule,
    frequency=st.sampled_from(Frequency),
    time_zone=st.sampled_from(ZONES),
    weekday=st.integers(0, 6),
    day=st.integers(1, 28),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)


@given(SCHEDULES, MOMENTS)
def test_now_lies_between_the_last_moment_and_the_next(schedule, now):
    last, following = last_due(schedule, now), next_due(schedule, now)
    assert last.at <= now < following.at
    assert last.period < following.period
    assert schedule.has(last.period)
    assert schedule.has(following.period)


@given(SCHEDULES, MOMENTS)
def test_no_moment_is_left_out_and_none_comes_twice(schedule, now):
    first = next_due(schedule, now)
    second = next_due(schedule, first.at)
    assert last_due(schedule, second.at - timedelta(microseconds=1)) == first
    assert last_due(schedule, first.at).period >= first.period
    longest = {"daily": 2, "weekly": 8, "monthly": 32, "quarterly": 93}[schedule.frequency]
    assert second.at - first.at <= timedelta(days=longest)


@given(DAYS, TIMES, st.sampled_from(ZONES))
def test_the_clock_shows_the_time_or_has_just_leapt_over_it(day, at, name):
    zone = ZoneInfo(name)
    moment = moment_on(day, at, zone)
    wall = datetime.combine(day, at)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    if shown == wall:
        earlier = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        assert moment == earlier
    else:
        before = (moment - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < wall < shown


@pytest.mark.parametrize(
    ("zone", "day", "at", "moment"),
    [
        ("Europe/Vienna", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00:00"),
        ("Europe/Vienna", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00"),
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30:00"),
        ("Africa/Cairo", date(2026, 4, 24), time(0, 0), "2026-04-23T22:00:00"),
        ("Pacific/Apia", date(2011, 12, 30), time(8, 0), "2011-12-30T10:00:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30:00"),
    ],
)
def test_leaps_and_returns_of_real_clocks(zone, day, at, moment):
    assert moment_on(day, at, ZoneInfo(zone)) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_many_missed_weeks_are_made_good_by_the_last_one():
    schedule = Schedule(frequency=Frequency.WEEKLY, time_zone="Asia/Bangkok", weekday=0)
    due = last_due(schedule, datetime(2026, 3, 18, 12, tzinfo=UTC))
    assert due.period == date(2026, 3, 16)
    assert due.at == datetime(2026, 3, 16, 1, tzinfo=UTC)


def test_a_quarter_begins_in_january_april_july_and_october():
    schedule = Schedule(frequency=Frequency.QUARTERLY, time_zone="UTC", day=5)
    moment, periods = datetime(2026, 1, 1, tzinfo=UTC), []
    for _ in range(4):
        due = next_due(schedule, moment)
        moment = due.at
        periods.append(due.period.isoformat())
    assert periods == ["2026-01-05", "2026-04-05", "2026-07-05", "2026-10-05"]
