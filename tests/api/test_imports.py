"""Imports and the IATI file over the API: give a file, follow it, read what is public."""

from io import BytesIO

import pytest
from lxml import etree
from sqlalchemy import func, select

from tacoord.extensions import WritingSteps, db
from tacoord.models import ImportJob, Project, ProjectState, Role, Visibility
from tacoord.services.exchange.import_runs import run_waiting
from tests.factories import make_organisation, make_project

LINES = (
    b'{"id": "a", "title": {"en": "Hotline for seafarers"}, "countries": [{"code": "PH"}]}\n'
    b'{"id": "b", "title": {"en": "Bad country"}, "countries": [{"code": "QQ"}]}\n'
)


def send(call, client, data: bytes, query: str = "", **headers: str):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(
        f"/api/v1/imports{query}",
        data=data,
        headers={"Authorization": f"Bearer {call.secret}", **sent},
    )


def run_jobs(app) -> None:
    with app.app_context():
        run_waiting(
            db.session(),
            steps_for=lambda keep: WritingSteps(db.session(), keep=keep),
            max_bytes=1 << 20,
        )


def test_a_file_is_taken_and_can_be_followed_to_its_end(program, client, app, store):
    call = program()
    given = send(call, client, LINES, "?name=march.jsonl")
    assert given.status_code == 202, given.text
    assert (given.json["state"], given.json["file_name"]) == ("waiting", "march.jsonl")
    place = given.headers["Location"].removeprefix("/api/v1")
    run_jobs(app)
    done = call("GET", place)
    assert done.json["state"] == "done"
    assert done.json["counts"]["registered"] == 1
    assert done.json["counts"]["refused"] == 1
    assert any("QQ" in str(each) or "countries" in str(each) for each in done.json["report"])
    assert store.scalar(select(func.count()).select_from(Project)) == 1


def test_a_dry_run_registers_nothing(program, client, app, store):
    call = program()
    given = send(call, client, LINES, "?dry_run")
    assert given.json["dry_run"] is True
    run_jobs(app)
    assert store.scalar(select(func.count()).select_from(Project)) == 0


def test_the_same_key_takes_a_file_once(program, client, store):
    call = program()
    first = send(call, client, LINES, Idempotency_Key="k")
    again = send(call, client, LINES, Idempotency_Key="k")
    assert again.json == first.json
    assert again.headers["Location"] == first.headers["Location"]
    assert store.scalar(select(func.count()).select_from(ImportJob)) == 1
    assert send(call, client, LINES + b"\n", Idempotency_Key="k").status_code == 422


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_what_cannot_be_imported_is_a_problem_at_once(program, client, data):
    answer = send(program(), client, data)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"][0]["field"] == "file"


def test_only_reporters_import_and_only_for_their_own(program, client, store):
    assert send(program(Role.VIEWER), client, LINES).status_code == 403
    other = make_organisation(store, code="OTHER-ORG", verified=True)
    store.commit()
    assert send(program(), client, LINES, f"?organisation={other.code}").status_code == 403
    assert send(program(), client, LINES, "?organisation=NO-SUCH").status_code == 422
    coordinator = program(Role.COORDINATOR)
    assert send(coordinator, client, LINES, f"?organisation={other.code}").status_code == 202


def test_others_do_not_see_the_import(program, client):
    mine = program()
    place = send(mine, client, LINES).headers["Location"].removeprefix("/api/v1")
    stranger = program()
    assert stranger("GET", place).status_code == 404
    assert stranger("GET", "/imports").json["items"] == []
    assert [each["id"] for each in mine("GET", "/imports").json["items"]] == [place.split("/")[-1]]


def test_an_import_is_taken_back_after_a_look_at_what_would_happen(program, client, app, store):
    call = program()
    place = send(call, client, LINES).headers["Location"].removeprefix("/api/v1")
    run_jobs(app)
    asked = call("GET", f"{place}/undo")
    assert asked.status_code == 200
    (record,) = asked.json["records"]
    assert (record["title"], record["fate"]) == ("Hotline for seafarers", "withdrawn")
    assert store.scalars(select(Project)).one().state is ProjectState.PUBLISHED, (
        "a look changes nothing"
    )
    store.rollback()
    taken = call("POST", f"{place}/undo")
    assert (taken.status_code, taken.json["state"]) == (202, "undoing")
    run_jobs(app)
    assert call("GET", place).json["state"] == "undone"
    assert call("GET", f"{place}/undo").json["records"] == [record]
    assert store.scalars(select(Project)).one().state is ProjectState.WITHDRAWN
    assert call("POST", f"{place}/undo").status_code == 409


def test_nobody_takes_back_the_import_of_another_or_without_the_right(program, client, app):
    call = program()
    place = send(call, client, LINES).headers["Location"].removeprefix("/api/v1")
    assert call("POST", f"{place}/undo").status_code == 409, "it has not ended"
    run_jobs(app)
    assert program()("POST", f"{place}/undo").status_code == 404
    assert program(Role.VIEWER)("POST", f"{place}/undo").status_code == 403
    assert program(Role.COORDINATOR)("POST", f"{place}/undo").status_code == 403
    assert program(Role.COORDINATOR)("GET", f"{place}/undo").status_code == 409


def test_the_iati_file_holds_what_is_public_and_nothing_else(program, store):
    ours = make_organisation(store, "Reporting Agency", ref="XM-DAC-99001")
    public = make_project(store, organisation=ours, visibility=Visibility.PUBLIC)
    make_project(store, organisation=ours, visibility=Visibility.REGISTERED)
    elsewhere = make_project(store, visibility=Visibility.PUBLIC)
    store.commit()
    call = program(organisation=ours)
    answer = call("GET", "/iati")
    assert answer.status_code == 200
    assert answer.mimetype == "application/xml"
    titles = _titles(answer.data)
    assert titles == {public.title, elsewhere.title}
    assert _titles(call("GET", f"/iati?organisation={ours.code}").data) == {public.title}


def _titles(data: bytes) -> set[str]:
    tree = etree.parse(BytesIO(data), etree.XMLParser(resolve_entities=False))
    return set(tree.xpath("//iati-activity/title/narrative/text()"))
