"""`scripts/lock`: the exact versions and hashes of all packages, for every platform at once."""

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from _environment import Lock, make_environment, pip
from _processes import ROOT, Stop, clean_environment, guarded

OLDEST_PYTHON = "3.11"
OPTIONS = ("--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet")
HEADER = "# Made by scripts/lock from pyproject.toml; do not edit by hand.\n"


def main() -> int:
    """Read the command line and lock."""
    parser = argparse.ArgumentParser(prog="scripts/lock", description="Write the lock files anew.")
    parser.add_argument(
        "--upgrade", action="store_true", help="take the newest versions that the ranges allow"
    )
    upgrade: bool = parser.parse_args().upgrade
    return guarded("scripts/lock", lambda: lock(upgrade=upgrade))


def lock(*, upgrade: bool) -> int:
    """Write both lock files; the one for development keeps to the versions of the other."""
    with tempfile.TemporaryDirectory(prefix="tacoord-lock-") as folder:
        uv = find_uv(Path(folder))
        more = ["--upgrade"] if upgrade else []
        write(uv, Lock.RUN, ["--group", "build", *more])
        write(uv, Lock.DEVELOP, ["--group", "dev", "--constraint", Lock.RUN, *more])
    return 0


def find_uv(folder: Path) -> Path:
    """The program uv: of the machine, else fetched into `folder` for this once."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    python = make_environment(folder / "uv")
    pip(python, "uv")
    return python.with_name("uv")


def write(uv: Path, target: Lock, options: Sequence[str]) -> None:
    """Resolve the dependencies into one lock file. Raises Stop where they do not fit together."""
    command = [str(uv), "pip", "compile", "pyproject.toml", "--python-version", OLDEST_PYTHON]
    command += [*OPTIONS, *options, "--output-file", target]
    if subprocess.run(command, cwd=ROOT, env=clean_environment()).returncode:
        raise Stop(f"{target} could not be written; uv's own words stand above")
    file = ROOT / target
    file.write_text(HEADER + file.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"{target} is written", flush=True)
