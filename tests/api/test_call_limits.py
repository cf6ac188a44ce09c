"""How many calls a minute one token, and one place, may make, over all processes."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from tacoord.app import create_app
from tacoord.config import Settings
from tacoord.extensions import db
from tacoord.models import CallCount
from tacoord.services.accounts.call_limits import MOST_KEPT, Calls, drop_old_counts

MOST = 12
NOW = datetime(2026, 3, 9, 9, 30, 15, tzinfo=UTC)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, api_calls_a_minute=MOST)


@pytest.fixture(autouse=True)
def standing_minute(monkeypatch):
    """No minute ends in the middle of a test."""
    monkeypatch.setattr("tacoord.api.tokens.utcnow", lambda: NOW)


def test_with_one_token_only_so_many_calls_are_answered_and_others_go_on(program):
    call, other = program(), program()
    answers = [call("GET", "/groups") for _ in range(MOST + 2)]
    assert [answer.status_code for answer in answers] == [200] * MOST + [429] * 2
    assert answers[-1].headers["Retry-After"] == "45"
    assert answers[-1].mimetype == "application/problem+json"
    assert other("GET", "/groups").status_code == 200


def test_calls_that_write_or_fail_count_too(program):
    call = program()
    statuses = [call("POST", "/projects", {}).status_code for _ in range(MOST + 1)]
    assert statuses == [422] * MOST + [429]


def test_calls_without_a_token_count_for_their_place(client):
    answers = [client.get("/api/v1/groups").status_code for _ in range(5 * MOST + 1)]
    assert answers == [401] * (5 * MOST) + [429]
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert client.get("/api/v1/groups", environ_base=elsewhere).status_code == 401


def test_several_processes_count_together(program, settings):
    call = program()
    more = [create_app(settings) for _ in range(3)]
    clients = [call.client, *(app.test_client() for app in more)]
    headers = {"Authorization": f"Bearer {call.secret}"}
    statuses = Counter(
        clients[number % 4].get("/api/v1/groups", headers=headers).status_code
        for number in range(3 * MOST)
    )
    for app in more:
        with app.app_context():
            db.engine.dispose()
    # Each process adds what it counted before it looks: none can be further behind than one call.
    assert MOST <= statuses[200] <= MOST + 3
    assert statuses[429] == 3 * MOST - statuses[200]


def test_a_new_minute_begins_anew_and_what_is_over_is_deleted(program, store, monkeypatch):
    call = program()
    for _ in range(MOST):
        call("GET", "/groups")
    assert call("GET", "/groups").status_code == 429
    monkeypatch.setattr("tacoord.api.tokens.utcnow", lambda: NOW + timedelta(minutes=1))
    assert call("GET", "/groups").status_code == 200
    assert drop_old_counts(store, now=NOW + timedelta(minutes=3)) == 2
    store.execute(delete(CallCount))
    store.commit()


def test_few_calls_cost_the_database_anything():
    added: list[int] = []

    def add(_key: str, _minute: int, calls: int) -> int:
        added.append(calls)
        return sum(added)

    calls = Calls(600)
    waits = [calls.of_token("t", now=NOW, add=add) for _ in range(700)]
    assert waits == [None] * 600 + [45] * 100
    assert len(added) == 30


def test_where_the_count_of_all_is_not_known_the_own_one_holds():
    calls = Calls(MOST)
    waits = [calls.of_token("t", now=NOW, add=lambda *_: None) for _ in range(MOST + 1)]
    assert waits == [None] * MOST + [45]


def test_made_up_places_do_not_fill_the_memory():
    calls = Calls(1)
    for number in range(MOST_KEPT + 2):
        calls.of_place(
            f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", now=NOW, add=lambda *_: 1
        )
    assert len(calls._counts) <= MOST_KEPT


def test_nothing_is_counted_where_there_is_no_limit():
    calls = Calls(0)
    assert calls.of_token("t", now=NOW, add=lambda *_: pytest.fail("counted")) is None
