"""As many invented projects as asked for, for trials of scale: a twentieth of them is registered twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random
from typing import Final

from tacoord.demo.projects import Invented, Plan, make_plan, report, status_of, title_of
from tacoord.models import Visibility

SEED: Final = 20090414
TWICE_IN: Final = 20


def invent(count: int, *, today: date, seed: int = SEED) -> Iterator[Invented]:
    """Yield `count` records, the same for the same arguments.

    Every twentieth activity stands there twice: as its donor and as its implementer tell of it.
    """
    chance = Random(seed)
    made = 0
    while made < count:
        plan = make_plan(chance, f"T{made}", today=today, number=made)
        status = status_of(plan, today)
        identifier = f"XX-INV-{plan.donor.code}-{made}"
        yield report(
            plan,
            by=plan.donor,
            visibility=_visibility(chance),
            identifier=identifier,
            status=status,
        )
        made += 1
        if made < count and chance.randrange(TWICE_IN) == 0:
            yield _again(
                plan, chance, identifier=f"XX-INV-{plan.implementer.code}-{made}", status=status
            )
            made += 1


def _visibility(chance: Random) -> Visibility:
    return chance.choice((Visibility.PUBLIC, Visibility.PUBLIC, Visibility.REGISTERED))


def _again(plan: Plan, chance: Random, *, identifier: str, status: str) -> Invented:
    """The implementer's own record: another wording, a later first day, the amount without the overhead."""
    short = replace(plan, text=plan.text.split(". ")[0] + ".")
    return report(
        short,
        by=plan.implementer,
        visibility=_visibility(chance),
        title=title_of(plan, with_place=chance.random() < 0.5),
        identifier=identifier,
        amount_minor=plan.amount_minor * chance.choice((93, 98, 100, 100, 100)) // 100,
        days_later=chance.choice((0, 0, 0, 14, 31)),
        status=status,
    )
