"""Coverage by place and subject: shares, places, who may know what, and one rule of what runs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tacoord.matching.gaps import Work
from tacoord.models import Kind, Overlap, Project, Role, Verdict, Visibility, utcnow
from tacoord.services.assistance.assistance import save_request
from tacoord.services.coverage.coverage import NOT_STATED, MatrixQuery, matrix
from tacoord.services.projects.drafts import BudgetAmount, Share
from tacoord.services.projects.query import OVER, under_way
from tacoord.services.visibility import EVERYTHING, PUBLIC, REGISTERED, viewer_of
from tests.factories import make_group, make_organisation, make_project, make_user
from tests.services.asks import ask, focal_point, request_draft

TODAY = utcnow().date()
THOUSAND = (BudgetAmount(100_000, "USD"),)


def shares(*pairs):
    return tuple(Share(code, None if part is None else Decimal(part)) for code, part in pairs)


def found(session, viewer=REGISTERED, **query):
    return matrix(session, viewer, MatrixQuery(today=TODAY, **query))


def money(grid, *places):
    return [grid.total(place).usd_minor for place in places]


@pytest.mark.parametrize(
    ("countries", "expected"),
    [
        (shares(("KH", 75), ("SN", 25)), [75_000, 25_000]),
        (shares(("KH", None), ("SN", None)), [50_000, 50_000]),
        (shares(("KH", 80), ("SN", None)), [80_000, 20_000]),
        (shares(("KH", None)), [100_000, 0]),
    ],
)
def test_money_is_shared_out_as_stated_and_in_equal_parts_elsewhere(session, countries, expected):
    make_project(session, countries=countries, budget=THOUSAND)
    assert money(found(session), "KH", "SN") == expected


def test_the_parts_of_three_equal_countries_add_up_to_the_whole(session):
    three = shares(("KH", None), ("SN", None), ("MD", None))
    make_project(session, countries=three, budget=THOUSAND)
    assert sum(money(found(session), "KH", "SN", "MD")) == pytest.approx(100_000, abs=2)


def test_cells_of_a_country_add_up_to_its_total(session):
    make_project(
        session,
        countries=shares(("KH", 60), ("SN", 40)),
        pillars=shares(("PROT", 70), ("PREV", 30)),
        budget=THOUSAND,
    )
    grid = found(session)
    parts = [grid.cell("KH", pillar).usd_minor for pillar in grid.subjects]
    assert sum(parts) == grid.total("KH").usd_minor == 60_000
    assert grid.cell("KH", "PROT").usd_minor == 42_000


def test_a_project_counts_once_in_a_row_whatever_the_number_of_its_pillars(session):
    make_project(session, pillars=shares(("PROT", None), ("PREV", None)))
    grid = found(session)
    assert grid.total("KH").projects == 1
    assert grid.cell("KH", "PROT").projects == grid.cell("KH", "PREV").projects == 1


def test_parts_of_a_measure_count_as_the_measure(session):
    make_project(session, measures=frozenset({"PROS-1.i", "PROS-1.ii"}))
    grid = found(session, subjects="measure")
    assert grid.cell("KH", "PROS-1").projects == 1
    assert "PROS-1.i" not in grid.subjects


def test_a_project_without_a_country_stands_in_the_row_of_its_region(session):
    make_project(session, countries=(), regions=shares(("035", None)), budget=THOUSAND)
    grid = found(session)
    assert grid.places() == ["035"]
    assert grid.total("035").usd_minor == 100_000


def test_a_region_beside_a_country_counts_no_money_twice(session):
    make_project(
        session, countries=shares(("KH", 100)), regions=shares(("035", None)), budget=THOUSAND
    )
    grid = found(session)
    assert grid.places() == ["KH"]
    assert grid.total("KH").usd_minor == 100_000


def test_a_dac_region_is_the_region_of_the_united_nations_that_it_means(session):
    make_project(session, countries=(), dac_regions=shares(("298", None)))
    assert found(session).places() == ["002"]


def test_a_project_that_names_no_place_is_not_lost(session):
    make_project(session, countries=(), budget=THOUSAND)
    grid = found(session)
    assert grid.places() == []
    assert grid.total(NOT_STATED).projects == 1


def test_rows_of_regions_join_countries_and_regional_projects(session):
    make_project(session, countries=shares(("KH", None)))
    make_project(session, countries=(), regions=shares(("035", None)))
    grid = found(session, by_region=True)
    assert grid.places() == ["035"]
    assert grid.total("035").projects == 2


def test_places_that_were_not_asked_for_are_left_out(session):
    make_project(session, countries=shares(("SN", None)))
    make_project(session, countries=())
    assert found(session, within=["KH"]).totals == {}


def test_hidden_projects_do_not_count_for_who_may_not_see_them(session):
    group = make_group(session)
    owner = make_organisation(session)
    make_project(session, visibility=Visibility.PUBLIC)
    make_project(session, visibility=Visibility.REGISTERED)
    make_project(session, visibility=Visibility.GROUP, groups=frozenset({group.code}))
    make_project(session, organisation=owner, visibility=Visibility.ORGANISATION)
    insider = viewer_of(session, make_user(session, Role.VIEWER, organisation=owner))
    counts = [found(session, viewer).total("KH").projects for viewer in (PUBLIC, REGISTERED)]
    assert counts == [1, 2]
    assert found(session, insider).total("KH").projects == 3
    assert found(session, EVERYTHING).total("KH").projects == 4


DAYS = (None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))


@pytest.mark.parametrize("status", [None, "1", "2", "3", "4", "5", "6"])
def test_rows_run_by_the_same_rule_as_matching(session, status):
    for starts in DAYS:
        for ends in DAYS:
            if starts is None or ends is None or starts <= ends:
                make_project(session, status=status, planned_start=starts, planned_end=ends)
    running = set(session.scalars(select(Project.public_id).where(under_way(TODAY))))
    for row in session.scalars(select(Project)):
        work = Work(row.public_id, row.starts, row.ends, over=row.status in OVER)
        assert (row.public_id in running) == work.runs(TODAY), (status, row.starts, row.ends)


def test_projects_that_are_over_count_only_where_all_are_asked_for(session):
    yesterday = TODAY - timedelta(days=1)
    make_project(session, planned_start=None, planned_end=yesterday)
    assert found(session).total("KH").projects == 0
    assert found(session, running_only=False).total("KH").projects == 1


def test_months_left_are_those_of_the_longest_and_none_where_one_states_no_end(session):
    make_project(session, planned_end=TODAY + timedelta(days=70))
    make_project(session, planned_end=TODAY + timedelta(days=400))
    assert found(session).total("KH").months_left(TODAY) == 13
    make_project(session, planned_end=None)
    assert found(session).total("KH").months_left(TODAY) is None


def flag(session, one, two, **values):
    first, second = sorted((one, two), key=lambda row: row.id)
    session.add(
        Overlap(
            first_id=first.id,
            second_id=second.id,
            kind=Kind.SAME_ACTIVITY,
            score=0.9,
            model_version="1",
            **values,
        )
    )
    session.flush()


def test_open_overlaps_count_where_both_sides_are_and_may_be_seen(session):
    public, hidden = (
        make_project(session),
        make_project(session, visibility=Visibility.ORGANISATION),
    )
    twin, abroad = make_project(session), make_project(session, countries=shares(("SN", None)))
    flag(session, public, twin)
    flag(session, public, hidden)
    flag(session, public, abroad)
    flag(session, twin, hidden, verdict=Verdict.UNRELATED)
    flag(session, hidden, abroad, stale=True)
    assert found(session).total("KH").overlaps == 1
    assert found(session).cell("KH", "PROT").overlaps == 1
    assert found(session, EVERYTHING).total("KH").overlaps == 2


def test_open_requests_count_where_they_may_be_seen(session):
    group = make_group(session)
    ask(session)
    ask(session, visibility=Visibility.GROUP, groups=frozenset({group.code}))
    assert found(session).total("KH").requests == 1
    assert found(session).cell("KH", "PROT").requests == 1
    assert found(session, EVERYTHING).total("KH").requests == 2
    assert found(session, PUBLIC).total("KH").requests == 0


def test_a_draft_of_a_request_counts_for_nobody(session):
    save_request(session, request_draft(), by=focal_point(session))
    assert found(session, EVERYTHING).total("KH").requests == 0
