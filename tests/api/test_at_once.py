"""Two calls at the same moment with one Idempotency-Key: done once, and both hear the same."""

import json
import threading
import urllib.request

import pytest
from sqlalchemy import func, select

from tacoord.models import KeptAnswer, Project
from tests.support.live import served

BODY = json.dumps(
    {"title": {"en": "Hotline for seafarers"}, "countries": [{"code": "PH"}]}
).encode()
CALLS = 4


@pytest.mark.parametrize("attempt", range(3))
def test_calls_with_one_key_at_once_register_one_project(app, program, store, attempt):
    secret = program().secret
    answers: list[tuple[int, str]] = []
    ready = threading.Barrier(CALLS)

    def send(address: str) -> None:
        asked = urllib.request.Request(
            f"{address}/api/v1/projects",
            data=BODY,
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": f"key {attempt}"},
        )
        ready.wait()
        with urllib.request.urlopen(asked, timeout=30) as answer:
            answers.append((answer.status, json.load(answer)["id"]))

    with served(app) as address:
        threads = [threading.Thread(target=send, args=(address,)) for _ in range(CALLS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == CALLS
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert store.scalar(select(func.count()).select_from(Project)) == 1
    assert store.scalar(select(func.count()).select_from(KeptAnswer)) == 1
