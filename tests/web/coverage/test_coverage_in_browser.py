"""Matrix, map, country, request and Home in a browser, narrow and wide: nothing broken, nothing hidden from anybody."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from tacoord.models import Role, utcnow
from tacoord.services.assistance.assistance import offer
from tacoord.services.projects.drafts import Share
from tests.factories import PASSWORD, make_organisation, make_project, make_user
from tests.services.asks import ask, offer_draft
from tests.support.accessibility import violations
from tests.web.visits import sign_in

WIDTHS = (390, 1280)


@pytest.fixture
def government(store):
    """A focal point whose country has projects, a request and an offer that waits."""
    organisation = make_organisation(store, country="KH")
    user = make_user(store, Role.FOCAL_POINT, organisation=organisation, password=PASSWORD)
    soon = utcnow().date() + timedelta(days=60)
    make_project(store, planned_end=soon, contact_name="Desk One", contact_shown=True)
    make_project(store, pillars=(Share("PREV"), Share("NCC")), planned_end=None)
    make_project(store, countries=(), regions=(Share("035"),))
    user.asked = ask(store, by=user)
    user.made = offer(store, offer_draft(), by=make_user(store, Role.REPORTER), request=user.asked)
    store.commit()
    return user


def looked_at(page: Page, address: str) -> list[str]:
    """What is wrong with a page at each width."""
    page.goto(address)
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        sideways = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        wrong += [f"{width}: {sideways} pixels too wide"] if sideways > 0 else []
        wrong += [f"{width}: {each}" for each in violations(page)]
    return wrong


@pytest.mark.looks_only
def test_pages_of_a_government_are_whole_at_every_width(page, live_server, government):
    sign_in(page, live_server, government)
    addresses = [
        "/",
        "/coverage",
        "/coverage?pillar=PROT&show=money",
        "/countries",
        "/countries/KH",
        "/gaps?country=KH",
        "/requests?state=all",
        "/requests/new",
        f"/requests/{government.asked.public_id}",
        f"/offers/{government.made.public_id}",
    ]
    wrong = {address: looked_at(page, live_server + address) for address in addresses}
    assert {address: found for address, found in wrong.items() if found} == {}


@pytest.mark.looks_only
def test_on_a_phone_no_word_in_the_head_of_the_matrix_is_cut_off(page, live_server, government):
    sign_in(page, live_server, government)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{live_server}/coverage")
    cut = page.eval_on_selector_all(
        ".matrix thead th",
        "heads => heads.filter(head => head.scrollWidth > head.clientWidth).map(head => head.innerText)",
    )
    assert cut == []


def test_a_government_asks_without_a_mouse_and_is_told_what_is_missing(
    page, live_server, government
):
    sign_in(page, live_server, government)
    page.goto(f"{live_server}/requests/new")
    page.focus("button[value=send]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".summary-of-errors")
    assert page.locator(".summary-of-errors").evaluate("each => each === document.activeElement")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("Training of inspectors")
    page.fill("[name=need]", "They do not recognise victims.")
    page.check("[name=pillars][value=PROT]")
    page.click("button[value=send]")
    page.wait_for_selector(".steps")
    assert page.locator("h1").inner_text() == "Training of inspectors"
    assert "none yet" in page.locator(".steps .step-now").inner_text()


def test_a_government_reads_an_offer_and_accepts_it(page, live_server, government):
    sign_in(page, live_server, government)
    page.click("text=Read and answer")
    page.fill("[name=note]", "Please call us.")
    page.click("button[value=accept]")
    page.wait_for_selector("text=The offer is accepted.")
    assert "Please call us." in page.locator("main").inner_text()


@pytest.mark.looks_only
def test_the_map_leads_to_a_country(page, live_server, government):
    sign_in(page, live_server, government)
    page.goto(f"{live_server}/countries")
    page.locator('.world a[href="/countries/KH"]').first.click()
    page.wait_for_url(f"{live_server}/countries/KH")
    assert page.locator("h1").inner_text() == "Cambodia"


@pytest.mark.looks_only
def test_on_paper_the_matrix_is_whole(page, live_server, government):
    sign_in(page, live_server, government)
    page.goto(f"{live_server}/coverage")
    page.emulate_media(media="print")
    style = "getComputedStyle(document.querySelector('.matrix-wrap'))"
    assert page.evaluate(f"{style}.maxBlockSize") == "none"
    assert page.evaluate(f"{style}.overflow") == "visible"
