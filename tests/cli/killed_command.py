"""A command in a process of its own, which is killed without a word just before it would commit for the n-th time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from tacoord.cli import run

ROOT = Path(__file__).resolve().parents[2]


def killed_at_commit(number: int, *command: str) -> None:
    """Run the command with the settings of the environment; it must die at that commit."""
    worker = [sys.executable, "-m", "tests.cli.killed_command", str(number), *command]
    died = subprocess.run(worker, cwd=ROOT, check=False, capture_output=True, timeout=120)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()


def main(number: int, command: list[str]) -> None:
    """Die at the n-th commit of a transaction that was announced to write."""
    left = number

    def count(connection: Connection) -> None:
        nonlocal left
        left -= bool(connection.get_execution_options().get("writes"))
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "commit", count)
    sys.exit(run(command))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
