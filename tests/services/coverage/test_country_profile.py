"""What somebody may know of one country."""

from datetime import timedelta

import pytest

from tacoord.errors import NotFound
from tacoord.models import Role, Visibility, utcnow
from tacoord.services.coverage.country_profile import by_pillar, goes_on, profile
from tacoord.services.projects.drafts import Share
from tacoord.services.visibility import EVERYTHING, REGISTERED, viewer_of
from tests.factories import make_organisation, make_project, make_user

TODAY = utcnow().date()
YESTERDAY = TODAY - timedelta(days=1)


def of(session, country="KH", viewer=REGISTERED):
    return profile(session, viewer, country, today=TODAY)


@pytest.mark.parametrize("code", ["XX", "kh", "", "KHM", "035"])
def test_a_code_that_is_no_country_is_not_found(session, code):
    with pytest.raises(NotFound):
        of(session, code)


def test_running_coming_and_lately_ended_projects_are_shown_and_running_ones_counted(session):
    running = make_project(session)
    coming = make_project(session, planned_start=TODAY + timedelta(days=9), planned_end=None)
    ended = make_project(session, planned_start=None, planned_end=YESTERDAY)
    make_project(session, planned_start=None, planned_end=TODAY - timedelta(days=367))
    make_project(session, countries=(Share("SN"),))
    found = of(session)
    assert {row.id for row in found.projects} == {running.id, coming.id, ended.id}
    assert (found.running, found.reporters, found.more) == (1, 1, False)
    assert [goes_on(row, TODAY) for row in (running, coming, ended)] == [True, True, False]


def test_hidden_projects_organisations_and_contacts_are_left_out(session):
    make_project(session, visibility=Visibility.ORGANISATION, contact_name="A", contact_shown=True)
    found = of(session)
    assert (found.projects, found.running, found.activities, found.contacts) == ([], 0, [], [])
    assert of(session, viewer=EVERYTHING).running == 1


def test_contacts_are_shown_only_where_their_reporter_lets_others_see_them(session):
    owner = make_organisation(session)
    make_project(session, contact_name="Shown", contact_shown=True)
    make_project(session, organisation=owner, contact_name="Not shown")
    insider = viewer_of(session, make_user(session, Role.VIEWER, organisation=owner))
    for viewer in (REGISTERED, insider):
        assert [each.name for each in of(session, viewer=viewer).contacts] == ["Shown"]


def test_regional_projects_are_those_of_regions_around_that_name_no_country(session):
    around = make_project(session, countries=(), regions=(Share("142"),))
    make_project(session, countries=(), regions=(Share("002"),))
    make_project(session, countries=(Share("LA"),), regions=(Share("035"),))
    assert [row.id for row in of(session).regional] == [around.id]


def test_organisations_are_told_with_what_they_do_the_busiest_first(session):
    busy = make_organisation(session)
    make_project(session, organisation=busy)
    make_project(session, organisation=busy)
    make_project(session, planned_start=None, planned_end=YESTERDAY)
    found = {each.organisation.name: each for each in of(session).activities}
    assert set(found) == {busy.name, "Harbour Light Foundation"}
    assert found[busy.name].roles == {"report"}
    assert found["Harbour Light Foundation"].roles == {"4"}
    assert found[busy.name].projects == 2


def test_a_project_stands_under_each_of_its_pillars(session):
    make_project(session, pillars=(Share("PROT"), Share("PREV")))
    make_project(session, pillars=(), measures=frozenset())
    sorted_out = by_pillar(of(session).projects)
    assert {pillar: len(rows) for pillar, rows in sorted_out.items()} == {
        "PROT": 1,
        "PREV": 1,
        "": 1,
    }


def test_indicators_come_with_source_and_date(session):
    (each,) = of(session, "AO").indicators
    assert (each.as_of, each.value) == ("2009-04", "yes")
    assert each.source
