"""The model: evidence to score and kind, by weights that have a version."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tacoord.matching.evidence import FEATURES
from tacoord.matching.pairing import Pairs
from tacoord.matching.rivals import Rows, leading
from tacoord.matching.shared import Floats
from tacoord.paths import DATA

WEIGHTS: Final = DATA / "matching"
CURRENT: Final = "1"


class Kind(StrEnum):
    """How two records overlap."""

    SAME_ACTIVITY = "same_activity"
    FUNDER_IMPLEMENTER = "funder_implementer"
    PARENT_CHILD = "parent_child"
    OVERLAPPING_EFFORT = "overlapping_effort"
    COMPLEMENTARY = "complementary"
    UNRELATED = "unrelated"


KINDS: Final = tuple(Kind)
# The order in which a judgement keeps kinds as numbers.
KIND_NUMBERS: Final = {kind: number for number, kind in enumerate(KINDS)}


_LOOSE: Final = (Kind.OVERLAPPING_EFFORT, Kind.COMPLEMENTARY)
# Only the nearest pair of both its records is flagged as merely near.
MOST_LOOSE: Final = 1
# A part is flagged where it is among the nearest of one of its records: a part has one whole, a whole has many parts.
MOST_PARTS: Final = 2
# From an amount seven times the other on, two records that are alike are a part and its whole.
LARGER: Final = -0.7
# Dates and amounts that fit make no part of a whole: one of these must bind the two as well.
BONDS: Final = {"crossing": 0.1, "named": 0.3, "rare_words": 0.2}
_ALIKE: Final = {"title_contained": -0.7, "text_words": -0.5, "rare_words": 0.05}
# Where two records tell their subject, that, a place and a time make no one activity: one of these must tie the two.
TIES: Final = {
    "crossing": 0.1, "named": 0.3, "partners": 0.5, "codes": 0.5, "amount": 0.65,
    "title_words": 0.5, "title_spelling": 0.6, "title_contained": 0.8, "rare_words": 0.2,
}  # fmt: skip
_SOME_TITLE: Final = 0.3
_SOME_WORDS: Final = -0.7
_WHOLE_TITLE: Final = 0.6
# From here on two records are of one subject: the same pillars and, for the most part, the same measures.
_ONE_SUBJECT: Final = 0.5
# Records that name countries and share none: nothing makes the one a part of the other.
_ELSEWHERE: Final = -0.99
_NEVER: Final = -30.0


@dataclass(frozen=True)
class Line:
    """A sum of evidence: for each feature a weight where it speaks for and one where it speaks against.

    Both weights are 0 or more, so more likeness never lowers the sum; log-odds, without unit.
    """

    base: float
    weights: Mapping[str, tuple[float, float]]

    def arrays(self) -> tuple[Floats, Floats]:
        """The weights in the order of FEATURES."""
        return self._arrays

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats]:
        pairs = [self.weights.get(name, (0.0, 0.0)) for name in FEATURES]
        return np.array([pro for pro, _ in pairs]), np.array([con for _, con in pairs])

    def contributions(self, table: Floats) -> NDArray[np.float64]:
        """What each feature of each pair adds to the sum; 0 where it is unknown."""
        pro, con = self.arrays()
        known = np.nan_to_num(table).astype(np.float64)
        return np.where(known > 0, known * pro, known * con)

    def sums(self, table: Floats) -> NDArray[np.float64]:
        """Base and contributions together, a number for each pair."""
        return sums_of((self,), table)[0]


def sums_of(lines: Sequence[Line], table: Floats) -> list[NDArray[np.float64]]:
    """The sums of several lines over the same features."""
    known = np.where(np.isnan(table), 0, table).astype(np.float64)
    pro, con = (np.stack(sides).T for sides in zip(*(line.arrays() for line in lines), strict=True))
    # Half of both weights times the value and half of their difference times its size: one weight for either sign.
    total = known @ ((pro + con) / 2) + np.abs(known, out=known) @ ((pro - con) / 2)
    return [total[:, at] + line.base for at, line in enumerate(lines)]


@dataclass(frozen=True)
class Model:
    """Weights with a version.

    same: the log-odds that two records describe one activity, before rivals are looked at.
    margin: weights of "how much better than the next-best candidate", for and against; `margin_scale`
        is the difference in log-odds that counts fully.
    part, near: sums for `parent_child`, and for `overlapping_effort` and `complementary`.
    thresholds: the lowest probability (`same_activity`) or sum (the others) that is flagged. A pair that is asked for
        is called `parent_child` from a lower sum on than one that nobody asked for.
    """

    version: str
    same: Line
    part: Line
    near: Line
    margin: tuple[float, float] = (0.0, 0.0)
    margin_scale: float = 6.0
    thresholds: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @classmethod
    def load(cls, version: str | None = None) -> Model:
        """The model of a version, or the one that the package uses; raises FileNotFoundError."""
        return _load(version or CURRENT)

    def to_json(self) -> str:
        """The model as JSON, the same text for the same model."""
        told = {
            "version": self.version,
            "note": self.note,
            "lines": {name: _line_out(getattr(self, name)) for name in ("same", "part", "near")},
            "margin": {
                "for": self.margin[0],
                "against": self.margin[1],
                "scale": self.margin_scale,
            },
            "thresholds": dict(self.thresholds),
        }
        return json.dumps(told, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Model:
        """The model out of `to_json`; raises ValueError where the text is not one."""
        try:
            told = json.loads(text)
            lines = {name: _line_in(told["lines"][name]) for name in ("same", "part", "near")}
            margin = told["margin"]
            return cls(
                version=str(told["version"]),
                note=str(told.get("note", "")),
                margin=(float(margin["for"]), float(margin["against"])),
                margin_scale=float(margin["scale"]),
                thresholds={str(name): float(value) for name, value in told["thresholds"].items()},
                **lines,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no model: {error}") from error

    def kinds(
        self, judged: Judged, score: NDArray[np.float64], *, flagged: bool = False
    ) -> NDArray[np.int8]:
        """What each pair is called when asked for, as its number in KINDS.

        flagged: what it would be flagged as, though nobody asked: then `parent_child` must be surer.
        """
        bar = self.thresholds
        logit = np.log(score) - np.log1p(-score)
        probable = (score >= bar["same_activity"]) | judged.settled | judged.copied
        alike = probable & judged.tied
        # Where the same evidence speaks more for a part of a whole than for one activity, it is a part.
        part = self._surely_part(judged) if flagged else judged.part >= bar["parent_child"]
        part &= ~judged.settled
        part &= ~probable | (judged.part - logit >= bar["parent_child_over_same"])
        part |= (judged.pieced | judged.larger & judged.bound) & alike & ~judged.settled
        calm = ~alike & ~part
        # Two phases or parts of one whole are no work that is done twice, near as they are.
        doubled = calm & ~judged.apart
        # Phase I and phase II, component 1 and component 2 stand beside each other, whatever else they share.
        sisters = judged.apart & ~judged.settled & ~calm
        choices = [
            (sisters, Kind.COMPLEMENTARY),
            (part, Kind.PARENT_CHILD),
            (alike & judged.crossed, Kind.FUNDER_IMPLEMENTER),
            (alike, Kind.SAME_ACTIVITY),
            (doubled & self._does_the_same(judged, probable), Kind.OVERLAPPING_EFFORT),
            (calm & (judged.near >= bar["complementary"]), Kind.COMPLEMENTARY),
        ]
        return np.select(
            [chosen for chosen, _ in choices],
            [KIND_NUMBERS[kind] for _, kind in choices],
            KIND_NUMBERS[Kind.UNRELATED],
        ).astype(np.int8)

    def settled_kinds(
        self, judged: Judged, score: NDArray[np.float64], pairs: Pairs, public: NDArray[np.bool_],
        rank: Rows | None = None,
    ) -> NDArray[np.int8]:  # fmt: skip
        """What each pair is flagged as: `parent_child` only where that is rather sure, and no more than the few best
        `overlapping_effort` and `complementary` of a record.

        In a register of one subject everything is near something: what is not among the best is not flagged.
        rank: of each record by its id, where rows are not in that order.
        """
        kinds = self.kinds(judged, score, flagged=True)
        rank = np.arange(len(public)) if rank is None else rank
        loose = np.isin(kinds, [KIND_NUMBERS[kind] for kind in _LOOSE])
        # Who competes is said by the pair alone: its score depends on other pairs, and theirs on it. So what only its
        # rivals keep from being one activity competes with its like, and not with what is merely near.
        near, alike = self._near(judged), judged.same >= _log_odds(self.thresholds["same_activity"])
        for group in (alike, ~alike):
            some = np.flatnonzero(group & (loose | near))
            kept = leading(
                pairs.taken(some),
                judged.near[some],
                public,
                competing=near[some],
                rank=rank,
                most=MOST_LOOSE,
            )
            kinds[some[~kept & loose[some]]] = KIND_NUMBERS[Kind.UNRELATED]
        return self._leading_parts(kinds, judged, pairs, public, rank)

    def _leading_parts(
        self, kinds: NDArray[np.int8], judged: Judged, pairs: Pairs, public: NDArray[np.bool_], rank: Rows
    ) -> NDArray[np.int8]:  # fmt: skip
        """The kinds without the parts that are not among the nearest of either record."""
        # As for what is merely near, who competes is said by the pair alone.
        alike = judged.same >= _log_odds(self.thresholds["same_activity"])
        some = np.flatnonzero(self._surely_part(judged) & ~alike)
        kept = leading(
            pairs.taken(some),
            judged.part[some],
            public,
            competing=np.ones(len(some), bool),
            rank=rank,
            most=MOST_PARTS,
            for_either=True,
        )
        part = kinds[some] == KIND_NUMBERS[Kind.PARENT_CHILD]
        kinds[some[~kept & part]] = KIND_NUMBERS[Kind.UNRELATED]
        return kinds

    def hopeful(self, judged: Judged) -> NDArray[np.bool_]:
        """Which pairs can be flagged, whatever their rivals are."""
        alike = judged.same + self.margin[0] >= _log_odds(self.thresholds["same_activity"])
        hopeful: NDArray[np.bool_] = alike | judged.settled | judged.copied | self._near(judged)
        return hopeful | self._surely_part(judged)

    def _surely_part(self, judged: Judged) -> NDArray[np.bool_]:
        bar = self.thresholds
        lowest = bar.get("parent_child_flagged", bar["parent_child"])
        surely: NDArray[np.bool_] = (judged.part >= lowest) & judged.bound
        return surely

    def _does_the_same(self, judged: Judged, probable: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which pairs are near each other in all, or rather near and of one subject in one place at one time."""
        very_near = judged.near >= self.thresholds["overlapping_effort"]
        rather_near = (judged.near >= self.thresholds["complementary"]) | probable
        return very_near | (judged.twin & rather_near)

    def _near(self, judged: Judged) -> NDArray[np.bool_]:
        bars = (self.thresholds["overlapping_effort"], self.thresholds["complementary"])
        near: NDArray[np.bool_] = judged.near >= min(bars)
        return near & ~judged.settled & ~judged.copied & ~self._surely_part(judged)

    def margin_contribution(self, margin: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the distance to the next-best candidate (-1..1, NaN unknown) adds to the log-odds."""
        known = np.nan_to_num(margin)
        return np.where(known > 0, known * self.margin[0], known * self.margin[1])


@dataclass(frozen=True)
class Judged:
    """Sums of some pairs before their rivals are known.

    apart: both count parts of a whole, and other ones. pieced: one is called a component, the other is not.
    larger: one amount is many times the other. bound: an organisation or a text binds the two.
    copied: one organisation says the same twice. tied: see `_tied`.
    twin: of one subject, in one place, for the most part at one time.
    """

    same: NDArray[np.float64]
    part: NDArray[np.float64]
    near: NDArray[np.float64]
    crossed: NDArray[np.bool_]
    settled: NDArray[np.bool_]
    apart: NDArray[np.bool_]
    pieced: NDArray[np.bool_]
    larger: NDArray[np.bool_]
    bound: NDArray[np.bool_]
    copied: NDArray[np.bool_]
    tied: NDArray[np.bool_]
    twin: NDArray[np.bool_]

    @classmethod
    def of(cls, model: Model, table: Floats) -> Judged:
        """Judge features as `evidence.features` gives them."""
        at = {name: number for number, name in enumerate(FEATURES)}
        same, part, near = sums_of((model.same, model.part, model.near), table)
        # Two organisations that fund and carry out many projects together cross roles in all of them.
        elsewhere = table[:, at["countries"]] <= _ELSEWHERE
        return cls(
            same=same,
            part=np.where(elsewhere, _NEVER, part),
            near=near,
            crossed=(table[:, at["crossing"]] > 0) & ~(table[:, at["same_role"]] > 0),
            settled=table[:, at["identifier"]] > 0,
            apart=table[:, at["phase"]] <= -1,
            pieced=table[:, at["component"]] <= -1,
            larger=table[:, at["amount"]] <= LARGER,
            bound=_bound(table),
            copied=table[:, at["copy"]] > 0,
            tied=_tied(table),
            twin=(table[:, at["themes"]] >= _ONE_SUBJECT)
            & (table[:, at["countries"]] > 0)
            & (table[:, at["period"]] >= 0),
        )

    @classmethod
    def joined(cls, parts: Iterable[Judged]) -> Judged:
        """Several blocks one after the other."""
        every = list(parts)
        if not every:
            none = np.zeros(0)
            return cls(none, none, none, *[none.astype(bool)] * 9)
        names = [one.name for one in fields(cls)]
        return cls(
            **{name: np.concatenate([getattr(part, name) for part in every]) for name in names}
        )

    def taken(self, rows: Rows) -> Judged:
        """Only these pairs."""
        return Judged(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


def _bound(table: Floats) -> NDArray[np.bool_]:
    """Whether an organisation or a text binds the two records of each pair."""
    at = {name: number for number, name in enumerate(FEATURES)}
    crossing, named, rare = (table[:, at[name]] >= least for name, least in BONDS.items())
    # A partner has many projects: that it reports the other binds only texts that share something.
    likenesses = [table[:, at[name]] > least for name, least in _ALIKE.items()]
    # Two titles alone are compared by their words.
    likenesses.append(
        np.isnan(table[:, at["text_words"]]) & (table[:, at["title_words"]] > _SOME_WORDS)
    )
    alike = np.any(likenesses, axis=0)
    # Each says who takes part, and neither names the other's reporter: then the title must stand there nearly whole.
    apart = table[:, at["crossing"]] <= -1
    contained = table[:, at["title_contained"]] >= np.where(apart, _WHOLE_TITLE, _SOME_TITLE)
    # And where each says who pays and who does the work, and all are others, words meet by chance.
    strangers = table[:, at["strangers"]] < 0
    found: NDArray[np.bool_] = named | (crossing & alike) | ((rare | contained) & ~strangers)
    return found


def _tied(table: Floats) -> NDArray[np.bool_]:
    """Whether each pair may be one activity: more than subject, place and time speaks for it, or no subject is told."""
    at = {name: number for number, name in enumerate(FEATURES)}
    ties = [table[:, at[name]] >= least for name, least in TIES.items()]
    settled = (table[:, at["identifier"]] > 0) | (table[:, at["copy"]] > 0)
    untold = np.isnan(table[:, at["themes"]])
    found: NDArray[np.bool_] = np.any(ties, axis=0) | settled | untold
    return found


def _log_odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


def probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds as a probability, never quite 0 or 1."""
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -30.0, 30.0)))


def versions() -> list[str]:
    """The versions that are part of the package."""
    return sorted(path.stem.removeprefix("model-") for path in WEIGHTS.glob("model-*.json"))


@cache
def _load(version: str) -> Model:
    if not re.fullmatch(r"[\w.-]{1,40}", version):
        raise FileNotFoundError(version)
    path: Path = WEIGHTS / f"model-{version}.json"
    return Model.from_json(path.read_text(encoding="utf-8"))


def _line_out(line: Line) -> dict[str, Any]:
    return {
        "base": line.base,
        "weights": {name: list(line.weights[name]) for name in FEATURES if name in line.weights},
    }


def _line_in(told: Mapping[str, Any]) -> Line:
    weights = {
        str(name): (float(pair[0]), float(pair[1])) for name, pair in told["weights"].items()
    }
    unknown = sorted(set(weights) - set(FEATURES))
    if unknown:
        raise ValueError(f"no model: unknown features {', '.join(unknown)}")
    return Line(float(told["base"]), weights)
