"""Groups, their digests and the page that stops the mail, as people use them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tacoord.models import CoordinationGroup, DigestIssue, Member, Role
from tacoord.services.digests.schedules import ensure_definitions, find_definition
from tacoord.services.groups.subscriptions import reads, stop_token
from tests.factories import PASSWORD, make_group, make_organisation, make_project, make_user
from tests.support.accessibility import violations


@pytest.fixture
def group(store):
    made = make_group(store, "ICAT", name="Inter-Agency Group", scope="global")
    ensure_definitions(store, due_from=datetime(2020, 1, 1, tzinfo=UTC))
    make_project(store, titles={"en": "Shelter in the north"})
    store.commit()
    return made


@pytest.fixture
def enter(store, client) -> Callable:
    def sign_in(role=Role.VIEWER, **values):
        user = make_user(store, role, password=PASSWORD, **values)
        store.commit()
        said = {"email": user.email, "password": PASSWORD}
        assert client.post("/account/sign-in", data=said).status_code == 302
        return user

    return sign_in


def seat(store, group, user):
    store.add(Member(group_id=group.id, organisation_id=user.organisation_id, user_id=user.id))
    store.commit()


SCHEDULE = {
    "frequency": "monthly", "weekday": "2", "day": "5", "hour": "7", "minute": "30",
    "time_zone": "Asia/Bangkok", "active": "y", "introduction": "Please answer by Friday.",
}  # fmt: skip


def test_everybody_who_is_signed_in_sees_the_groups_and_their_work(client, group, enter):
    enter()
    assert "Inter-Agency Group" in client.get("/groups").text
    page = client.get("/groups/ICAT").text
    assert "every week on Monday at 08:00 (UTC)" in page
    assert "/groups/ICAT/schedule" not in page
    assert client.get("/groups/NOPE").status_code == 404


@pytest.mark.parametrize("address", ["schedule", "members", "digest", "digest/mail"])
def test_only_the_groups_own_secretary_gets_further(client, store, group, enter, address):
    enter(Role.SECRETARY, group=make_group(store))
    assert client.get(f"/groups/ICAT/{address}").status_code == 403
    client.post("/account/sign-out")
    enter(Role.SECRETARY, group=group)
    assert client.get(f"/groups/ICAT/{address}").status_code == 200


def test_a_secretary_changes_the_schedule(client, store, group, enter):
    enter(Role.SECRETARY, group=group)
    answer = client.post("/groups/ICAT/schedule", data=SCHEDULE, follow_redirects=True)
    assert "on day 5 of every month at 07:30 (Asia/Bangkok)" in answer.text
    definition = find_definition(store, group)
    assert definition.introduction == "Please answer by Friday."
    assert "Please answer by Friday." in client.get("/groups/ICAT/digest").text


def test_a_wrong_schedule_is_told_at_its_fields_and_kept(client, group, enter):
    enter(Role.SECRETARY, group=group)
    wrong = {**SCHEDULE, "day": "31", "hour": "soon", "frequency": "hourly"}
    answer = client.post("/groups/ICAT/schedule", data=wrong)
    assert answer.status_code == 422
    assert 'href="#hour"' in answer.text
    assert 'href="#frequency"' in answer.text
    assert "Please answer by Friday." in answer.text
    wrong = {**SCHEDULE, "day": "31"}
    answer = client.post("/groups/ICAT/schedule", data=wrong)
    assert answer.status_code == 422
    assert "Enter a whole number from 1 to 28." in answer.text


def test_who_edited_an_old_schedule_is_told(client, group, enter):
    enter(Role.SECRETARY, group=group)
    client.post("/groups/ICAT/schedule", data=SCHEDULE)
    answer = client.post("/groups/ICAT/schedule", data={**SCHEDULE, "hour": "9", "version": "1"})
    assert answer.status_code == 422
    assert "Somebody changed this meanwhile." in answer.text


def test_a_secretary_gives_and_takes_seats(client, store, group, enter):
    enter(Role.SECRETARY, group=group)
    office = make_organisation(store, "Harbour Office", verified=True)
    person = make_user(store, name="Ana Example", organisation=office)
    store.commit()
    add = "/groups/ICAT/members"
    assert client.post(add, data={"organisation": "harbour office"}).status_code == 302
    assert client.post(add, data={"email": person.email}).status_code == 302
    page = client.get(add).text
    assert "Harbour Office" in page
    assert "Ana Example" in page
    assert client.post(add, data={"email": person.email}).status_code == 422
    seats = store.scalars(select(Member).order_by(Member.id)).all()
    client.post(f"{add}/{seats[0].public_id}/remove")
    store.rollback()
    assert store.scalars(select(Member)).all() == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Name an organisation or a person."),
        ({"organisation": "No such office"}, "No organisation has this name."),
        ({"email": "nobody@example.org"}, "Nobody with this address has an account here."),
    ],
)
def test_a_seat_for_nobody_is_refused_in_words(client, group, enter, said, words):
    enter(Role.SECRETARY, group=group)
    answer = client.post("/groups/ICAT/members", data=said)
    assert answer.status_code == 422
    assert words in answer.text


def test_somebody_of_a_member_organisation_asks_for_the_digest_and_stops_it(
    client, store, group, enter
):
    user = enter()
    assert client.post("/groups/ICAT/subscription", data={"wants": "yes"}).status_code == 403
    store.add(Member(group_id=group.id, organisation_id=user.organisation_id))
    store.commit()
    client.post("/groups/ICAT/subscription", data={"wants": "yes"})
    assert reads(store, group, user)
    client.post("/groups/ICAT/subscription", data={"wants": "no"})
    store.rollback()
    assert not reads(store, group, user)


def test_the_preview_is_the_page_the_mail_and_the_text(client, group, enter):
    enter(Role.SECRETARY, group=group)
    page = client.get("/groups/ICAT/digest")
    mail = client.get("/groups/ICAT/digest/mail")
    text = client.get("/groups/ICAT/digest?view=text")
    for answer in (page, mail, text):
        assert "Shelter in the north" in answer.text
        assert "1 project" in answer.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "script-src" not in mail.headers["Content-Security-Policy"]
    assert "default-src 'none'" in mail.headers["Content-Security-Policy"]
    assert mail.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "http://localhost/projects/" in mail.text


def test_sending_now_claims_an_issue_that_the_members_can_read(client, store, group, enter):
    enter(Role.SECRETARY, group=group)
    answer = client.post("/groups/ICAT/digest", follow_redirects=True)
    assert "Issue 1 is on its way" in answer.text
    assert "Shelter in the north" in answer.text
    issue = store.scalars(select(DigestIssue)).one()
    assert "Nothing has happened since the last issue" in client.post(
        "/groups/ICAT/digest", follow_redirects=True
    ).text  # fmt: skip
    preview = client.get("/groups/ICAT/digest").text
    assert "Nothing has happened since issue 1" in preview
    assert "Send it now" not in preview
    client.post("/account/sign-out")
    store.rollback()  # else SQLite refuses to write after what this session read before
    reader = enter()
    assert client.get(f"/digests/{issue.public_id}").status_code == 404
    seat(store, group, reader)
    page = client.get(f"/digests/{issue.public_id}").text
    assert "Shelter in the north" in page
    assert "copies" not in page
    assert issue.public_id in client.get("/groups/ICAT").text


def test_opening_the_link_of_a_mail_changes_nothing_and_posting_stops_it(
    client, store, group, settings, app
):
    user = make_user(store)
    seat(store, group, user)
    app.config.update(WTF_CSRF_ENABLED=True)
    address = f"/digests/stop/{stop_token(settings.secret_key, group, user)}"
    assert "Stop the digest of ICAT?" in client.get(address).text
    assert client.head(address).status_code == 200
    store.rollback()
    assert reads(store, group, user)
    answer = client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "is stopped" in answer.text) == (200, True)
    store.rollback()
    assert not reads(store, group, user)
    client.post(address)
    client.post(address, data={"again": "yes"})
    store.rollback()
    assert reads(store, group, user)
    assert client.get("/digests/stop/nonsense").status_code == 404
    assert client.post("/digests/stop/nonsense").status_code == 404


@pytest.mark.looks_only
def test_the_pages_are_open_to_everybodys_senses(live_server, page, store, group):
    group = store.merge(group)
    user = make_user(store, Role.SECRETARY, group=group, password=PASSWORD)
    seat(store, group, user)
    page.goto(f"{live_server}/account/sign-in")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).last.click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for path in ("", "/ICAT", "/ICAT/schedule", "/ICAT/members", "/ICAT/digest"):
            page.goto(f"{live_server}/groups{path}")
            assert violations(page) == [], f"{path} {scheme}"
        mail = page.request.get(f"{live_server}/groups/ICAT/digest/mail").text()
        page.goto("about:blank")
        page.set_content(mail)  # as it is served, no script runs in it, not even that of the check
        assert violations(page) == [], f"mail {scheme}"
    page.goto(f"{live_server}/groups/ICAT/digest?view=mail")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("link", name="Shelter in the north")).to_be_visible()
    page.get_by_text("Send it now").click()
    page.get_by_role("button", name="Send it to 1 person").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("ICAT digest")
    assert violations(page) == []
    stop = stop_token("only for tests " * 3, store.get_one(CoordinationGroup, group.id), user)
    page.goto(f"{live_server}/digests/stop/{stop}")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    for path in ("", "/ICAT", "/ICAT/members", "/ICAT/digest"):
        page.goto(f"{live_server}/groups{path}")
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{path} is wider than a phone"
