"""The page on which two entries of organisations are put together."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import update
from sqlalchemy.orm import Session

from tacoord.models import Organisation, Role, SignIn, User, utcnow
from tacoord.services.accounts.accounts import make_token
from tests.factories import PASSWORD, make_organisation, make_project, make_user
from tests.support.accessibility import violations
from tests.web.visits import sign_in, visit_as

Pair = tuple[Organisation, Organisation]


@pytest.fixture
def coordinator(store: Session) -> User:
    user = make_user(store, Role.COORDINATOR, password=PASSWORD)
    store.commit()
    return user


@pytest.fixture
def pair(store: Session) -> Pair:
    known = make_organisation(store, "Harvest Relief Association", verified=True)
    double = make_organisation(store, "Harvest Relief Associaton")
    make_project(store, organisation=double, titles={"en": "Of the double entry"})
    store.commit()
    return known, double


def address_of(pair: Pair) -> str:
    return f"/organisations/{pair[0].public_id}/merge/{pair[1].public_id}"


def chosen(pair: Pair, **values: str) -> dict[str, str]:
    first, second = pair
    return {
        "first_version": str(first.version),
        "second_version": str(second.version),
        "keep": first.public_id,
        **values,
    }


def test_the_list_leads_to_both_side_by_side_and_then_they_are_one(
    client: FlaskClient, coordinator: User, pair: Pair
) -> None:
    visit_as(client, coordinator)
    assert address_of(pair) in client.get("/organisations/alike").text
    page = client.get(address_of(pair)).text
    assert all(one.name in page for one in pair)
    assert "cannot be undone" in page
    answer = client.post(address_of(pair), data=chosen(pair))
    assert answer.location == f"/organisations/{pair[0].public_id}"
    kept = client.get(answer.location).text
    assert "Of the double entry" in kept
    assert "Harvest Relief Associaton" in kept
    assert address_of(pair) not in client.get("/organisations/alike").text
    old = client.get(f"/organisations/{pair[1].public_id}")
    assert (old.status_code, old.location) == (301, f"/organisations/{pair[0].public_id}")


def test_names_that_differ_in_a_blank_alone_are_listed_with_that_reason(
    client: FlaskClient, coordinator: User, store: Session
) -> None:
    make_organisation(store, "Green Field Livelihoods", verified=True)
    make_project(store, organisation=make_organisation(store, "Greenfield Livelihoods"))
    store.commit()
    visit_as(client, coordinator)
    page = client.get("/organisations/alike").text
    assert "the same name, written with or without a blank" in page


def test_a_button_pressed_twice_merges_once(client, coordinator, pair) -> None:
    visit_as(client, coordinator)
    answers = [client.post(address_of(pair), data=chosen(pair)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location


def test_what_was_changed_meanwhile_is_looked_at_again(client, coordinator, pair) -> None:
    visit_as(client, coordinator)
    answer = client.post(address_of(pair), data=chosen(pair, second_version="99"))
    assert answer.status_code == 409
    assert "Nothing was put together" in answer.text
    assert client.get(f"/organisations/{pair[1].public_id}").status_code == 200


@pytest.mark.parametrize("keep", ["", "nowhere"])
def test_one_of_the_two_has_to_stay(client, coordinator, pair, keep) -> None:
    visit_as(client, coordinator)
    assert client.post(address_of(pair), data=chosen(pair, keep=keep)).status_code == 422


def test_why_they_cannot_be_merged_is_said(client, coordinator, pair, store) -> None:
    for one in pair:
        make_project(store, organisation=one, iati_identifier="XX-1-7")
    store.commit()
    visit_as(client, coordinator)
    answer = client.post(address_of(pair), data=chosen(pair))
    assert answer.status_code == 422
    assert "XX-1-7" in answer.text


def test_an_organisation_of_the_demo_and_a_real_one_are_not_offered_to_be_put_together(
    client: FlaskClient, coordinator: User, pair: Pair, store: Session
) -> None:
    pair[1].invented = True
    store.commit()
    visit_as(client, coordinator)
    assert "/merge/" not in client.get("/organisations/alike").text
    page = client.get(address_of(pair)).text
    assert "There is nothing to put together" in page
    assert "Put them together for good" not in page
    answer = client.post(address_of(pair), data=chosen(pair))
    assert answer.status_code == 422
    assert "There is nothing to put together" in answer.text
    found = client.get(f"/organisations/{pair[0].public_id}/merge?q=Harvest").text
    assert pair[1].code not in found


def test_an_entry_that_is_not_listed_is_found_by_name(
    client: FlaskClient, coordinator: User, store: Session
) -> None:
    one = make_organisation(store, "Harvest Relief", verified=True)
    other = make_organisation(store, "Lamp Makers Union", verified=True)
    store.commit()
    visit_as(client, coordinator)
    choose = f"/organisations/{one.public_id}/merge"
    assert f'href="{choose}"' in client.get(f"/organisations/{one.public_id}").text
    assert address_of((one, other)) not in client.get(choose).text
    assert address_of((one, other)) in client.get(f"{choose}?q=lamp").text
    assert address_of((one, one)) not in client.get(f"{choose}?q=harvest").text
    assert "is called so" in client.get(f"{choose}?q=nobody").text
    reader = make_user(store, Role.ADMIN)
    store.commit()
    visit_as(client, reader)
    assert choose not in client.get(f"/organisations/{one.public_id}").text


def test_who_signed_in_long_ago_shows_once_more_who_they_are(
    client, coordinator, pair, store
) -> None:
    visit_as(client, coordinator)
    store.execute(update(SignIn).values(confirmed_at=utcnow() - timedelta(hours=1)))
    store.commit()
    answer = client.post(address_of(pair), data=chosen(pair))
    assert answer.location.startswith("/account/confirm")
    assert client.get(f"/organisations/{pair[1].public_id}").status_code == 200


def test_an_administrator_sees_the_list_and_merges_nothing(client, pair, store) -> None:
    user = make_user(store, Role.ADMIN)
    store.commit()
    visit_as(client, user)
    page = client.get("/organisations/alike").text
    assert pair[1].name in page
    assert "/merge/" not in page


def test_programs_find_the_one_that_stays_by_the_old_id(client, coordinator, pair, store) -> None:
    secret = make_token(store, coordinator, name="x", scopes=(), by=coordinator)[1]
    store.commit()
    visit_as(client, coordinator)
    client.post(address_of(pair), data=chosen(pair))
    told = client.application.test_client().get(
        f"/api/v1/organisations/{pair[1].public_id}", headers={"Authorization": f"Bearer {secret}"}
    )
    assert told.json["id"] == pair[0].public_id


@pytest.mark.looks_only
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_can_be_used_by_everybody(
    live_server: str, page: Page, coordinator: User, pair: Pair, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, live_server, coordinator)
    page.goto(f"{live_server}/organisations/{pair[0].public_id}")
    page.get_by_role("link", name="Is it the same as another entry?").click()
    page.get_by_label("Name, acronym or identifier of the other entry").fill("Associaton")
    page.get_by_role("button", name="Find").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name=pair[1].name).click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Harvest Relief Association (").check()
    page.get_by_role("button", name="Put them together for good").press("Enter")
    page.wait_for_url(f"{live_server}/organisations/{pair[0].public_id}")
