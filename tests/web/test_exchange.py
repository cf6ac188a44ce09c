"""Pages of import and export: check first, then import; each reader's own files and records."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tacoord.jobs import run_job
from tacoord.models import ImportJob, Project, ProjectState, Role, User, Visibility
from tacoord.services.exchange.imports import submit
from tacoord.services.overlaps.overlaps import flag_overlaps
from tests.factories import PASSWORD, make_organisation, make_project, make_user
from tests.services.pairs import a_draft, a_project
from tests.support.accessibility import violations
from tests.web.visits import sign_in, visit_as

CSV = b"title,country\nOne,KH\nTwo,Atlantis\nThree,LA\n"


@pytest.fixture
def reporter(store: Session, client: FlaskClient) -> User:
    """Who imports for one organisation, signed in."""
    user = make_user(store, Role.REPORTER, password=PASSWORD)
    store.commit()
    visit_as(client, user)
    return user


def send(client: FlaskClient, user: User, data: bytes = CSV, **values: Any) -> TestResponse:
    said = {"organisation": user.organisation.code, "do": "check", **values}
    return client.post("/imports", data={"file": (io.BytesIO(data), "projects.csv"), **said})


def work(client: FlaskClient) -> None:
    with client.application.app_context():
        run_job("imports")


def test_a_file_is_checked_then_imported_with_one_click(
    client: FlaskClient, reporter: User, store: Session
) -> None:
    answer = send(client, reporter)
    assert answer.status_code == 302
    waiting = client.get(answer.location)
    assert "waits for its turn" in waiting.get_data(as_text=True)
    assert waiting.headers["Refresh"]
    work(client)
    checked = client.get(answer.location)
    page = checked.get_data(as_text=True)
    for words in ("2 records can be imported, 1 was refused", "Atlantis", "Row 3", "countries"):
        assert words in page
    assert "Refresh" not in checked.headers
    assert store.scalars(select(Project)).all() == []
    store.rollback()
    answer = client.post(answer.location)
    work(client)
    page = client.get(answer.location).get_data(as_text=True)
    assert "2 records went in, 1 was refused" in page
    assert f"/projects?import={answer.location.rpartition('/')[2]}" in page
    assert len(store.scalars(select(Project)).all()) == 2
    assert "projects.csv" in client.get("/imports").get_data(as_text=True)


def test_what_changed_nothing_did_not_go_in(client: FlaskClient, reporter: User) -> None:
    send(client, reporter, b"title,country\nOne,KH\n", do="import")
    work(client)
    mixed = b"title,country\nOne,KH\nNew,LA\nBad,Atlantis\nWorse,Atlantis\n"
    checked = send(client, reporter, mixed).location
    work(client)
    said = "1 record can be imported, 1 would change nothing, 2 were refused."
    assert said in client.get(checked).text
    place = client.post(checked).location
    work(client)
    page = client.get(place).text
    assert "1 record went in, 1 changed nothing, 2 were refused." in page
    assert "Show the projects" in page


def test_where_all_was_refused_the_list_says_so_and_no_projects_are_offered(
    client: FlaskClient, reporter: User
) -> None:
    place = send(client, reporter, b"title,country\nBad,Atlantis\n", do="import").location
    work(client)
    page = client.get(place).text
    assert "0 records went in, 1 was refused." in page
    assert "Show the projects" not in page
    past = client.get("/imports").text
    assert "All records refused" in past
    assert "Some records refused" not in past
    send(client, reporter, b"title,country\nBad,Atlantis\n")
    work(client)
    assert "Checked, all are wrong" in client.get("/imports").text


def test_a_check_names_each_record_that_would_go_in_and_an_import_does_not(
    client: FlaskClient, reporter: User
) -> None:
    checked = send(client, reporter, b"title,country,reference\nOne,KH,\nTwo,LA,R-2\n").location
    work(client)
    page = client.get(checked).get_data(as_text=True)
    rows = re.findall(r'<tr><th scope="row">(Row \d+)</th>(.*?)</tr>', page, re.DOTALL)
    assert [(row, re.sub(r"<[^>]+>|\s+", " ", rest).split()) for row, rest in rows] == [
        ("Row 2", ["One", "none", "would", "be", "new"]),
        ("Row 3", ["Two", "R-2", "would", "be", "new"]),
    ]
    imported = client.post(checked).location
    work(client)
    assert "would be new" not in client.get(imported).get_data(as_text=True)


def test_a_check_says_how_many_more_records_there_are_than_it_names(
    client: FlaskClient, reporter: User
) -> None:
    data = b"title\n" + b"".join(b"Number %d\n" % number for number in range(203))
    checked = send(client, reporter, data).location
    work(client)
    page = client.get(checked).get_data(as_text=True)
    assert page.count('<tr><th scope="row">Row ') == 200
    assert "And 3 more." in page


@pytest.mark.parametrize("data", [b"", b"\xd0\xcf\x11\xe0 old Excel"])
def test_what_cannot_be_imported_is_said_at_the_field(
    client: FlaskClient, reporter: User, data: bytes
) -> None:
    answer = send(client, reporter, data)
    assert answer.status_code == 422
    assert 'href="#file"' in answer.get_data(as_text=True)


def test_without_a_file_the_page_says_so(client: FlaskClient, reporter: User) -> None:
    answer = client.post("/imports", data={"organisation": reporter.organisation.code})
    assert answer.status_code == 422


def test_nobody_imports_for_another_organisation(
    client: FlaskClient, reporter: User, store: Session
) -> None:
    stranger = make_user(store, Role.REPORTER)
    store.commit()
    for code in (stranger.organisation.code, "SECRETARIAT", "NOBODY"):
        assert send(client, reporter, organisation=code).status_code == 422
    assert store.scalars(select(ImportJob)).all() == []


def test_a_coordinator_may_import_for_whoever_a_file_names(
    client: FlaskClient, store: Session
) -> None:
    coordinator = make_user(store, Role.COORDINATOR)
    store.commit()
    visit_as(client, coordinator)
    answer = send(client, coordinator, organisation="SECRETARIAT", do="import")
    assert answer.status_code == 302


def test_the_import_of_another_organisation_is_not_there(
    client: FlaskClient, reporter: User, store: Session
) -> None:
    place = send(client, reporter).location
    stranger = make_user(store, Role.REPORTER)
    store.commit()
    visit_as(client, stranger)
    assert client.get(place).status_code == 404
    assert client.post(place).status_code == 404
    assert place not in client.get("/imports").get_data(as_text=True)


@pytest.mark.parametrize("form", ["csv", "hxl.csv", "jsonl", "xlsx"])
def test_an_export_holds_what_the_reader_may_see(
    client: FlaskClient, reporter: User, store: Session, form: str
) -> None:
    for visibility in (Visibility.PUBLIC, Visibility.REGISTERED, Visibility.ORGANISATION):
        make_project(store, titles={"en": f"Seen by {visibility.value}"}, visibility=visibility)
    store.commit()
    answer = client.get(f"/exports/projects.{form}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    if form != "xlsx":
        text = answer.get_data(as_text=True)
        assert "Seen by public" in text
        assert "Seen by registered" in text
        assert "Seen by organisation" not in text


def test_iati_holds_only_what_is_open_to_everybody(
    client: FlaskClient, reporter: User, store: Session
) -> None:
    for visibility in (Visibility.PUBLIC, Visibility.REGISTERED):
        make_project(store, titles={"en": f"Seen by {visibility.value}"}, visibility=visibility)
    store.commit()
    text = client.get("/exports/iati.xml").get_data(as_text=True)
    assert "Seen by public" in text
    assert "Seen by registered" not in text


def test_who_only_reads_may_export_and_sees_no_form(client: FlaskClient, store: Session) -> None:
    reader = make_user(store, Role.VIEWER)
    store.commit()
    visit_as(client, reader)
    page = client.get("/imports").get_data(as_text=True)
    assert "/exports/projects.csv" in page
    assert 'type="file"' not in page
    assert send(client, reader).status_code == 403


def test_the_template_is_a_workbook(client: FlaskClient, reporter: User) -> None:
    assert client.get("/imports/template.xlsx").get_data().startswith(b"PK")


def test_an_unknown_format_is_not_there(client: FlaskClient, reporter: User) -> None:
    assert client.get("/exports/projects.doc").status_code == 404


@pytest.mark.looks_only
def test_the_pages_pass_the_engine_for_accessibility(
    live_server: str, client: FlaskClient, store: Session, page: Page
) -> None:
    user = make_user(store, Role.REPORTER, password=PASSWORD)
    job = submit(
        store,
        CSV,
        name="projects.csv",
        organisation=user.organisation,
        by=user,
        dry_run=True,
        max_bytes=1 << 20,
    )
    store.commit()
    work(client)
    sign_in(page, live_server, user)
    for address in ("/imports", f"/imports/{job.public_id}"):
        page.goto(f"{live_server}{address}")
        assert violations(page) == []


def test_an_import_is_taken_back_after_a_look_at_what_would_happen(
    client: FlaskClient, reporter: User, store: Session
) -> None:
    place = send(client, reporter, do="import").location
    work(client)
    assert f"{place}/undo" in client.get(place).text
    asked = client.get(f"{place}/undo").text
    assert "2 records would be taken back." in asked
    assert all(f">{title}<" in asked for title in ("One", "Three"))
    states = {each.state for each in store.scalars(select(Project))}
    assert states == {ProjectState.PUBLISHED}, "a look changes nothing"
    store.rollback()
    assert client.post(f"{place}/undo").location == place
    being = client.get(place).text
    assert "being taken back" in being
    assert "so far" not in being, "the records of the import are not those that were taken back"
    work(client)
    page = client.get(place).text
    assert "was taken back" in page
    assert "2 records were taken back." in client.get(f"{place}/undo").text
    states = {each.state for each in store.scalars(select(Project))}
    assert states == {ProjectState.WITHDRAWN}
    store.rollback()
    again = client.post(f"{place}/undo", follow_redirects=True)
    assert "cannot be taken back" in again.text
    colleague = make_user(store, Role.REPORTER, organisation=reporter.organisation)
    store.commit()
    other = visit_as(client.application.test_client(), colleague)
    assert f"{place}/undo" not in other.get(place).text
    assert other.get(f"{place}/undo").location == place


def test_a_project_says_that_its_last_confirmation_is_the_import_or_what_the_file_says(
    client: FlaskClient, reporter: User, store: Session
) -> None:
    send(client, reporter, do="import")
    work(client)
    first, second = store.scalars(select(Project).order_by(Project.id))
    assert "(imported)" in client.get(f"/projects/{first.public_id}").text
    second.confirmed_at = second.created_at - timedelta(days=90)
    store.commit()
    assert "(as the imported file says)" in client.get(f"/projects/{second.public_id}").text
    client.post(f"/projects/{first.public_id}/confirm")
    assert "(imported)" not in client.get(f"/projects/{first.public_id}").text


def test_an_import_leads_to_its_own_projects_and_look_alikes(
    client: FlaskClient, reporter: User, store: Session
) -> None:
    make_project(store, organisation=reporter.organisation, titles={"en": "Registered before"})
    for name in ("Alder Fund", "Birch Society"):
        flag_overlaps(store, a_project(store, make_organisation(store, name), a_draft()))
    store.commit()
    place = send(client, reporter, do="import").location
    work(client)
    page = client.get(place).text
    id = place.rpartition("/")[2]
    assert f"/projects?import={id}" in page
    shown = client.get(f"/projects?import={id}").text
    assert "Registered before" not in shown
    assert "of one import" in shown
    assert all(f">{title}<" in shown for title in ("One", "Three"))
    pair = re.compile(r'href="/overlaps/[a-z2-7]{16}')
    assert pair.search(client.get("/overlaps").text)
    assert not pair.search(client.get(f"/overlaps?import={id}").text)
    stranger = make_user(store, Role.REPORTER)
    store.commit()
    other = visit_as(client.application.test_client(), stranger)
    assert f"Import “{id}”" in other.get(f"/projects?import={id}").text
