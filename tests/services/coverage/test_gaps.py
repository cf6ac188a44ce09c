"""Gaps out of the database: each kind, what a viewer may know, and the state that digests tell of."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, select

from tacoord.matching.gaps import GapKind
from tacoord.models import Change, GapState, Visibility
from tacoord.services.assistance.assistance import offer, withdraw_offer
from tacoord.services.coverage.gaps import GapQuery, list_gaps, refresh_gap_states
from tacoord.services.visibility import EVERYTHING, PUBLIC, REGISTERED, viewer_of
from tests.factories import Role, make_project, make_user
from tests.services.asks import ask, offer_draft

NOW = datetime.now(UTC)
TODAY = NOW.date()
NOT_A_PARTY = "AO"


def year_on(day: date) -> date:
    return (
        day.replace(year=day.year + 1)
        if (day.month, day.day) != (2, 29)
        else date(day.year + 1, 3, 1)
    )


def gaps(session, country="KH", pillar="PROT", viewer=REGISTERED, **query):
    asked = GapQuery(countries=[country], pillars=[pillar], **query)
    return list_gaps(session, viewer, now=NOW, query=asked)


def kinds(*args, **kwargs):
    return [gap.kind for gap in gaps(*args, **kwargs)]


def test_a_country_that_is_asked_for_and_has_nothing_has_a_gap(session):
    assert kinds(session) == [GapKind.NO_PROJECT]


def test_a_project_that_goes_on_for_exactly_twelve_months_leaves_no_gap(session):
    make_project(session, planned_end=year_on(TODAY))
    assert kinds(session) == []


def test_a_project_that_ends_a_day_earlier_does(session):
    project = make_project(session, planned_end=year_on(TODAY) - timedelta(days=1))
    (gap,) = gaps(session)
    assert gap.kind is GapKind.COVERAGE_ENDS
    assert [work.id for work in gap.work] == [project.public_id]
    assert gap.until == project.ends


def test_a_project_that_has_ended_says_since_when(session):
    project = make_project(session, planned_start=None, planned_end=TODAY - timedelta(days=1))
    (gap,) = gaps(session)
    assert (gap.kind, gap.since) == (GapKind.NO_PROJECT, project.ends)


def test_an_indicator_of_need_is_told_with_its_source_and_date(session):
    (gap,) = gaps(session, NOT_A_PARTY, "PROS")
    assert gap.kind is GapKind.NEED_INDICATED
    (sign,) = gap.signs
    assert sign.as_of == "2009-04"
    assert "2009" in sign.source


def test_an_indicator_alone_says_nothing_of_other_pillars(session):
    everywhere = list_gaps(session, REGISTERED, now=NOW)
    assert {gap.cell.pillar for gap in everywhere} == {"PROS"}
    assert {gap.kind for gap in everywhere} == {GapKind.NEED_INDICATED}


def test_a_request_is_a_gap_until_somebody_offers(session):
    asked = ask(session)
    assert GapKind.REQUEST_UNANSWERED in kinds(session)
    helper = make_user(session, Role.REPORTER)
    made = offer(session, offer_draft(), by=helper, request=asked)
    knowing = (EVERYTHING, viewer_of(session, helper), viewer_of(session, asked.created_by))
    assert all(GapKind.REQUEST_UNANSWERED not in kinds(session, viewer=each) for each in knowing)
    assert GapKind.REQUEST_UNANSWERED in kinds(session), (
        "an offer that others may not see tells them nothing"
    )
    withdraw_offer(session, made, by=helper)
    assert GapKind.REQUEST_UNANSWERED in kinds(session, viewer=EVERYTHING)


def test_a_hidden_project_closes_a_gap_only_for_who_may_see_it(session):
    make_project(session, visibility=Visibility.ORGANISATION, planned_end=year_on(TODAY))
    assert kinds(session) == [GapKind.NO_PROJECT]
    assert kinds(session, viewer=EVERYTHING) == []


def test_a_hidden_project_stands_in_nobody_elses_evidence(session):
    make_project(
        session,
        visibility=Visibility.ORGANISATION,
        planned_start=None,
        planned_end=TODAY - timedelta(days=9),
    )
    (gap,) = gaps(session)
    assert (gap.work, gap.since) == ((), None)


def test_a_hidden_request_is_no_gap_for_others(session):
    ask(session)
    assert GapKind.REQUEST_UNANSWERED not in kinds(session, viewer=PUBLIC)


def test_measures_are_looked_at_where_asked_for(session):
    make_project(session, measures=frozenset({"PROT-1"}))
    measures = {gap.cell.measure for gap in gaps(session, measures=True) if gap.cell.measure}
    assert "PROT-2" in measures


def test_parts_of_a_measure_cover_the_measure(session):
    make_project(
        session,
        pillars=(),
        measures=frozenset({"PROS-1.i", "PROS-1.ii"}),
        planned_end=year_on(TODAY),
    )
    bare = {gap.cell.measure for gap in gaps(session, pillar="PROS", measures=True)}
    assert "PROS-1" not in bare
    assert "PROS-2" in bare


def test_signs_of_need_in_countries_without_any_record_are_looked_at_by_measure(session):
    make_project(session)
    found = list_gaps(session, REGISTERED, now=NOW, query=GapQuery(measures=True))
    assert {gap.cell.measure for gap in found if gap.cell.country == NOT_A_PARTY} == {
        None,
        "PROS-1",
    }


def test_only_the_kinds_asked_for_are_given(session):
    ask(session)
    assert kinds(session, kinds=[GapKind.NO_PROJECT]) == [GapKind.NO_PROJECT]


def actions(session):
    rows = select(Change.action).where(Change.subject == "gap").order_by(Change.id)
    return list(session.scalars(rows))


def test_states_open_once_close_once_and_open_again(session):
    refresh_gap_states(session, NOW)
    session.execute(delete(Change))
    project = make_project(session, planned_end=TODAY + timedelta(days=30))
    refresh_gap_states(session, NOW)
    opened = actions(session)
    assert set(opened) == {"gap.opened"}
    refresh_gap_states(session, NOW)
    assert actions(session) == opened
    make_project(session, planned_end=None)
    refresh_gap_states(session, NOW)
    assert actions(session)[len(opened) :] == ["gap.closed"]
    ends = session.scalar(select(GapState).where(GapState.key == "coverage_ends|KH|PROT|"))
    assert ends is not None
    assert ends.closed_at == NOW
    assert [each["id"] for each in ends.evidence["projects"]] == [project.public_id]


def test_states_never_tell_of_hidden_projects(session):
    make_project(
        session, visibility=Visibility.ORGANISATION, planned_end=TODAY + timedelta(days=30)
    )
    refresh_gap_states(session, NOW)
    rows = select(GapState).where(GapState.country == "KH")
    assert session.scalars(rows).all() == []
