"""Child processes that live and end together with their parent."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import Final, Self

import click

GRACE_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.1
LONGEST_WAIT: Final = 30.0
STEADY_SECONDS: Final = 60.0
_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG: Final = 1


class _Child:
    """One process, and what it takes to start it again."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self.failures = 0
        self.started = 0.0
        self.process = self._start()

    def start_again(self) -> None:
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self.started = time.monotonic()
        # A session of its own: a Ctrl-C in the terminal reaches us alone, and we tell the children in order.
        return subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )


class Family:
    """Starts children, watches them, and ends all of them, with theirs, when the block is left."""

    def __init__(self) -> None:
        self._children: dict[str, _Child] = {}
        self._asked = False

    def __enter__(self) -> Self:
        for number in _ENDINGS:
            signal.signal(number, self._ask)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        processes = [child.process for child in self._children.values()]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        patience = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < patience and any(each.poll() is None for each in processes):
            time.sleep(0.02)
        for process in processes:
            _kill_all_of(process)

    def start(self, name: str, command: Sequence[str]) -> datetime:
        """Start a child; gives the moment just before."""
        before = datetime.now(UTC)
        if not self._asked:
            self._children[name] = _Child(command)
        return before

    def watch(self, *, restart: str) -> int:
        """Wait until we are asked to end (0) or a child ends (1); `restart` is a child that is started again."""
        while not self._asked:
            for name, child in self._children.items():
                if child.process.poll() is None:
                    continue
                status = child.process.returncode
                if name != restart:
                    click.echo(f"tacoord: {name} ended by itself (status {status})", err=True)
                    return 1
                click.echo(f"tacoord: {name} ended (status {status}) and starts again", err=True)
                self._start_again(child)
            time.sleep(LOOK_SECONDS)
        return 0

    def _start_again(self, child: _Child) -> None:
        """After a rest that doubles, unless the child had lived for a while."""
        _kill_all_of(child.process)
        lived = time.monotonic() - child.started
        child.failures = 0 if lived > STEADY_SECONDS else child.failures + 1
        patience = time.monotonic() + min(LONGEST_WAIT, 2.0 ** (child.failures - 1))
        while child.failures and not self._asked and time.monotonic() < patience:
            time.sleep(LOOK_SECONDS)
        if not self._asked:
            child.start_again()

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True


def _kill_all_of(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a child and of the processes that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end_with_parent() -> None:
    """In the child: be told to end when the parent is killed and can tell nobody (Linux only)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
