"""What fits a request among the records that somebody may see, each with its reasons."""

from datetime import timedelta

import pytest

from tacoord.matching.fit import Reason
from tacoord.models import OrganisationTag, Role, Visibility, utcnow
from tacoord.services.assistance.assistance import offer, withdraw_offer
from tacoord.services.assistance.fitting import fits_for
from tacoord.services.projects.drafts import Share
from tacoord.services.visibility import EVERYTHING, REGISTERED
from tests.factories import make_organisation, make_project, make_user
from tests.services.asks import ask, offer_draft

TODAY = utcnow().date()
LATER = TODAY + timedelta(days=400)


@pytest.fixture
def asked(session):
    return ask(session, measures=frozenset({"PROT-1"}))


def fits(session, asked, viewer=REGISTERED):
    return fits_for(session, asked, viewer, today=TODAY)


def reasons(fit):
    return {reason for reason, _codes in fit.reasons}


def test_running_projects_fit_with_their_reasons(session, asked):
    here = make_project(session, planned_end=LATER)
    near = make_project(session, countries=(Share("LA"),), measures=frozenset())
    make_project(session, countries=(Share("SN"),))
    make_project(session, pillars=(Share("PREV"),), measures=frozenset())
    make_project(session, planned_start=None, planned_end=TODAY - timedelta(days=1))
    found = fits(session, asked).projects
    assert [row.id for row, _fit in found] == [here.id, near.id]
    assert reasons(found[0][1]) == {
        Reason.SAME_COUNTRY,
        Reason.PILLAR,
        Reason.MEASURE,
        Reason.RUNS_LONG_ENOUGH,
    }
    assert Reason.SAME_REGION in reasons(found[1][1])


def test_hidden_projects_fit_only_for_who_may_see_them(session, asked):
    hidden = make_project(session, visibility=Visibility.ORGANISATION)
    assert fits(session, asked).projects == []
    assert fits(session, asked).organisations == []
    assert [row.id for row, _fit in fits(session, asked, EVERYTHING).projects] == [hidden.id]


def test_standing_offers_fit_by_region_country_and_anywhere(session, asked):
    helper = make_user(session, Role.REPORTER)
    wanted = [
        offer(session, offer_draft(title="here", countries=frozenset({"KH"})), by=helper),
        offer(session, offer_draft(title="region", regions=frozenset({"142"})), by=helper),
        offer(session, offer_draft(title="anywhere"), by=helper),
    ]
    offer(session, offer_draft(countries=frozenset({"SN"})), by=helper)
    offer(session, offer_draft(pillars=frozenset({"PREV"})), by=helper)
    withdraw_offer(session, offer(session, offer_draft(), by=helper), by=helper)
    assert {row.title for row, _fit in fits(session, asked).offers} == {row.title for row in wanted}


def test_offers_that_answer_another_request_are_not_shown(session, asked):
    helper = make_user(session, Role.REPORTER)
    offer(session, offer_draft(), by=helper, request=ask(session))
    assert fits(session, asked).offers == []


def test_an_organisation_fits_that_knows_the_place_and_elsewhere_the_subject(session, asked):
    both = make_organisation(session)
    make_project(session, organisation=both, pillars=(Share("PREV"),), measures=frozenset())
    make_project(session, organisation=both, countries=(Share("SN"),))
    place = make_organisation(session)
    make_project(session, organisation=place, pillars=(Share("PREV"),), measures=frozenset())
    names = {row.name for row, _fit in fits(session, asked).organisations}
    assert both.name in names
    assert place.name not in names


def test_who_takes_part_in_a_project_fits_as_well_as_who_reports_it(session, asked):
    project = make_project(session)
    names = {row.name for row, _fit in fits(session, asked).organisations}
    assert names == {project.organisation.name, "Harbour Light Foundation"}


def test_an_organisation_fits_by_what_it_declares(session, asked):
    declared = make_organisation(session, verified=True)
    for vocabulary, code in (("country", "KH"), ("pillar", "PROT")):
        session.add(OrganisationTag(organisation_id=declared.id, vocabulary=vocabulary, code=code))
    session.flush()
    ((row, fit),) = fits(session, asked).organisations
    assert row is declared
    assert reasons(fit) == {Reason.SAME_COUNTRY, Reason.PILLAR}
