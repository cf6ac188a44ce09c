"""Requests, what fits them, and offers over the API."""

import pytest

from tacoord.models import Role
from tests.factories import make_organisation, make_project

REQUEST = {
    "country": "KH",
    "title": "Training of labour inspectors",
    "need": "Inspectors meet people who are exploited, and do not recognise them.",
    "pillars": ["PROT"],
    "measures": ["PROT-2"],
    "needed_by": "2030-12-31",
}


@pytest.fixture
def government(program, store):
    return program(Role.FOCAL_POINT, organisation=make_organisation(store, country="KH", type="10"))


def test_a_request_is_sent_read_and_found(government, program):
    sent = government("POST", "/requests", REQUEST)
    assert sent.status_code == 201
    other = program(Role.REPORTER)
    read = other("GET", sent.headers["Location"].removeprefix("/api/v1"))
    assert {name: read.json[name] for name in REQUEST} == REQUEST
    assert len(other("GET", "/requests?country=KH&state=open").json["items"]) == 1
    assert other("GET", "/requests?country=NP").json["items"] == []


def test_every_problem_of_a_request_is_told_at_once(government):
    wrong = {
        **REQUEST,
        "title": "",
        "pillars": ["NOPE"],
        "needed_by": "soon",
        "visibility": "secret",
    }
    answer = government("POST", "/requests", {**wrong, "nonsense": 1})
    assert answer.status_code == 422
    fields = [each["field"] for each in answer.json["errors"]]
    assert sorted(fields) == ["needed_by", "nonsense", "pillars", "title", "visibility"]


def test_every_problem_of_an_offer_is_told_at_once(program):
    wrong = {"text": 7, "pillars": ["NOPE"], "available_from": "soon"}
    answer = program(Role.REPORTER)("POST", "/offers", wrong)
    assert answer.status_code == 422
    fields = [each["field"] for each in answer.json["errors"]]
    assert sorted(fields) == ["available_from", "pillars", "text", "title"]


def test_nobody_asks_for_another_country(government):
    assert government("POST", "/requests", {**REQUEST, "country": "NP"}).status_code in (403, 422)


def test_what_fits_comes_with_its_reasons(government, program, store):
    project = make_project(store)
    store.commit()
    sent = government("POST", "/requests", REQUEST).json
    fits = program()("GET", f"/requests/{sent['id']}/matches").json
    assert [each["id"] for each in fits["projects"]] == [project.public_id]
    assert all(each["reasons"] for each in fits["projects"])


def test_an_offer_answers_a_request_and_is_between_the_two(government, program):
    sent = government("POST", "/requests", REQUEST).json
    helper = program(Role.REPORTER)
    said = {
        "request": sent["id"],
        "title": "Two trainers",
        "text": "In spring.",
        "pillars": ["PROT"],
    }
    made = helper("POST", "/offers", said)
    assert made.status_code == 201
    path = made.headers["Location"].removeprefix("/api/v1")
    assert government("GET", path).json["request"] == sent["id"]
    assert program()("GET", path).status_code == 404
    standing = helper("POST", "/offers", {**said, "request": None})
    assert program()("GET", standing.headers["Location"].removeprefix("/api/v1")).status_code == 200


def test_an_offer_to_a_request_that_nobody_knows_is_not_made(program):
    said = {"request": "aaaaaaaaaaaaaaaa", "title": "Two trainers", "text": "Soon."}
    assert program()("POST", "/offers", said).status_code == 404
