"""The virtual environment `.venv`: made once, filled from a lock file, renewed with it."""

import fcntl
import hashlib
import json
import os
import subprocess
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from _processes import ROOT, Stop, call, clean_environment

TELL_SECONDS = 10
VENV = ROOT / ".venv"
STAMP = VENV / "tacoord-installed.json"
PYTHON = VENV / "bin" / "python"
TACOORD = VENV / "bin" / "tacoord"


class Lock(StrEnum):
    """A lock file: what is needed to run, or that and the tools for tests and checks."""

    RUN = "requirements.lock"
    DEVELOP = "requirements-dev.lock"


def install(lock: Lock) -> None:
    """See to it that `.venv` holds what `lock` names and the project itself.

    Costs nothing where the same was installed before. Raises Stop where it cannot be done.
    """
    with _alone():
        stamp = _read_stamp()
        if not _works(stamp):
            _make()
            stamp = {}
        wanted, project = _digest(lock), _digest("pyproject.toml")
        if stamp.get(lock) != wanted:
            _say(f"Installing the packages of {lock} (the first time takes a minute or two) …")
            install_locked(PYTHON, ROOT / lock)
            stamp = {**stamp, lock: wanted, "project": ""}
            if lock is Lock.DEVELOP:
                stamp[Lock.RUN] = _digest(Lock.RUN)
        if stamp.get("project") != project:
            _install_project()
        _write_stamp({**stamp, "project": project, "place": _place()})


def install_locked(python: Path, lock: Path) -> None:
    """Install exactly the packages of a lock file, checked by their hashes, without a compiler."""
    options = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-compile"]
    pip(python, *options, "--requirement", str(lock))


def pip(python: Path, *arguments: str) -> None:
    """Run `pip install` quietly in an environment. Raises Stop where it fails."""
    quiet = [
        "--quiet",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        "--no-warn-script-location",
    ]
    env = {**clean_environment(), "PIP_ROOT_USER_ACTION": "ignore"}
    with _telling_that_it_goes_on():
        status = call([python, "-m", "pip", "install", *quiet, *arguments], env=env)
    if status:
        raise Stop(f"pip could not install (status {status}); its own words stand above")


def make_environment(folder: Path) -> Path:
    """Make a virtual environment with pip in `folder`, in place of any; answers its Python."""
    if find_spec("ensurepip") is None:
        raise Stop("this Python cannot make an environment (on Debian: install python3-venv)")
    try:
        venv.EnvBuilder(with_pip=True, clear=True, symlinks=True).create(folder)
    except subprocess.CalledProcessError as error:
        said = str(error.output or b"", "utf-8", "replace").strip().splitlines()
        raise Stop(f"{folder} could not be made: {said[-1] if said else error}") from None
    return folder / "bin" / "python"


def _make() -> None:
    _say(f"Making {VENV} …")
    make_environment(VENV)


def _install_project() -> None:
    """Install the checkout itself, editable; hatchling is in both locks, so no network is used."""
    pip(PYTHON, "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))


def _works(stamp: dict[str, str]) -> bool:
    """Whether `.venv` has a Python that starts and has pip.

    One that we filled ourselves is not started to find out, because that takes a tenth of a second:
    it works while it leads to the same program as then.
    """
    if not PYTHON.exists():
        return False
    if stamp:
        return stamp.get("place") == _place()
    probe = [str(PYTHON), "-m", "pip", "--version"]
    return subprocess.run(probe, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0


def _place() -> str:
    """Where this environment is, and of which Python: a copy, or one of an older Python, is useless."""
    return f"{VENV} {PYTHON.resolve()}"


def _digest(name: str) -> str:
    try:
        return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
    except FileNotFoundError:
        raise Stop(f"{ROOT / name} is missing; this checkout is not complete") from None


def _read_stamp() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_stamp(stamp: dict[str, str]) -> None:
    text = json.dumps(stamp, indent=1, sort_keys=True)
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == text:
        return
    new = STAMP.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(STAMP)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one script at a time change `.venv`."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def _telling_that_it_goes_on() -> Iterator[None]:
    """Say every few seconds that the work goes on: a silent minute looks like a program that hangs."""
    ended, began = threading.Event(), time.monotonic()

    def tell() -> None:
        while not ended.wait(TELL_SECONDS):
            _say(f"… still installing, {time.monotonic() - began:.0f} seconds so far")

    threading.Thread(target=tell, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _say(text: str) -> None:
    print(text, flush=True)
