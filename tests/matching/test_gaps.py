"""Which statements a cell gives, at every boundary; and what must hold for any facts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacoord.matching.gaps import (
    Ask,
    Cell,
    CellFacts,
    Gap,
    GapKind,
    Sign,
    Work,
    find_gaps,
    within_sentence,
)

TODAY = date(2026, 11, 21)
CELL = Cell("KH", "PROT")
SIGN = Sign("not-party-tip-protocol", "yes", "2009-04", "a paper")
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))


def kinds(*work: Work, asks: tuple[Ask, ...] = (), signs: tuple[Sign, ...] = ()) -> list[GapKind]:
    return [gap.kind for gap in find_gaps([CellFacts(CELL, work, asks, signs)], today=TODAY)]


def ending(day: date | None) -> Work:
    return Work("a", date(2020, 1, 1), day)


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        (date(2026, 11, 20), [GapKind.NO_PROJECT]),
        (date(2026, 11, 21), [GapKind.COVERAGE_ENDS]),
        (date(2027, 11, 20), [GapKind.COVERAGE_ENDS]),
        (date(2027, 11, 21), []),
        (date(2030, 1, 1), []),
        (None, []),
    ],
)
def test_coverage_ends_from_today_until_the_day_before_twelve_whole_months(last_day, expected):
    assert kinds(ending(last_day)) == expected


def test_nothing_ends_where_something_follows():
    follows = Work("b", TODAY + timedelta(days=1), None)
    assert kinds(ending(TODAY + timedelta(days=30)), follows) == []


def test_a_project_to_come_is_no_gap_even_where_nothing_runs():
    assert kinds(Work("b", TODAY + timedelta(days=400), None)) == []


def test_a_cancelled_project_counts_for_nothing():
    assert kinds(Work("a", date(2020, 1, 1), date(2030, 1, 1), over=True)) == [GapKind.NO_PROJECT]
    assert kinds(Work("a", date(2027, 1, 1), date(2030, 1, 1), over=True)) == [GapKind.NO_PROJECT]


def test_the_last_of_several_projects_decides():
    assert kinds(ending(date(2027, 1, 1)), ending(date(2029, 1, 1))) == []
    (gap,) = find_gaps(
        [CellFacts(CELL, [ending(date(2027, 1, 1)), ending(date(2027, 3, 1))])], today=TODAY
    )
    assert gap.until == date(2027, 3, 1)


def test_an_indicator_makes_the_stronger_statement_but_only_where_nobody_works():
    assert kinds(signs=(SIGN,)) == [GapKind.NEED_INDICATED]
    assert kinds(ending(date(2030, 1, 1)), signs=(SIGN,)) == []


def test_an_unanswered_request_is_said_whether_or_not_somebody_works():
    ask = Ask("r", date(2026, 5, 1))
    assert kinds(ending(date(2030, 1, 1)), asks=(ask,)) == [GapKind.REQUEST_UNANSWERED]
    assert kinds(asks=(ask,)) == [GapKind.REQUEST_UNANSWERED, GapKind.NO_PROJECT]


def test_a_place_that_was_covered_says_since_when_it_is_not():
    (gap,) = find_gaps([CellFacts(CELL, [ending(date(2026, 3, 31))])], today=TODAY)
    words = gap.sentence % gap.places(
        country="Cambodia", subject="Protection", day=date.isoformat, as_of=str
    )
    assert words == "No project on protection in Cambodia since 2026-03-31."
    assert [work.id for work in gap.work] == ["a"]


def test_requests_are_told_from_the_oldest_on():
    asks = (Ask("late", date(2026, 9, 1)), Ask("early", date(2026, 5, 1)))
    (gap, _nobody) = find_gaps([CellFacts(CELL, asks=asks)], today=TODAY)
    assert gap.since == date(2026, 5, 1)


@pytest.mark.parametrize("kind", list(GapKind))
def test_every_kind_has_a_sentence_with_all_its_places(kind):
    gap = Gap(kind, CELL, since=TODAY, until=TODAY, signs=(SIGN,))
    words = gap.sentence % gap.places(
        country="Cambodia", subject="Protection", day=date.isoformat, as_of=str
    )
    assert "Cambodia" in words
    assert "%" not in words


def test_a_label_keeps_its_abbreviation_inside_a_sentence():
    assert within_sentence("National mechanism") == "national mechanism"
    assert within_sentence("UN standards") == "UN standards"
    assert within_sentence("") == ""


works = st.builds(
    lambda number, one, other, over: Work(
        f"w{number}", min(one, other), max(one, other), over=over
    ),
    st.integers(0, 99),
    days,
    days,
    st.booleans(),
)
cells = st.builds(Cell, st.sampled_from(["KH", "SN", "MD"]), st.sampled_from(["PROT", "PREV"]))
facts = st.builds(
    CellFacts,
    cells,
    st.lists(works, max_size=4).map(tuple),
    st.lists(st.builds(Ask, st.just("r"), days), max_size=2).map(tuple),
    st.sampled_from([(), (SIGN,)]),
)


@given(st.lists(facts, max_size=6), days)
def test_a_cell_never_lacks_projects_and_runs_out_at_once(some, today):
    for each in some:
        found = {gap.kind for gap in find_gaps([each], today=today)}
        nobody = {GapKind.NO_PROJECT, GapKind.NEED_INDICATED} & found
        assert len(nobody) + (GapKind.COVERAGE_ENDS in found) <= 1


@given(st.lists(facts, max_size=6), days)
def test_the_order_does_not_depend_on_the_order_of_the_facts(some, today):
    forth = [(gap.kind, gap.cell) for gap in find_gaps(some, today=today)]
    back = [(gap.kind, gap.cell) for gap in find_gaps(some[::-1], today=today)]
    assert forth == back
    urgency = list(GapKind)
    places = [urgency.index(kind) for kind, _cell in forth]
    assert places == sorted(places)


@given(facts, days)
def test_one_more_project_that_goes_on_closes_every_gap_but_a_request(each, today):
    more = CellFacts(each.cell, (*each.work, Work("new", None, None)), each.asks, each.signs)
    left = {gap.kind for gap in find_gaps([more], today=today)}
    assert left <= {GapKind.REQUEST_UNANSWERED}
