"""Overlaps over the API: list, read, judge; nobody judges twice, or what is their own, or what they may not see."""

import pytest

from tacoord.models import Decision, Role
from tacoord.services.overlaps.overlaps import flag_overlaps
from tests.factories import make_organisation
from tests.services.pairs import a_draft, a_project


@pytest.fixture
def pair(store):
    """A flagged pair of two organisations; public id and both owners."""
    owners = [make_organisation(store, name) for name in ("Alder Fund", "Birch Society")]
    for owner in owners:
        flagged = flag_overlaps(store, a_project(store, owner, a_draft()))
    store.commit()
    return flagged[0].public_id, owners


def test_a_reviewer_finds_reads_and_judges(program, pair, store):
    public_id, _ = pair
    call = program(Role.REVIEWER)
    listed = call("GET", "/overlaps?country=KH&min_score=0.1&sort=score").json["items"]
    assert [each["id"] for each in listed] == [public_id]
    read = call("GET", f"/overlaps/{public_id}")
    assert read.json["verdict"] == "open"
    assert all(piece["sentence"] for piece in read.json["evidence"])
    assert "alike enough that they may be one activity" in read.json["kind_reason"]
    said = {"verdict": "same_activity", "note": "One grant."}
    done = call("POST", f"/overlaps/{public_id}/decision", said, If_Match=read.headers["ETag"])
    assert done.status_code == 200
    assert done.json["verdict"] == "same_activity"
    assert [each["note"] for each in done.json["decisions"]] == ["One grant."]
    assert call("GET", "/overlaps").json["items"] == []
    assert len(call("GET", "/overlaps?stand=decided").json["items"]) == 1


def test_a_second_verdict_is_a_conflict(program, pair, store):
    public_id, _ = pair
    said = {"verdict": "same_activity"}
    assert (
        program(Role.REVIEWER)("POST", f"/overlaps/{public_id}/decision", said).status_code == 200
    )
    second = program(Role.REVIEWER)("POST", f"/overlaps/{public_id}/decision", said)
    assert (second.status_code, second.mimetype) == (409, "application/problem+json")
    assert len(store.query(Decision).all()) == 1


def test_an_old_etag_judges_nothing(program, pair):
    call = program(Role.REVIEWER)
    said = {"verdict": "unrelated"}
    answer = call("POST", f"/overlaps/{pair[0]}/decision", said, If_Match='"before"')
    assert answer.status_code == 412
    assert call("GET", f"/overlaps/{pair[0]}").json["verdict"] == "open"


def test_nobody_judges_a_pair_of_the_own_organisation(program, pair):
    public_id, owners = pair
    call = program(Role.REVIEWER, organisation=owners[0])
    answer = call("POST", f"/overlaps/{public_id}/decision", {"verdict": "unrelated"})
    assert answer.status_code == 403
    assert "somebody else must decide" in answer.json["detail"]


@pytest.mark.parametrize(
    "body", [{}, {"verdict": "open"}, {"verdict": "maybe"}, {"verdict": 3}, []]
)
def test_what_is_no_verdict_is_refused(program, pair, body):
    answer = program(Role.REVIEWER)("POST", f"/overlaps/{pair[0]}/decision", body)
    assert answer.status_code == 422


def test_a_key_judges_once(program, pair, store):
    call = program(Role.REVIEWER)
    said = {"verdict": "unrelated"}
    answers = [
        call("POST", f"/overlaps/{pair[0]}/decision", said, Idempotency_Key="k") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json


@pytest.mark.parametrize("query", ["kind=same", "stand=all&sort=best", "limit=0"])
def test_a_filter_that_does_not_exist_is_a_problem(program, query):
    assert program()("GET", f"/overlaps?{query}").status_code == 422
