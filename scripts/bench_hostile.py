"""How long registers of odd shapes take: one title for all, a third of all in one country, regional projects."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tacoord.matching import read_facts
from tacoord.matching.collection import of_closed_file, prepare_chunk
from tacoord.matching.engine import default_workers, opened
from tacoord.matching.sweep import batches, compare_all

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.matching.shapes import equal_titles, forty_countries, one_large_country  # noqa: E402 - beside the package

_SHAPES: Final = (
    ("one title for all, and nothing else", equal_titles, 5_000),
    ("a third of all in one country", one_large_country, 30_000),
    ("all in the same forty countries", forty_countries, 10_000),
)
_CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock for all against all, the pairs compared and those flagged."""

    shape: str
    records: int
    seconds: float
    pairs: int
    flags: int


def hostile() -> Iterator[Took]:
    """Compare each shape of register with itself, from facts to flags."""
    for name, shape, count in _SHAPES:
        facts = (
            read_facts({"id": f"h{number:06d}", **shape(number)})[0] for number in range(count)
        )
        began = time.monotonic()
        with opened(workers=default_workers()) as engine:
            chunks = list(engine.map(prepare_chunk, batches(facts, _CHUNK)))
            swept = compare_all(chunks, engine=engine, rarity=of_closed_file)
        flags = len(swept.select(cutoff=None, top=None))
        yield Took(name, count, time.monotonic() - began, len(swept.left), flags)
