"""Which projects, offers and organisations answer a request for assistance, and why."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from tacoord.errors import N_
from tacoord.months import months_between


class Reason(StrEnum):
    """Why something fits."""

    SAME_COUNTRY = "same_country"
    SAME_REGION = "same_region"
    PILLAR = "pillar"
    MEASURE = "measure"
    KIND = "kind"
    TARGET_GROUP = "target_group"
    MANDATE = "mandate"
    RUNS_LONG_ENOUGH = "runs_long_enough"
    ENDS_SOON = "ends_soon"


SENTENCES: Final = {
    Reason.SAME_COUNTRY: N_("Works in %(what)s"),
    Reason.SAME_REGION: N_("Works in the same region: %(what)s"),
    Reason.PILLAR: N_("Works on %(what)s"),
    Reason.MEASURE: N_("Works on the measure asked for: %(what)s"),
    Reason.KIND: N_("Gives the kind of assistance asked for: %(what)s"),
    Reason.TARGET_GROUP: N_("Works with the people named: %(what)s"),
    Reason.MANDATE: N_("Has the mandate named: %(what)s"),
    Reason.RUNS_LONG_ENOUGH: N_("Goes on for %(months)d more months"),
    Reason.ENDS_SOON: N_("Ends in less than %(months)d months"),
}
OFFERED: Final = {
    Reason.SAME_COUNTRY: N_("Offered for %(what)s"),
    Reason.SAME_REGION: N_("Offered for the same region: %(what)s"),
}
"""What is said otherwise of an offer: it names where help would go, not where somebody works."""

_WEIGHTS: Final = {
    Reason.SAME_COUNTRY: 3.0,
    Reason.SAME_REGION: 1.0,
    Reason.PILLAR: 2.0,
    Reason.MEASURE: 3.0,
    Reason.KIND: 1.5,
    Reason.TARGET_GROUP: 1.0,
    Reason.MANDATE: 1.0,
    Reason.RUNS_LONG_ENOUGH: 0.5,
    Reason.ENDS_SOON: -0.5,
}
VOCABULARIES: Final = {
    "pillar": Reason.PILLAR,
    "measure": Reason.MEASURE,
    "assistance-kind": Reason.KIND,
    "target-group": Reason.TARGET_GROUP,
    "mandate": Reason.MANDATE,
}
"""Which reason each vocabulary of codes gives."""
SUBJECTS: Final = ("pillar", "measure")
LONG_ENOUGH_MONTHS: Final = 6


@dataclass(frozen=True, slots=True)
class Need:
    """What is asked for. codes: by vocabulary; neighbours: countries of the same region, without `country`."""

    country: str
    neighbours: frozenset[str]
    codes: Mapping[str, Set[str]]


@dataclass(frozen=True, slots=True)
class Resource:
    """A running project, a standing offer or an organisation that could help.

    everywhere: it does not say where, and means anywhere (an offer without countries). ends: the last day, if stated.
    """

    id: str
    countries: frozenset[str]
    codes: Mapping[str, Set[str]]
    everywhere: bool = False
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """A resource that fits. score: 0 to 1, the part of what was asked that it covers; reasons: with the codes met."""

    id: str
    score: float
    reasons: tuple[tuple[Reason, tuple[str, ...]], ...] = field(default=())
    months: int | None = None


def rank(need: Need, resources: Iterable[Resource], *, today: date, most: int = 20) -> list[Fit]:
    """The resources that fit, best first, equal ones by id; at most `most`.

    Fits: works in the country, next door or anywhere, and on a pillar or measure that is asked for.
    """
    fits = (fit for resource in resources if (fit := _fit(need, resource, today)) is not None)
    return sorted(fits, key=lambda fit: (-fit.score, fit.id))[:most]


def _fit(need: Need, resource: Resource, today: date) -> Fit | None:
    months = months_between(today, resource.ends) if resource.ends else None
    reasons = dict(_reasons(need, resource, months))
    near = resource.everywhere or {Reason.SAME_COUNTRY, Reason.SAME_REGION} & reasons.keys()
    if not near or not {Reason.PILLAR, Reason.MEASURE} & reasons.keys():
        return None
    reached = sum(_weight(need, reason, codes) for reason, codes in reasons.items())
    return Fit(
        resource.id, max(0.0, min(1.0, reached / _most(need))), tuple(reasons.items()), months
    )


def _reasons(
    need: Need, resource: Resource, months: int | None
) -> Iterator[tuple[Reason, tuple[str, ...]]]:
    if need.country in resource.countries:
        yield Reason.SAME_COUNTRY, (need.country,)
    elif near := resource.countries & need.neighbours:
        yield Reason.SAME_REGION, tuple(sorted(near))
    for vocabulary, reason in VOCABULARIES.items():
        if met := need.codes.get(vocabulary, frozenset()) & resource.codes.get(
            vocabulary, frozenset()
        ):
            yield reason, tuple(sorted(met))
    if months is not None:
        long = months >= LONG_ENOUGH_MONTHS
        yield (Reason.RUNS_LONG_ENOUGH if long else Reason.ENDS_SOON), ()


def _weight(need: Need, reason: Reason, codes: tuple[str, ...]) -> float:
    """A reason counts by the part of the codes asked for that are met."""
    asked = next((need.codes[v] for v, r in VOCABULARIES.items() if r is reason), None)
    return _WEIGHTS[reason] * (len(codes) / len(asked) if asked else 1.0)


def _most(need: Need) -> float:
    """The weight of a resource that meets everything asked for."""
    asked = sum(_WEIGHTS[r] for v, r in VOCABULARIES.items() if need.codes.get(v))
    return _WEIGHTS[Reason.SAME_COUNTRY] + _WEIGHTS[Reason.RUNS_LONG_ENOUGH] + asked
