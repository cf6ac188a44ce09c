"""Projects over the API: register, read, change, withdraw, look-alikes."""

from functools import partial

import pytest
from sqlalchemy import func, select

from tacoord.models import Project, Visibility
from tests.factories import make_project

PROJECT = {
    "title": {"en": "Training of labour inspectors in brick kilns"},
    "description": {"en": "Inspectors learn to recognise debt bondage in brick kilns."},
    "countries": [{"code": "NP", "percentage": 100}],
    "pillars": ["PROT"],
    "measures": ["PROT-2"],
    "participating_orgs": [{"name": "Kiln Workers Network", "role": "4"}],
    "start": "2026-01-01",
    "end": "2028-12-31",
    "budget": [{"amount": 250000, "currency": "EUR"}],
    "visibility": "public",
}


def count(store) -> int:
    return store.scalar(select(func.count()).select_from(Project))


def test_what_is_registered_is_read_again(program):
    call = program()
    made = call("POST", "/projects", PROJECT)
    assert made.status_code == 201
    read = call("GET", made.headers["Location"].removeprefix("/api/v1"))
    assert read.json == made.json
    assert read.json["title"] == PROJECT["title"]
    assert read.json["budget"][0]["amount"] == 250000
    assert read.headers["ETag"] == made.headers["ETag"]


def test_every_problem_is_told_at_its_field(program, store):
    wrong = {**PROJECT, "countries": [{"code": "QQ"}], "end": "2020-01-01", "title": {}}
    answer = program()("POST", "/projects", wrong)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    fields = {each["field"] for each in answer.json["errors"]}
    assert {"title", "countries.0.code"} <= fields
    assert any("end" in field for field in fields)
    assert count(store) == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"title": 3}'])
def test_a_body_that_is_no_project_is_refused_with_a_problem(program, client, body):
    call = program()
    answer = client.post(
        "/api/v1/projects", data=body, headers={"Authorization": f"Bearer {call.secret}"}
    )
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_without_a_token_or_with_a_wrong_one_nothing_is_told(client):
    for headers in ({}, {"Authorization": "Bearer tac_wrong"}, {"Authorization": "Basic eA=="}):
        answer = client.get("/api/v1/projects", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.mimetype == "application/problem+json"


def test_a_change_needs_the_etag_of_the_record_as_it_is(program):
    call = program()
    made = call("POST", "/projects", PROJECT)
    path = f"/projects/{made.json['id']}"
    changed = {**PROJECT, "title": {"en": "Another title"}}
    assert call("PUT", path, changed).status_code == 428
    assert call("PUT", path, changed, If_Match='"old"').status_code == 412
    done = call("PUT", path, changed, If_Match=made.headers["ETag"])
    assert done.status_code == 200
    assert done.json["title"] == {"en": "Another title"}
    assert call("PUT", path, PROJECT, If_Match=made.headers["ETag"]).status_code == 412


def test_an_unchanged_record_is_not_sent_again(program):
    call = program()
    made = call("POST", "/projects", PROJECT)
    path = f"/projects/{made.json['id']}"
    assert call("GET", path, If_None_Match=made.headers["ETag"]).status_code == 304


def test_the_same_key_registers_once(program, store):
    call = program()
    first = call("POST", "/projects", PROJECT, Idempotency_Key="k1")
    again = call("POST", "/projects", PROJECT, Idempotency_Key="k1")
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count(store) == 1
    other = call("POST", "/projects", {**PROJECT, "status": "2"}, Idempotency_Key="k1")
    assert other.status_code == 422


def test_keys_of_two_users_do_not_meet(program, store):
    for _ in range(2):
        assert program()("POST", "/projects", PROJECT, Idempotency_Key="k").status_code == 201
    assert count(store) == 2


def test_pages_run_through_everything_once(program, store):
    for _ in range(5):
        make_project(store)
    store.commit()
    call, seen, cursor = program(), [], ""
    while cursor is not None:
        page = call("GET", f"/projects?limit=2&cursor={cursor}").json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("limit", ["0", "-1", "x", "100000"])
def test_a_wrong_limit_is_a_problem(program, limit):
    assert program()("GET", f"/projects?limit={limit}").status_code == 422


def test_a_hidden_project_is_not_there(program, store):
    hidden = make_project(store, visibility=Visibility.ORGANISATION)
    store.commit()
    call = program()
    for path in (f"/projects/{hidden.public_id}", f"/projects/{hidden.public_id}/overlaps"):
        assert call("GET", path).status_code == 404
    assert call("GET", "/projects").json["items"] == []


def test_nobody_changes_the_record_of_another(program):
    made = program()("POST", "/projects", PROJECT)
    other = program()
    seen = other("GET", f"/projects/{made.json['id']}")
    answer = other("PUT", f"/projects/{made.json['id']}", PROJECT, If_Match=seen.headers["ETag"])
    assert answer.status_code == 403


def test_a_withdrawn_record_leaves_the_list(program):
    call = program()
    made = call("POST", "/projects", PROJECT)
    path = f"/projects/{made.json['id']}"
    assert call("DELETE", path, If_Match=made.headers["ETag"]).status_code == 204
    assert call("GET", "/projects").json["items"] == []


def test_look_alikes_are_told_and_nothing_is_stored(program, store):
    made = program()("POST", "/projects", PROJECT)
    found = program()("POST", "/similar", {**PROJECT, "iati_identifier": None})
    assert found.status_code == 200
    assert found.json["items"][0]["project"]["id"] == made.json["id"]
    assert found.json["items"][0]["evidence"]
    assert count(store) == 1


def test_look_alikes_are_asked_for_by_a_part_of_a_record_and_never_by_a_wrong_one(program):
    ask = partial(program(), "POST", "/similar")
    assert ask({"title": {"en": "Hotline"}}).status_code == 200
    assert ask({**PROJECT, "iati_identifier": "XX-77-1"}).status_code == 200
    wrong = {
        "title": {"en": "x" * 2000},
        "budget": [{"amount": -1, "currency": "USD"}],
        "planned_start": "1850-01-01",
        "countries": [{"code": "QQ"}],
    }
    refused = ask(wrong)
    assert refused.status_code == 422
    assert {each["field"].partition(".")[0] for each in refused.json["errors"]} == set(wrong)
    # Blanks around a value are nothing wrong, whether or not another value can be read.
    blanks = {"contact": {"email": " focal@demo.example "}, "website": " https://demo.example "}
    assert ask({"title": {"en": "Hotline"}, **blanks}).status_code == 200
    told = ask({"planned_start": "next year", **blanks}).json["errors"]
    assert [each["field"] for each in told] == ["planned_start"]


def test_what_cannot_be_read_hides_no_other_problem(program, store):
    make_project(store, organisation=(call := program()).user.organisation, iati_identifier="ZZ-1")
    store.commit()
    wrong = {
        **PROJECT,
        "title": {},
        "start": "next year",
        "countries": [{"code": "QQ", "percentage": "half"}],
        "budget": [{"amount": -1, "currency": "euro", "start": "soon"}],
        "iati_identifier": "ZZ-1",
        "contact": {"email": "nobody"},
    }
    told = call("POST", "/projects", wrong).json["errors"]
    assert {each["field"] for each in told} == {
        "title",
        "start",
        "countries.0.code",
        "countries.0.percentage",
        "budget.0.amount",
        "budget.0.currency",
        "budget.0.start",
        "iati_identifier",
        "contact.email",
    }


@pytest.mark.parametrize("identifier", ["x y", "ZZ-1/2", "ZZ-1&2", "ZZ-1|2", "ZZ-1?2"])
def test_an_identifier_that_iati_forbids_is_refused(program, identifier):
    answer = program()("POST", "/projects", {**PROJECT, "iati_identifier": identifier})
    assert [each["field"] for each in answer.json["errors"]] == ["iati_identifier"]
