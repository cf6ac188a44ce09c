"""docs/threat-model.md names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "threat-model.md"


def named() -> list[tuple[str, str]]:
    """File and name of every test in the page; a name alone belongs to the file before it."""
    found, file = [], ""
    for place, name in re.findall(r"`(tests/[\w/.]+)?::(test_\w+)`", PAGE.read_text("utf-8")):
        file = place or file
        found.append((file, name))
    return found


def test_every_test_that_is_named_is_there() -> None:
    missing = [
        f"{file}::{name}"
        for file, name in named()
        if f"def {name}(" not in (ROOT / file).read_text("utf-8")
    ]
    assert missing == []


def test_every_threat_has_its_test() -> None:
    rows = re.findall(r"(?m)^\| .* \|$", PAGE.read_text("utf-8").partition("## Restricted")[2])
    threats = [row for row in rows if not row.startswith("| threat")]
    assert len(threats) > 30
    assert [row for row in threats if "`tests/" not in row] == []
