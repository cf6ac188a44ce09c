"""How well organisations are known again by other names: synonyms against near names of others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from tacoord.matching import Party, likeness
from tacoord.matching.learning import average_precision

_LONGEST_NAME = 90
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class NameFigures:
    """Pairs asked, and the average precision of tacoord and of two plain scorers."""

    synonyms: int
    near_names: int
    scores: dict[str, float]


def measure(path: Path) -> NameFigures:
    """Synonyms are positives, the nearest names of other organisations negatives."""
    told = json.loads(path.read_text(encoding="utf-8"))
    # Some "synonyms" are whole paragraphs about the organisation.
    synonyms = [
        (one["name"], other)
        for one in told.values()
        for other in one["synonyms"]
        if other and other != one["name"] and len(other) <= _LONGEST_NAME
    ]
    names = sorted({one["name"] for one in told.values()})
    alike = process.cdist(names, names, scorer=fuzz.ratio, dtype=np.uint8)
    np.fill_diagonal(alike, 0)
    near = {
        tuple(sorted((names[row], names[other])))
        for row in range(len(names))
        for other in np.argsort(-alike[row].astype(int), kind="stable")[:_NEAREST]
    }
    pairs = synonyms + sorted((a, b) for a, b in near)
    labels = np.array([1.0] * len(synonyms) + [0.0] * len(near))
    scorers: dict[str, Callable[[str, str], float]] = {
        "tacoord": lambda a, b: likeness(Party(None, a), Party(None, b)).score,
        "rapidfuzz token_set_ratio": fuzz.token_set_ratio,
        "rapidfuzz WRatio": fuzz.WRatio,
    }
    scores = {
        name: average_precision(np.array([scorer(a, b) for a, b in pairs], dtype=float), labels)
        for name, scorer in scorers.items()
    }
    return NameFigures(len(synonyms), len(near), scores)
