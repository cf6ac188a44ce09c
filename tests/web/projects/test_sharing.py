"""People with access: what an organisation lends of one project shows to who holds the role, and to nobody else."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tacoord.models import (
    AuditEntry,
    Mask,
    Project,
    ProjectRole,
    ProjectState,
    Role,
    SignIn,
    TokenScope,
    User,
    Visibility,
    utcnow,
)
from tacoord.services.accounts.accounts import make_token
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.projects.content import whole_draft_of
from tests.factories import PASSWORD, make_organisation, make_project, make_user
from tests.services.pairs import TITLE
from tests.support.accessibility import violations
from tests.web.projects.typed_form import typed
from tests.web.visits import sign_in, visit_as

SECRET = "Moonlit Orchard House"
ADDRESSES = (
    "/", "/account", "/projects", "/projects/{id}", "/projects/{id}/edit", "/projects/{id}/registered",
    "/projects?q=orchard", "/projects?state=draft", "/search?q=orchard", "/organisations",
    "/organisations/{owner}", "/overlaps", "/overlaps?project={id}", "/coverage", "/countries/KH", "/gaps",
    "/exports/projects.csv", "/exports/projects.jsonl", "/exports/iati.xml", "/api/v1/projects",
    "/api/v1/projects/{id}", "/api/v1/projects/{id}/overlaps", "/api/v1/overlaps",
    "/api/v1/organisations/{owner}",
)  # fmt: skip
_CHANGES_EACH_TIME = re.compile(
    rb'name="(csrf_token|once)" value="[^"]*"|generated-datetime="[^"]*"'
)


@dataclass
class Lent:
    """keeper: administers the organisation of the project; guest, other: of two other organisations."""

    project: Project
    keeper: User
    guest: User
    other: User
    tokens: dict[int, str]
    browsers: dict[int, FlaskClient] = field(default_factory=dict)

    def browser(self, client: FlaskClient, who: User) -> FlaskClient:
        """The browser of `who`, signed in once: a page tells when they were here before."""
        if who.id not in self.browsers:
            self.browsers[who.id] = visit_as(client.application.test_client(), who)
        return self.browsers[who.id]


@pytest.fixture
def world(store: Session) -> Lent:
    """A hidden record that withholds what it can, and a public one that looks like it."""
    keeper = make_user(store, Role.ORG_ADMIN, organisation=make_organisation(store, "Quiet Quay"))
    guest = make_user(store, Role.VIEWER, organisation=make_organisation(store, "Guest House"))
    other = make_user(store, Role.REPORTER)
    project = make_project(
        store,
        organisation=keeper.organisation,
        titles={"en": f"{TITLE} orchard"},
        descriptions={"en": f"{SECRET} runs it."},
        masks=frozenset({Mask.DESCRIPTION, Mask.PARTICIPANTS}),
        visibility=Visibility.ORGANISATION,
        contact_email="desk@quay.example",
        iati_identifier="XX-QUAY-1",
    )
    twin = make_project(store, titles={"en": f"{TITLE} orchard"}, visibility=Visibility.PUBLIC)
    for each in (project, twin):
        flag_overlaps(store, each)
    people = (keeper, guest, other)
    said = {"name": "x", "scopes": TokenScope}
    tokens = {each.id: make_token(store, each, by=each, **said)[1] for each in people}
    store.commit()
    return Lent(project, keeper, guest, other, tokens)


def answers(
    client: FlaskClient, world: Lent, who: User
) -> dict[str, tuple[int, str | None, bytes]]:
    """What `who` gets at every address: status, ETag, and the body to the byte."""
    browser, program = world.browser(client, who), client.application.test_client()
    told = {}
    for address in ADDRESSES:
        owner = world.keeper.organisation.public_id
        place = address.format(id=world.project.public_id, owner=owner)
        by_program = place.startswith("/api/")
        headers = {"Authorization": f"Bearer {world.tokens[who.id]}"} if by_program else {}
        found = (program if by_program else browser).get(place, headers=headers, buffered=True)
        body = _CHANGES_EACH_TIME.sub(b"", found.data)
        told[address] = (found.status_code, found.headers.get("ETag"), body)
    return told


def lend(
    client: FlaskClient, world: Lent, email: str, role: str = "viewer", until: str = ""
) -> str:
    """Give a role on the page; gives the page that follows."""
    place = f"/projects/{world.project.public_id}/people"
    said = {"email": email, "role": role, "until": until}
    browser = world.browser(client, world.keeper)
    answer = browser.post(place, data=said, follow_redirects=True, buffered=True)
    assert answer.status_code == 200
    return _CHANGES_EACH_TIME.sub(b"", answer.data).decode()


def take_back(client: FlaskClient, world: Lent) -> None:
    place, browser = (
        f"/projects/{world.project.public_id}/people",
        world.browser(client, world.keeper),
    )
    (button,) = re.findall(rf'action="({place}/\w+/take)"', browser.get(place).text)
    answer = browser.post(button, follow_redirects=True)
    assert "taken back" in answer.text


@pytest.mark.parametrize("role", ["viewer", "reporter"])
def test_a_role_opens_every_channel_and_leaves_no_trace_when_it_is_gone(
    client: FlaskClient, store: Session, world: Lent, role: str
) -> None:
    before = answers(client, world, world.guest)
    unaware = answers(client, world, world.other)
    lend(client, world, world.guest.email, role)
    during = answers(client, world, world.guest)
    for place in ADDRESSES:
        if "{id}" in place and not place.endswith(("/edit", "?project={id}")):
            assert (before[place][0], during[place][0]) == (404, 200), place
    for place in ("/projects", "/search?q=orchard", "/exports/projects.csv", "/api/v1/projects"):
        assert during[place] != before[place], place
    whole = SECRET.encode() in during["/projects/{id}"][2]
    assert whole == (role == "reporter")
    assert (b"desk@quay.example" in during["/api/v1/projects/{id}"][2]) == whole
    assert answers(client, world, world.other) == unaware
    store.execute(update(ProjectRole).values(until=utcnow().date() - timedelta(days=1)))
    store.commit()
    assert answers(client, world, world.guest) == before
    lend(client, world, world.guest.email, role)
    assert answers(client, world, world.guest) == during
    take_back(client, world)
    assert answers(client, world, world.guest) == before
    assert answers(client, world, world.other) == unaware


def test_nobody_learns_whether_an_address_has_an_account(client: FlaskClient, world: Lent) -> None:
    known, unknown = world.guest.email, "persona@example.org"
    pages = []
    for email in (known, unknown):
        text = lend(client, world, email).replace(email, "EMAIL")
        pages.append(re.sub(r"/people/\w+/take", "", text))
        take_back(client, world)
    assert pages[0] == pages[1]


def test_who_gives_a_role_shows_again_who_they_are(
    client: FlaskClient, store: Session, world: Lent
) -> None:
    visit_as(client, world.keeper)
    store.execute(update(SignIn).values(confirmed_at=utcnow() - timedelta(hours=1)))
    store.commit()
    place = f"/projects/{world.project.public_id}/people"
    answer = client.post(place, data={"email": world.guest.email, "role": "viewer"})
    assert answer.headers["Location"].startswith("/account/confirm")
    assert store.scalars(select(ProjectRole)).all() == []


def test_a_person_finds_the_roles_on_single_projects_on_the_page_of_their_account(
    client: FlaskClient, world: Lent
) -> None:
    until = utcnow().date() + timedelta(days=40)
    lend(client, world, world.guest.email, "reporter", until.isoformat())
    visit_as(client, world.guest)
    text = client.get("/account").text
    assert "Reporter on one project" in text
    assert f"/projects/{world.project.public_id}" in text
    assert "Quiet Quay" in text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"email": "nobody"}, "not an e-mail address"),
        ({"email": "a@example.org", "until": "2020-01-01"}, "This day is over"),
        ({"email": "a@example.org", "role": "coordinator"}, "Not a valid choice"),
        ({"email": ""}, "This is empty"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_at_its_field(client: FlaskClient, world: Lent, said, words) -> None:
    visit_as(client, world.keeper)
    place = f"/projects/{world.project.public_id}/people"
    answer = client.post(place, data={"role": "viewer", **said})
    assert answer.status_code == 422
    assert words in answer.text


def test_only_who_may_share_it_is_led_to_the_people_with_access(
    client: FlaskClient, store: Session, world: Lent
) -> None:
    lend(client, world, world.guest.email, "reporter")
    colleague = make_user(store, Role.REPORTER, organisation=world.keeper.organisation)
    store.commit()
    for who, led in ((world.keeper, True), (colleague, False), (world.guest, False)):
        visit_as(client, who)
        text = client.get(f"/projects/{world.project.public_id}").text
        assert ("People with access" in text) == led
        assert (world.guest.email in text) is False


def test_a_guest_changes_the_record_by_its_form_and_nothing_that_is_not_theirs(
    client: FlaskClient, store: Session, world: Lent
) -> None:
    lend(client, world, world.guest.email, "reporter")
    visit_as(client, world.guest)
    place = f"/projects/{world.project.public_id}/edit"
    form = client.get(place).text
    for name in ("masks", "groups", "contact_shown", "iati_identifier"):
        assert f'name="{name}"' not in form
    assert "/projects/similar" not in form  # which is for who registers
    said = typed(
        world.keeper, description="Said anew.", visibility="public", contact_shown="y", do="save"
    )
    answer = client.post(place, data={**said, "contact_email": "desk@quay.example"})
    assert answer.status_code == 302
    store.expire_all()
    project = store.get_one(Project, world.project.id)
    draft = whole_draft_of(project)
    assert draft.descriptions == {"en": "Said anew."}
    assert draft.visibility is Visibility.ORGANISATION
    assert draft.masks == {Mask.DESCRIPTION, Mask.PARTICIPANTS}
    assert (draft.contact_shown, draft.iati_identifier) == (False, "XX-QUAY-1")


def test_a_guest_saves_a_draft_and_cannot_register_it(
    client: FlaskClient, store: Session, world: Lent
) -> None:
    store.execute(update(Project).values(state=ProjectState.DRAFT, published_at=None))
    store.commit()
    lend(client, world, world.guest.email, "reporter")
    visit_as(client, world.guest)
    place = f"/projects/{world.project.public_id}"
    assert "Finish and register" not in client.get(place).text
    assert 'value="register"' not in client.get(f"{place}/edit").text
    said = typed(world.keeper, visibility="organisation")
    assert client.post(f"{place}/edit", data={**said, "do": "register"}).status_code == 403
    assert client.post(f"{place}/edit", data={**said, "do": "save"}).status_code == 302


def test_a_guest_learns_no_name_of_the_organisations_people_nor_others_the_guests_house(
    client: FlaskClient, store: Session, world: Lent
) -> None:
    lend(client, world, world.guest.email, "reporter")
    visit_as(client, world.guest)
    place = f"/projects/{world.project.public_id}"
    said = typed(world.keeper, visibility="organisation", do="save")
    assert client.post(f"{place}/edit", data=said).status_code == 302
    guests = client.get(place).text
    assert "Guest House" in guests
    assert world.keeper.name not in guests
    visit_as(client, world.keeper)
    assert world.guest.name in client.get(place).text
    store.execute(update(Project).values(visibility=Visibility.PUBLIC))
    store.commit()
    visit_as(client, world.other)
    others = client.get(place).text
    assert "Changed" in others
    assert (
        "Guest House" not in others
    )  # no record that they may see names it, and nobody verified it


def test_a_program_of_a_guest_changes_the_record_by_the_same_rules(
    client: FlaskClient, world: Lent
) -> None:
    lend(client, world, world.guest.email, "reporter")
    program, place = client.application.test_client(), f"/api/v1/projects/{world.project.public_id}"
    headers = {"Authorization": f"Bearer {world.tokens[world.guest.id]}"}

    def put(**said: object) -> int:
        told = program.get(place, headers=headers)
        tag = {**headers, "If-Match": told.headers["ETag"]}
        return program.put(place, json={**told.json, **said}, headers=tag).status_code

    assert put(title={"en": "Said anew"}) == 200
    for said in ({"visibility": "public"}, {"masks": []}, {"iati_identifier": "XX-QUAY-2"}):
        assert put(**said) == 403, said
    tag = {**headers, "If-Match": "*"}
    assert program.delete(place, headers=tag).status_code == 403
    told = program.get(place, headers=headers).json
    assert (told["title"], told["description"]) == (
        {"en": "Said anew"},
        {"en": f"{SECRET} runs it."},
    )
    lend(client, world, world.guest.email, "viewer")
    assert put(title={"en": "Once more"}) == 403


def test_giving_and_taking_back_are_read_in_the_audit_trail(
    client: FlaskClient, store: Session, world: Lent
) -> None:
    lend(client, world, world.guest.email)
    take_back(client, world)
    coordinator = make_user(store, Role.COORDINATOR)
    store.commit()
    visit_as(client, coordinator)
    text = client.get("/admin/audit").text
    assert "gave a role on one project" in text
    assert "took a role on one project back" in text
    actions = store.scalars(select(AuditEntry.action)).all()
    assert {"project.shared", "project.unshared"} <= set(actions)


@pytest.mark.looks_only
def test_the_page_is_open_to_everybodys_senses_and_works_without_script(
    live_server: str, page: Page, store: Session
) -> None:
    keeper = make_user(store, Role.ORG_ADMIN, password=PASSWORD)
    project = make_project(store, organisation=keeper.organisation)
    store.commit()
    sign_in(page, live_server, keeper)
    page.goto(f"{live_server}/projects/{project.public_id}")
    page.get_by_role("link", name="People with access").click()
    assert violations(page) == []
    page.get_by_label("E-mail").fill("guest@example.org")
    page.get_by_label("Reporter").check()
    page.get_by_label("Last day").fill((utcnow().date() + timedelta(days=9)).isoformat())
    page.keyboard.press("Enter")
    page.get_by_role("row", name="guest@example.org").wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        assert violations(page) == [], scheme
    page.set_viewport_size({"width": 390, "height": 800})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_role("button", name="Take back the role of guest@example.org").click()
    page.get_by_text("Nobody has a role on this project").wait_for()
    assert violations(page) == []
