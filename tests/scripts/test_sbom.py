"""The bill of materials: every locked package with a licence that Apache-2.0 work may use."""

import json
import re
import sys
from pathlib import Path

import _sbom
import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
MAY_USE = re.compile(
    r"MIT|MIT-0|MIT-CMU|BSD|0BSD|BSD-[23]-Clause|Apache-2\.0|Apache 2\.0|ISC|PSF-2\.0|Python-2\.0|MPL-2\.0"
    r"|LGPL-3\.0-only|LGPL-3\.0-or-later|LGPL-2\.1-or-later|HPND|Zlib|Unlicense|CC0-1\.0|CNRI-Python|GPL-3\.0-with-GCC-exception"
    r"|LLVM-exception|BlueOak-1\.0\.0|Bzip2-1\.0\.6|bzip2-1\.0\.6"
)  # fmt: skip

SMALL = """
# Made by a tool.
flask==3.1.0 \\
    --hash=sha256:00
    # via
    #   tacoord (pyproject.toml)
    #   flask-wtf
flask-wtf[email]==1.2 \\
    --hash=sha256:00
    # via tacoord (pyproject.toml)
"""


def test_a_lock_becomes_a_bill_with_who_needs_what():
    bill = _sbom.bill_of(SMALL, {"flask": "BSD-3-Clause", "flask-wtf": "free for all"})
    assert bill["bomFormat"] == "CycloneDX"
    flask, wtf = bill["components"]
    assert (flask["purl"], flask["licenses"]) == (
        "pkg:pypi/flask@3.1.0",
        [{"expression": "BSD-3-Clause"}],
    )
    assert wtf["licenses"] == [{"license": {"name": "free for all"}}]
    needs = {each["ref"]: each["dependsOn"] for each in bill["dependencies"]}
    assert needs["tacoord"] == ["pkg:pypi/flask-wtf@1.2", "pkg:pypi/flask@3.1.0"]
    assert needs["pkg:pypi/flask-wtf@1.2"] == ["pkg:pypi/flask@3.1.0"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_is_in_it_once_with_a_licence_that_we_may_use(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    bill = _sbom.bill_of(text, _sbom.licences(Path(sys.prefix)))
    listed = [(each["name"], each["version"]) for each in bill["components"]]
    assert listed == list(_sbom.pinned(text))
    assert len(listed) == len(set(listed)) > 20
    assert {each["name"]: told for each in bill["components"] if (told := unusable(each))} == {}


def test_the_same_lock_gives_the_same_bytes():
    once, again = (json.dumps(_sbom.bill_of(SMALL, {})) for _ in range(2))
    assert once == again


def unusable(component) -> list[str]:
    """The parts of its licence that are not in the list; of a choice, one that is there is enough."""
    told = component.get("licenses") or [{"expression": "none"}]
    words = told[0].get("expression") or told[0]["license"]["name"]
    choices = [re.split(r" AND | WITH ", each) for each in words.strip("()").split(" OR ")]
    wrong = [
        [part for part in parts if not MAY_USE.fullmatch(part.strip("() "))] for parts in choices
    ]
    return [] if any(not parts for parts in wrong) else [words]
