"""`tacoord serve --with-jobs`: two processes that begin in order and end together."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.databases import SqliteDatabases
from tests.support.memory import new_folder
from tests.support.template import fill_template

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60


@pytest.fixture(scope="module")
def database():
    made = SqliteDatabases(new_folder("served"), fill_template)
    yield made.copy()
    made.drop_all()


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(database, port, tmp_path, *more):
    env = {name: value for name, value in os.environ.items() if not name.startswith("TACOORD_")}
    env |= {
        "TACOORD_HOME": str(tmp_path),
        "TACOORD_DATABASE_URL": database,
        "TACOORD_SECRET_KEY": "only for tests " * 3,
        "TACOORD_BASE_URL": f"http://127.0.0.1:{port}",
    }
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tacoord.cli",
            "serve",
            "--port",
            str(port),
            "--workers",
            "1",
            *more,
        ],
        cwd=ROOT,
        env=env,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def answer(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def descendants(pid):
    """The processes that descend from `pid`: pid and command line."""
    parents, names = {}, {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
            names[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
    found, waiting = {}, [pid]
    while waiting:
        above = waiting.pop()
        for child in (each for each, parent in parents.items() if parent == above):
            found[child] = names.get(child, "")
            waiting.append(child)
    return found


def is_alive(pid):
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_web_answers_after_the_first_heartbeat_and_all_end_at_a_signal(
    database, port, tmp_path, number
):
    with served(database, port, tmp_path, "--with-jobs") as process:
        wait_for(lambda: answer(port, "/healthz") == 200)
        assert answer(port, "/readyz") == 200
        family = descendants(process.pid)
        assert any("jobs run" in name for name in family.values())
        assert sum("cli.gunicorn" in name for name in family.values()) == 2
        process.send_signal(number)
        assert process.wait(20) == 0
        wait_for(lambda: not any(map(is_alive, family)))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_a_dead_jobs_process_is_started_again_and_a_dead_web_ends_all(database, port, tmp_path):
    with served(database, port, tmp_path, "--with-jobs") as process:
        wait_for(lambda: answer(port, "/healthz") == 200)
        first = next(p for p, name in descendants(process.pid).items() if "jobs run" in name)
        os.kill(first, signal.SIGKILL)
        wait_for(
            lambda: any("jobs run" in n and p != first for p, n in descendants(process.pid).items())
        )
        assert answer(port, "/healthz") == 200
        family = descendants(process.pid)
        arbiter = min(pid for pid, name in family.items() if "cli.gunicorn" in name)
        os.kill(arbiter, signal.SIGKILL)
        assert process.wait(10) == 1
        wait_for(lambda: not any(map(is_alive, family)))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_nobody_is_left_when_the_parent_is_killed(database, port, tmp_path):
    with served(database, port, tmp_path, "--with-jobs") as process:
        wait_for(lambda: answer(port, "/healthz") == 200)
        family = descendants(process.pid)
        process.kill()
        process.wait()
        wait_for(lambda: not any(map(is_alive, family)))


def test_a_taken_port_is_one_line_and_status_2(database, port, tmp_path):
    with (
        socket.create_server(("127.0.0.1", port)),
        served(database, port, tmp_path, "--with-jobs") as process,
    ):
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert said.strip().splitlines() == [
        f"tacoord: cannot listen at 127.0.0.1 port {port}: Address already in use"
    ]


def test_the_web_alone_answers_and_ends(database, port, tmp_path):
    with served(database, port, tmp_path) as process:
        wait_for(lambda: answer(port, "/healthz") == 200)
        process.terminate()
        assert process.wait(10) == 0


@pytest.mark.parametrize("more", [(), ("--with-jobs",)])
def test_without_a_database_nothing_is_started_and_one_line_says_why(port, tmp_path, more):
    away = f"sqlite:///{tmp_path / 'nowhere' / 'a.sqlite'}"
    with served(away, port, tmp_path, *more) as process:
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert len(said.strip().splitlines()) == 1
    assert "its file cannot be opened" in said


def test_it_ends_within_two_seconds_when_nobody_is_at_work(database, port, tmp_path):
    with served(database, port, tmp_path, "--with-jobs") as process:
        wait_for(lambda: answer(port, "/readyz") == 200)
        began = time.monotonic()
        process.terminate()
        assert process.wait(10) == 0
        # Two seconds are the promise; a machine that does much else besides gets some more.
        assert time.monotonic() - began < (2 if os.getloadavg()[0] < os.cpu_count() else 5)
