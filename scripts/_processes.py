"""Children that end with us: started in a group of their own, and stopped as a whole group."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
GRACE_SECONDS = 1.8  # `tacoord serve` needs up to 1.5 to end its own children
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
_asked: list[int] = []  # the signals that came

Command = Sequence[object]
Output = IO[Any] | int | None


class Stop(Exception):
    """Work cannot go on; the message is one line for who started the script."""


class Ended(BaseException):
    """A signal asks us to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def guarded(name: str, work: Callable[[], int]) -> int:
    """Do `work` and answer its exit status; what stops it becomes one line and status 2.

    SIGINT, SIGTERM and SIGHUP end the work, children first; the status is then 128 + the signal.
    """
    for number in ENDINGS:
        signal.signal(number, _end)
    try:
        return work()
    except Stop as reason:
        print(f"{name}: {reason}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        print(f"{name}: cannot go on:{where} {error.strerror or error}", file=sys.stderr)
        return 2
    except Ended as signalled:
        return 128 + signalled.number


def _end(number: int, _frame: object) -> None:
    _asked.append(number)
    raise Ended(number)


def _end_if_asked() -> None:
    """Raise what Python may have swallowed: it ignores exceptions in its own callbacks at a fork."""
    if _asked:
        raise Ended(_asked[0])


@contextmanager
def child(
    command: Command,
    *,
    env: Mapping[str, str],
    cwd: Path = ROOT,
    stdout: Output = None,
    stop_with: signal.Signals = signal.SIGTERM,
    grace: float = GRACE_SECONDS,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program; when the block is left, whatever of it still runs is stopped.

    stop_with: the signal that asks the program to end; grace: seconds until its group is killed.
    """
    process = subprocess.Popen(
        [str(part) for part in command],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )
    try:
        _end_if_asked()
        yield process
    finally:
        _stop(process, stop_with, grace)


def call(command: Command, *, env: Mapping[str, str], **options: Any) -> int:
    """Run a program to its end and answer its exit status."""
    with child(command, env=env, **options) as process:
        return process.wait()


def clean_environment() -> dict[str, str]:
    """Our environment without what would let other packages than the locked ones in."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
    unwanted.add("PYTHONDONTWRITEBYTECODE")  # each start would take seconds longer
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def _stop(process: subprocess.Popen[bytes], stop_with: signal.Signals, grace: float) -> None:
    """Ask the program to end, wait, and kill what is left of its group."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDINGS}
    try:
        if process.poll() is None:
            process.send_signal(stop_with)
            with suppress(subprocess.TimeoutExpired):
                process.wait(grace)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _die_with_parent() -> None:
    """In the child: be told to end when we are killed and can tell nobody (Linux only)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
