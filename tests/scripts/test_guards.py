"""The guards of the house find what they are there to find."""

import subprocess
from pathlib import Path

import _guards
import pytest


@pytest.fixture
def checkout(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name in _guards.NEEDED:
        (tmp_path / name).write_text("good\n", encoding="utf-8")
    return tmp_path


def problems_with(checkout, name, text):
    (checkout / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "-C", checkout, "add", "."], check=True)
    return _guards.problems(checkout)


def test_a_good_checkout_has_no_problem(checkout):
    assert problems_with(checkout, "a.py", "x = 1\n") == []


def test_a_long_file_is_found(checkout):
    found = problems_with(checkout, "a.py", "x = 1\n" * 501)
    assert found == ["a.py: has 501 lines, more than 500: split it by subject"]


@pytest.mark.parametrize("host", _guards.REGISTRIES)
def test_the_address_of_a_registry_is_found(checkout, host):
    assert problems_with(checkout, "a.lock", f"--index-url https://{host}/simple\n")


def test_a_folder_of_this_machine_is_found(checkout):
    assert problems_with(checkout, "a.md", f"see {checkout}/notes\n")
    assert problems_with(checkout, "a.md", f"see {Path.home()}/notes\n")


def test_a_picture_is_passed_over(checkout):
    (checkout / "a.png").write_bytes(b"\x89PNG\xff\xfe")
    assert problems_with(checkout, "b.md", "good\n") == []


def test_a_missing_changelog_is_found(checkout):
    (checkout / "CHANGELOG.md").unlink()
    assert _guards.problems(checkout) == ["CHANGELOG.md: is missing"]
