"""Children of the scripts: none outlives its script, whatever ends it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import _processes
import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"

# A script whose child has a child of its own; it prints both numbers and waits.
PARENT = """
import os, sys
from _processes import child, guarded
CHILD = '''
import os, signal, subprocess, sys, time
{child_begins}
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), grandchild.pid, flush=True)
time.sleep(60)
'''
def work():
    with child([sys.executable, "-c", CHILD], env=os.environ, grace=0.5) as process:
        return process.wait()
sys.exit(guarded("parent", work))
"""


def is_running(number: int) -> bool:
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(numbers, seconds=5.0) -> bool:
    patience = time.monotonic() + seconds
    while any(is_running(number) for number in numbers):
        if time.monotonic() > patience:
            return False
        time.sleep(0.02)
    return True


def start_parent(child_begins="pass"):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(child_begins=child_begins)],
        cwd=SCRIPTS,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout as out:
        return parent, [int(number) for number in out.readline().split()]


pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_child_and_grandchild(number):
    parent, family = start_parent()
    parent.send_signal(number)
    assert parent.wait(5) == 128 + number
    assert wait_until_gone(family)


def test_a_child_that_does_not_listen_is_killed_in_time():
    parent, family = start_parent("signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    started = time.monotonic()
    parent.terminate()
    parent.wait(5)
    assert time.monotonic() - started < 2
    assert wait_until_gone(family)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_a_child_ends_even_when_the_script_is_killed():
    parent, (child, grandchild) = start_parent()
    parent.kill()
    parent.wait(5)
    gone = wait_until_gone([child])
    os.kill(grandchild, signal.SIGKILL)  # it was told nothing: a server ends its own workers
    assert gone


def test_a_signal_that_python_swallowed_still_ends_the_work(monkeypatch):
    monkeypatch.setattr(_processes, "_asked", [signal.SIGTERM])
    with pytest.raises(_processes.Ended):
        _processes.call([sys.executable, "-c", "import time; time.sleep(60)"], env=os.environ)
