"""Home as each role meets it: tasks with one action, what changed, and the own countries."""

import re
from datetime import timedelta

import pytest

from tacoord.models import DigestDefinition, Frequency, ProjectState, Role, utcnow
from tacoord.services.assistance.assistance import offer, save_request
from tacoord.services.projects.drafts import Share
from tests.factories import make_group, make_organisation, make_project, make_user
from tests.services.asks import ask, focal_point, offer_draft, request_draft
from tests.web.visits import visit_as


def home(client, store, user, **query):
    store.commit()
    answer = visit_as(client, user).get("/", query_string=query)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_home_in_an_empty_register(client, store, role):
    text = home(client, store, make_user(store, role))
    assert "What needs you" in text
    assert "Nothing changed." in text


def test_reporters_are_led_to_what_waits(client, store):
    user = make_user(store, Role.REPORTER)
    kept = make_project(store, organisation=user.organisation, state=ProjectState.DRAFT)
    stale = make_project(store, organisation=user.organisation)
    stale.confirmed_at = utcnow() - timedelta(days=200)
    asked = ask(store)
    text = home(client, store, user)
    assert "3 things wait for you." in text
    assert f'href="/projects/{kept.public_id}/edit"' in text
    assert 'href="/projects?mine=1&amp;stale=1"' in text
    assert f'href="/requests/{asked.public_id}"' in text


def test_focal_points_are_led_to_offers_drafts_and_what_ends(client, store):
    user = focal_point(store)
    asked = ask(store, by=user, title="Help for inspectors")
    made = offer(store, offer_draft(), by=make_user(store, Role.REPORTER), request=asked)
    kept = save_request(store, request_draft(title=""), by=user)
    make_project(store, planned_end=utcnow().date() + timedelta(days=50))
    text = home(client, store, user)
    assert f'href="/offers/{made.public_id}"' in text
    assert f'href="/requests/{kept.public_id}/edit"' in text
    assert 'href="/gaps?country=KH&amp;kind=coverage_ends"' in text
    assert "Help for inspectors" in text
    assert "Your country" in text


def test_secretaries_are_led_to_their_digest(client, store):
    group = make_group(store)
    user = make_user(store, Role.SECRETARY, group=group)
    assert f'href="/groups/{group.code}/schedule"' in home(client, store, user)
    store.add(DigestDefinition(group=group, frequency=Frequency.DAILY))
    assert f'href="/groups/{group.code}/digest"' in home(client, store, user)


def test_the_countries_are_those_of_the_own_projects(client, store):
    user = make_user(store, Role.VIEWER)
    make_project(store, organisation=user.organisation, countries=(Share("SN"),))
    make_project(store)
    text = home(client, store, user)
    assert re.findall(r'<th scope="row"><a href="/countries/(\w\w)"', text) == ["SN"]


def test_who_has_no_countries_sees_the_region_with_the_most_gaps(client, store):
    for country in ("KH", "LA", "SN"):
        make_project(store, countries=(Share(country),))
    user = make_user(store, Role.VIEWER, organisation=make_organisation(store))
    text = home(client, store, user)
    assert "The region with the most gaps: Southeast Asia" in text
    assert re.findall(r'<th scope="row"><a href="/countries/(\w\w)"', text) == ["KH", "LA"]


def test_ten_changes_are_told_and_the_way_to_more(client, store):
    for _ in range(11):
        make_project(store)
    user = make_user(store)
    text = home(client, store, user)
    assert text.count("New project:") == 10
    assert 'href="/?news=1"' in text
    assert client.get("/?news=1").text.count("New project:") == 11


def test_changes_before_the_last_visit_are_not_told_again(client, store):
    make_project(store)
    user = make_user(store, signed_in_at=utcnow() + timedelta(minutes=1))
    text = home(client, store, user)
    assert "What changed since your last visit" in text
    assert "Nothing changed." in text
