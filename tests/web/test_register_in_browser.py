"""Donor staff register a project in a real browser, and see what it collides with."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import Project, ProjectState, Role, Source, User
from tacoord.policy import OPERATOR
from tacoord.services.registration import register_project
from tests.factories import PASSWORD, draft, make_organisation, make_user
from tests.support.accessibility import violations

TITLE = "Night shelter for fishers on the Tonle Sap pier"


@pytest.fixture
def reporter(store: Session) -> User:
    """Somebody who registers, beside a register that holds a look-alike."""
    user = make_user(store, Role.REPORTER, password=PASSWORD)
    register_project(
        store,
        draft(titles={"en": TITLE}),
        organisation=make_organisation(store, "Lantern Trust"),
        by=OPERATOR,
        source=Source.FORM,
    )
    store.commit()
    return user


def sign_in(page: Page, server: str, user: User) -> None:
    page.goto(f"{server}/account/sign-in?next=/projects")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which projects are there?")


def test_a_project_is_registered_and_its_look_alikes_are_shown(
    page: Page, live_server: str, reporter: User, store: Session
) -> None:
    sign_in(page, live_server, reporter)
    page.get_by_role("link", name="Register a project").click()
    assert violations(page) == []

    page.get_by_label("Title", exact=True).first.fill(TITLE)
    expect(page.locator("#look-alikes")).to_contain_text(TITLE)
    page.get_by_label("Description (optional)").fill(
        "Beds and advice for people who fish at night."
    )
    page.locator("#participants-0-name").fill("Harbour Light Foundation")
    page.locator("#participants-0-role").select_option("4")
    page.locator("#countries-0-code").fill("Cambodia")
    page.locator("#countries-0-percentage").fill("60")
    page.get_by_role("button", name="Add a country").click()
    page.locator("#countries-1-code").fill("Lao PDR")
    page.locator("#countries-1-percentage").fill("30")
    page.locator("#pillars-0-code").select_option("PROT")
    page.locator("#planned_start").fill("2026-01-01")
    page.locator("#planned_end").fill("2025-01-01")
    page.locator("#budget-0-amount").fill("1,200,000")
    page.get_by_role("button", name="Register", exact=True).click()

    problems = page.get_by_role("alert")
    expect(problems).to_contain_text("There are 2 problems")
    expect(page.locator("#countries-1-percentage")).to_have_value("30")
    assert violations(page) == []
    page.locator("#countries-1-percentage").fill("40")
    page.locator("#planned_end").fill("2027-12-31")
    page.get_by_role("button", name="Register", exact=True).click()

    expect(page.get_by_text("What registering found")).to_be_visible()
    expect(page.get_by_role("link", name=TITLE)).to_be_visible()
    expect(page.locator(".evidence li").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Go to the project").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert violations(page) == []
    page.get_by_role("button", name="It is still true").click()
    expect(page.get_by_text("Confirmed as still true")).to_be_visible()
    own = select(Project).where(Project.organisation_id == reporter.organisation_id)
    assert store.scalars(own).one().state is ProjectState.PUBLISHED


def test_everything_works_without_script_on_a_phone(
    browser: object, live_server: str, reporter: User, store: Session
) -> None:
    context = browser.new_context(  # type: ignore[attr-defined]
        viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    page = context.new_page()
    sign_in(page, live_server, reporter)
    page.goto(f"{live_server}/projects/new?country=KH&pillar=PROT")
    expect(page.locator("#countries-0-code")).to_have_value("Cambodia")
    page.get_by_label("Title", exact=True).first.fill("Without any script")
    page.get_by_role("button", name="Add an organisation").click()
    page.locator("#participants-1-name").fill("Second Harbour")
    page.locator("#participants-1-role").select_option("1")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft, not registered")).to_be_visible()
    page.get_by_role("link", name="Finish and register").click()
    expect(page.locator("#participants-0-name")).to_have_value("Second Harbour")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text("What registering found")).to_be_visible()
    context.close()


@pytest.mark.looks_only
def test_on_a_phone_the_title_says_how_many_projects_look_alike_and_leads_to_them(
    page: Page, live_server: str, reporter: User
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, live_server, reporter)
    page.goto(f"{live_server}/projects/new")
    page.get_by_label("Amount 1").fill("not yet a number")
    page.get_by_label("Title", exact=True).first.fill(TITLE)
    link = page.get_by_role("link", name="1 project looks like this one")
    expect(link).to_be_in_viewport()
    link.click()
    expect(page.locator("#look-alikes").get_by_text(TITLE)).to_be_in_viewport()
    assert violations(page) == []


@pytest.mark.looks_only
def test_a_row_that_is_added_has_its_own_number(
    page: Page, live_server: str, reporter: User
) -> None:
    sign_in(page, live_server, reporter)
    page.goto(f"{live_server}/projects/new")
    page.get_by_role("button", name="Add a country").click()
    page.get_by_label("Country 2").fill("Lao PDR")
    expect(page.locator("#countries-1-code")).to_have_value("Lao PDR")
    page.get_by_role("button", name="Remove Countries 1").click()
    expect(page.get_by_label("Country 1")).to_have_value("Lao PDR")


@pytest.mark.looks_only
@pytest.mark.parametrize("width", [390, 1280])
def test_lists_and_pages_are_accessible_and_fit_the_screen(
    page: Page, live_server: str, reporter: User, store: Session, width: int
) -> None:
    sign_in(page, live_server, reporter)
    page.set_viewport_size({"width": width, "height": 900})
    project = store.scalars(select(Project)).one()
    organisation = reporter.organisation.public_id
    for address in (
        "/projects",
        "/projects?country=KH&running=1",
        "/projects?q=nothing+like+it",
        f"/projects/{project.public_id}",
        "/organisations",
        f"/organisations/{project.organisation.public_id}",
        f"/organisations/{organisation}",
        "/search?q=shelter",
        "/search",
    ):
        page.goto(live_server + address)
        assert violations(page) == [], address
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, address


@pytest.mark.looks_only
def test_search_leads_from_any_page_to_a_project(
    page: Page, live_server: str, reporter: User
) -> None:
    sign_in(page, live_server, reporter)
    page.locator("#site-search").fill("tonle FISHERS")
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name=TITLE).click()
    expect(page).to_have_url(re.compile("/projects/[a-z2-7]{16}$"))
