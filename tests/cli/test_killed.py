"""kill -9 in the middle: what was acknowledged is there, and who comes after completes the work, nothing twice."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tacoord.cli import run
from tacoord.models import (
    ImportJob,
    ImportState,
    Overlap,
    Project,
    ProjectState,
    Role,
    TokenScope,
    utcnow,
)
from tacoord.services.accounts.accounts import make_token
from tacoord.services.exchange.import_runs import run_waiting
from tests.cli.killed_command import ROOT, killed_at_commit
from tests.factories import make_organisation, make_user
from tests.services.exchanging import activity, file_of, steps_on
from tests.services.pairs import a_project

PATIENCE = 90


def count(engine: Engine, *wanted: object) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count(Project.id)).where(*wanted)) or 0  # type: ignore[arg-type]


@pytest.mark.parametrize("commit", [1, 2])
def test_a_sweep_that_is_killed_is_completed_by_the_next_and_no_pair_comes_twice(
    engine: Engine, commit: int
) -> None:
    with Session(engine) as session:
        for number in range(4):
            a_project(session, make_organisation(session, f"Bureau {number}"))
        session.commit()
    killed_at_commit(commit, "overlaps", "sweep")
    for _ in range(2):
        assert run(["overlaps", "sweep"]) == 0
        with Session(engine) as session:
            pairs = session.execute(select(Overlap.first_id, Overlap.second_id)).all()
        assert len(pairs) == len(set(pairs)) == 6, "each of four with each other"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Sixty activities: three steps of an import."""
    made = tmp_path / "activities.xml"
    made.write_bytes(file_of(activity(number) for number in range(60)))
    return made


def test_an_import_by_command_that_is_killed_keeps_whole_steps_and_a_second_one_completes_it(
    engine: Engine, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ("iati", "import", str(file), "--as", "SECRETARIAT")
    killed_at_commit(4, *command)
    assert count(engine) == 25, "the step in hand is undone"
    assert run(list(command)) == 0
    assert "35 registered, 0 updated, 25 unchanged, 0 refused" in capsys.readouterr().out
    assert count(engine) == 60
    with Session(engine) as session:
        for _ in range(2):
            run_waiting(
                session,
                steps_for=lambda keep: steps_on(session, keep=keep),
                max_bytes=1 << 20,
                now=utcnow() + timedelta(minutes=5),
            )
        states = session.scalars(select(ImportJob.state).order_by(ImportJob.id)).all()
    assert states == [ImportState.FAILED, ImportState.DONE], "the dead one says that it is dead"


def test_an_import_that_is_killed_while_it_is_taken_back_is_taken_back_by_the_next(
    engine: Engine, file: Path
) -> None:
    assert run(["iati", "import", str(file), "--as", "SECRETARIAT"]) == 0
    with Session(engine) as session:
        id = session.scalars(select(ImportJob.public_id)).one()
    killed_at_commit(3, "imports", "undo", id, "--yes")
    withdrawn = Project.state == ProjectState.WITHDRAWN
    assert count(engine, withdrawn) == 25
    with Session(engine) as session:
        run_waiting(
            session,
            steps_for=lambda keep: steps_on(session, keep=keep),
            max_bytes=1 << 20,
            now=utcnow() + timedelta(minutes=5),
        )
        assert session.scalars(select(ImportJob.state)).one() is ImportState.UNDONE
    assert count(engine, withdrawn) == 60


def test_what_a_killed_server_had_acknowledged_is_registered(engine: Engine) -> None:
    with Session(engine) as session:
        user = make_user(session, Role.REPORTER)
        _, secret = make_token(session, user, name="tests", scopes=TokenScope, by=user)
        session.commit()
    port, acknowledged = free_port(), list[str]()
    serve = [sys.executable, "-m", "tacoord.cli", "serve", "--port", str(port), "--workers", "1"]
    server = subprocess.Popen(serve, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: post(port, secret) is not None)
        writer = threading.Thread(target=lambda: keep_posting(port, secret, acknowledged))
        writer.start()
        wait_until(lambda: len(acknowledged) >= 4)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    writer.join(PATIENCE)
    with Session(engine) as session:
        kept = set(session.scalars(select(Project.public_id)))
    assert set(acknowledged) <= kept
    assert len(kept) <= len(acknowledged) + 2, "the first one, and one that nobody heard of"


def free_port() -> int:
    """A port of this machine that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def post(port: int, secret: str) -> str | None:
    """Register a project; its id, None where nobody answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(
            "POST",
            "/api/v1/projects",
            json.dumps({"title": {"en": "Shelter"}, "countries": ["KH"]}),
            {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        return str(json.load(answer)["id"]) if answer.status == 201 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def keep_posting(port: int, secret: str, acknowledged: list[str]) -> None:
    """Register one after the other until nobody answers."""
    while (id := post(port, secret)) is not None:
        acknowledged.append(id)


def wait_until(condition: object) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
