"""What we stand on: every direct dependency has its reason on a page, and a place in the locks."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def names(requirements) -> set[str]:
    return {re.match(r"[\w.-]+", each)[0].lower() for each in requirements if isinstance(each, str)}


RUN = names(PROJECT["project"]["dependencies"])
EXTRAS = {n for each in PROJECT["project"]["optional-dependencies"].values() for n in names(each)}
GROUPS = {group: names(each) for group, each in PROJECT["dependency-groups"].items()}
DEVELOP, BENCH = GROUPS["dev"] | GROUPS["build"], GROUPS["bench"]


def locked(name: str) -> dict[str, set[str]]:
    text = (ROOT / name).read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", text, flags=re.MULTILINE):
        found.setdefault(package.lower(), set()).add(version)
    return found


def test_the_page_has_a_row_for_every_direct_dependency_and_for_no_other():
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[^|]+) \|", text, flags=re.MULTILINE)
    listed = {name for cell in cells for name in re.findall(r"`([\w.-]+)", cell)}
    assert listed == RUN | EXTRAS | DEVELOP | BENCH


@pytest.mark.parametrize(
    ("lock", "needed"),
    [("requirements.lock", RUN | {"hatchling"}), ("requirements-dev.lock", RUN | DEVELOP)],
)
def test_a_lock_holds_every_direct_dependency(lock, needed):
    assert needed <= locked(lock).keys()


def test_both_locks_hold_the_same_versions():
    run, develop = locked("requirements.lock"), locked("requirements-dev.lock")
    assert run.items() <= develop.items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_hashes(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    packages = re.split(r"\n(?=\w)", text)[1:]
    assert packages
    assert all("--hash=sha256:" in package for package in packages)
