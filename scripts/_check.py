"""`scripts/check`: style, types, import contracts and the guards of the house, all told at once."""

import time
from pathlib import Path

from _environment import VENV, Lock, install
from _guards import problems, tracked_files
from _processes import ROOT, call, clean_environment, guarded

TOOLS = {
    "ruff check": ("ruff", "check", "--quiet"),
    "ruff format": ("ruff", "format", "--check", "--quiet"),
    "mypy": ("mypy", "--no-error-summary"),
    "import contracts": ("lint-imports", "--no-logo"),
    "risky code": ("bandit", "-q", "-ll", "-r", "tacoord", "scripts", "-c", "pyproject.toml"),
}

# Passwords of tests and examples are words, and found by their names alone; keys and tokens are found by their look.
SECRETS = (
    "detect-secrets-hook",
    "--disable-plugin", "KeywordDetector",
    "--disable-plugin", "BasicAuthDetector",
)  # fmt: skip
_FULL_OF_HASHES = frozenset({".lock", ".svg", ".csv"})


def main() -> int:
    """Run every check, also after one failed; 0 where all is well, else 1."""
    return guarded("scripts/check", check)


def check() -> int:
    """Install the tools, run each check, and say which failed."""
    install(Lock.DEVELOP)
    tools = TOOLS | {"secrets": SECRETS + searched(ROOT)}
    failed = [name for name, command in tools.items() if not passes(name, command)]
    found = problems(ROOT)
    for line in found:
        print(line, flush=True)
    if found:
        failed.append("guards")
    print(f"scripts/check: {'failed: ' + ', '.join(failed) if failed else 'all is well'}")
    return 1 if failed else 0


def searched(root: Path) -> tuple[str, ...]:
    """The files in which a secret could stand; not those that are full of hashes and drawings."""
    return tuple(str(file) for file in tracked_files(root) if file.suffix not in _FULL_OF_HASHES)


def passes(name: str, command: tuple[str, ...]) -> bool:
    """Run one tool of the environment; its own words go to the terminal."""
    started = time.monotonic()
    program, *options = command
    good = call([VENV / "bin" / program, *options], env=clean_environment()) == 0
    seconds = time.monotonic() - started
    print(f"{name}: {'good' if good else 'FAILED'} ({seconds:.0f} s)", flush=True)
    return good
