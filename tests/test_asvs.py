"""The page on the standard says what is so: each requirement once, counts that add up, tests that are there."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tacoord.services.accounts.passwords import _OUR_WORDS

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
STATES = ("met", "operator", "n/a")
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", TEXT, re.M)


def test_each_requirement_of_both_levels_stands_once_and_none_is_met_in_part():
    assert Counter(level for _number, level, *_rest in ROWS) == {"1": 70, "2": 183}
    numbers = [tuple(map(int, row[0].split("."))) for row in ROWS]
    assert numbers == sorted(set(numbers))
    assert {row[3] for row in ROWS} == set(STATES)


@pytest.mark.parametrize("level", ["1", "2"])
def test_the_counts_are_those_of_the_rows(level):
    found = Counter(row[3] for row in ROWS if row[1] == level)
    cells = [str(found[state]) for state in STATES]
    assert f"| {level} | {' | '.join(cells)} | {found.total()} |" in TEXT


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r"`((?:tests|docs|scripts)/[\w./-]+)`", TEXT))
    assert len(named) > 50
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_words_of_this_place_are_listed():
    assert [word for word in _OUR_WORDS if f"`{word}`" not in TEXT] == []
