"""Access for programs as people use it: what a token may do is ticked when it is made, and told in the list."""

import re

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from tacoord.models import ApiToken, Role, TokenScope, User
from tacoord.services.accounts.accounts import make_token
from tests.factories import PASSWORD, make_user
from tests.support.accessibility import violations
from tests.web.visits import sign_in, visit_as


@pytest.fixture
def user(store) -> User:
    made = make_user(store, Role.REPORTER, password=PASSWORD)
    store.commit()
    return made


@pytest.mark.parametrize(
    ("ticked", "kept"),
    [([], []), (["overlaps", "projects"], ["projects", "overlaps"]), (["assistance"],) * 2],
)
def test_a_token_may_what_was_ticked_and_without_a_tick_it_only_reads(
    client, store, user, ticked, kept
):
    visit_as(client, user)
    made = client.post("/account/tokens", data={"name": "export", "scopes": ticked})
    assert made.status_code == 201
    assert store.scalar(select(ApiToken)).scopes == kept


def test_what_is_no_scope_makes_no_token_and_the_ticks_stay(client, store, user):
    visit_as(client, user)
    wrong = client.post("/account/tokens", data={"name": "export", "scopes": ["overlaps", "all"]})
    assert wrong.status_code == 422
    assert re.search(r'value="overlaps" checked', wrong.text)
    assert store.scalar(select(ApiToken)) is None


def test_the_list_says_what_each_token_may(client, store, user):
    for scopes in ((), TokenScope, [TokenScope.PROJECTS]):
        make_token(store, user, name="export", scopes=scopes, by=user)
    store.commit()
    visit_as(client, user)
    told = re.findall(r'data-label="What it may do">([^<]+)<', client.get("/account/tokens").text)
    assert told == [
        "reading and projects",
        "reading, projects, overlaps and assistance",
        "reading only",
    ]


@pytest.mark.looks_only
@pytest.mark.parametrize("width", [390, 1280])
def test_a_token_is_made_by_keyboard_on_every_width(
    live_server: str, page: Page, store, user: User, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, live_server, user)
    page.goto(f"{live_server}/account/tokens")
    page.get_by_label("What is it for?").fill("export")
    box = page.get_by_label("Projects: register, change and withdraw them")
    box.focus()
    page.keyboard.press("Space")
    assert violations(page) == []
    page.get_by_role("button", name="Make the token").press("Enter")
    page.get_by_label("Token", exact=True).wait_for()
    assert page.get_by_text("reading and projects").is_visible()
    assert not page.get_by_label("Projects: register").is_checked()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
