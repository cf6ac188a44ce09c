"""`scripts/test`: the whole suite, and in its last lines what was left out and why."""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from _environment import PYTHON, Lock, install
from _processes import call, clean_environment, guarded

MOST_WORKERS = 4
STOP_SECONDS = 30


def main() -> int:
    """Run pytest with our own arguments; answers its exit status."""
    return guarded("scripts/test", lambda: test(sys.argv[1:]))


def test(arguments: Sequence[str]) -> int:
    """Install what is needed and run the suite; SIGINT lets pytest drop its databases."""
    install(Lock.DEVELOP)
    with tempfile.TemporaryDirectory(prefix="tacoord-test-") as folder:
        report = Path(folder) / "left_out.json"
        command = [PYTHON, "-m", "pytest", *workers(arguments), *arguments]
        status = call(
            command,
            env=test_environment(clean_environment(), report),
            stop_with=signal.SIGINT,
            grace=STOP_SECONDS,
        )
        for line in left_out_lines(report):
            print(line, flush=True)
    return status


def test_environment(environ: Mapping[str, str], report: Path) -> dict[str, str]:
    """The environment of the tests: no setting of an installation reaches them."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("TACOORD_") or name.startswith("TACOORD_TEST_")
    }
    own = {"TACOORD_TEST_CLUSTER": "1", "TACOORD_TEST_REPORT": str(report)}
    return {**kept, **own}


def workers(arguments: Sequence[str]) -> list[str]:
    """How many processes share the work: one a core, unless the arguments say otherwise."""
    said = any(each.startswith(("-n", "--numprocesses", "--pdb", "-s")) for each in arguments)
    cores = min(MOST_WORKERS, os.cpu_count() or 1)
    return [] if said or cores == 1 else ["-n", str(cores)]


def left_out_lines(report: Path) -> list[str]:
    """The closing lines: nothing was left out, or how many tests for want of what."""
    try:
        counts: dict[str, int] = json.loads(report.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return ["Left out: unknown, because the suite did not come to its end."]
    if not counts:
        return ["Left out: nothing."]
    return [f"Left out: {number} tests: {reason}" for reason, number in sorted(counts.items())]
