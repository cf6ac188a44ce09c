"""The demo's 120 projects: single ones, and planted pairs of every kind of overlap."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Final

from tacoord.demo.masked import masked
from tacoord.demo.projects import (
    VISIBILITIES,
    Invented,
    Plan,
    country_name,
    make_plan,
    report,
    status_of,
    title_of,
)
from tacoord.demo.words import InventedOrganisation, organisations, read_words, themes
from tacoord.models import Visibility

SEED: Final = 2009
COUNT: Final = 120
SAME, FUNDER, PARENTS, EFFORTS, NEAR, PHASES = 5, 8, 4, 7, 5, 3


def plant(*, today: date, count: int = COUNT) -> list[Invented]:
    """The projects of the demo, the same for the same day: planted pairs first, then those that keep a part to
    themselves, then single ones up to `count`.
    """
    chance = Random(SEED)
    planted = [*_same(chance, today), *_funders(chance, today), *_programmes(chance, today)]
    planted += [*_efforts(chance, today), *_near(chance, today), *_phases(chance, today)]
    met = {share.code for each in planted for share in each.draft.countries}
    unmet = [code for code in read_words()["countries"] if code not in met]
    planted += masked(today)
    return [*planted, *_singles(chance, today, count - len(planted), unmet)]


def _plan(chance: Random, truth: str, today: date, *, place: int) -> Plan:
    """An activity that runs today, in one country after the other, so that the demo spreads."""
    plan = make_plan(chance, truth, today=today)
    countries = read_words()["countries"]
    plan = _moved(plan, countries[place % len(countries)])
    starts = today - timedelta(days=chance.randrange(60, 700))
    ends = today + timedelta(days=chance.randrange(90, 1000))
    return replace(plan, starts=starts, ends=ends, language="en")


def _moved(plan: Plan, country: str) -> Plan:
    """The same activity in another country."""
    text = plan.text.replace(country_name(plan.country), country_name(country))
    return replace(plan, country=country, text=text)


def _tell(
    plan: Plan,
    by: InventedOrganisation,
    chance: Random,
    today: date,
    *,
    title: str | None = None,
    amount_minor: int | None = None,
    days_later: int = 0,
    text: str | None = None,
) -> Invented:
    number = chance.randrange(10_000, 99_999)
    return report(
        plan,
        by=by,
        visibility=chance.choice((Visibility.PUBLIC, Visibility.PUBLIC, Visibility.REGISTERED)),
        identifier=f"XX-INV-{by.code}-{number}",
        title=title,
        amount_minor=amount_minor,
        days_later=days_later,
        text=text,
        status=status_of(plan, today),
    )


def _same(chance: Random, today: date) -> Iterator[Invented]:
    """One activity registered twice, by two offices that both say they carry it out."""
    for each in range(SAME):
        plan = _plan(chance, f"same-{each}", today, place=each)
        yield _tell(plan, plan.implementer, chance, today)
        other = _another(chance, plan)
        yield _tell(plan, other, chance, today, title=title_of(plan, with_place=False))


def _funders(chance: Random, today: date) -> Iterator[Invented]:
    """The funder's and the implementer's record of one activity."""
    for each in range(FUNDER):
        plan = _plan(chance, f"funder-{each}", today, place=5 + each)
        yield _tell(plan, plan.donor, chance, today)
        yield _tell(
            plan,
            plan.implementer,
            chance,
            today,
            title=f"{plan.theme.en}, {country_name(plan.country)}",
            amount_minor=plan.amount_minor * chance.choice((95, 100, 100)) // 100,
            days_later=chance.choice((0, 0, 14)),
            text=plan.text.split(". ")[0] + f". Funded by {plan.donor.name}.",
        )


def _programmes(chance: Random, today: date) -> Iterator[Invented]:
    """A programme and two of its components, each by an implementer of its own."""
    for each in range(PARENTS):
        plan = _plan(chance, f"programme-{each}", today, place=13 + each)
        name = f"{plan.programme} programme against trafficking, {country_name(plan.country)}"
        yield _tell(
            plan,
            plan.donor,
            chance,
            today,
            title=name,
            amount_minor=plan.amount_minor * 4,
            text=f"{plan.text} The programme has two components with partners of their own.",
        )
        for component in (1, 2):
            part = replace(
                plan,
                theme=chance.choice([t for t in themes() if t.pillar == plan.theme.pillar]),
                implementer=chance.choice(organisations("ngo")),
                truth=f"component-{each}-{component}",
            )
            title = f"{plan.programme} programme, component {component}: {part.theme.en}"
            yield _tell(part, part.implementer, chance, today, title=title)


def _efforts(chance: Random, today: date) -> Iterator[Invented]:
    """Different activities that do the same for the same people in the same country at the same time."""
    for each in range(EFFORTS):
        plan = _plan(chance, f"effort-{each}", today, place=17 + each)
        plan = replace(plan, ends=today + timedelta(days=chance.randrange(600, 1000)))
        yield _tell(plan, plan.implementer, chance, today)
        other = replace(
            _plan(chance, f"effort-{each}-other", today, place=17 + each),
            theme=plan.theme,
            donor=chance.choice([o for o in organisations("donor") if o != plan.donor]),
            implementer=_another(chance, plan),
            starts=plan.starts + timedelta(days=chance.randrange(320, 380)),
            ends=plan.ends - timedelta(days=chance.randrange(60, 200)),
            amount_minor=plan.amount_minor * chance.randrange(18, 24) // 100,
            currency=plan.currency,
        )
        title = f"{other.theme.likewise}, {other.place} of {country_name(other.country)}"
        yield _tell(other, other.implementer, chance, today, title=title)


def _near(chance: Random, today: date) -> Iterator[Invented]:
    """Different work on one pillar in one country at one time: worth a telephone call."""
    for each in range(NEAR):
        plan = _plan(chance, f"near-{each}", today, place=24 + each)
        yield _tell(plan, plan.implementer, chance, today)
        theme = chance.choice(
            [
                t
                for t in themes()
                if t.pillar == plan.theme.pillar and t.measure != plan.theme.measure
            ]
        )
        other = replace(
            _plan(chance, f"near-{each}-other", today, place=24 + each),
            theme=theme,
            implementer=_another(chance, plan),
        )
        yield _tell(other, other.implementer, chance, today)


def _phases(chance: Random, today: date) -> Iterator[Invented]:
    """Two phases of one project: alike in every word, and not the same."""
    for each in range(PHASES):
        plan = _plan(chance, f"phase-{each}-2", today, place=29 + each)
        before = replace(
            plan,
            starts=plan.starts - timedelta(days=900),
            ends=plan.starts - timedelta(days=1),
            amount_minor=plan.amount_minor * 2 // 3,
            truth=f"phase-{each}-1",
        )
        for phase, number in ((before, "I"), (plan, "II")):
            title = f"{title_of(plan)}, phase {number}"
            yield _tell(phase, plan.implementer, chance, today, title=title)


def _singles(
    chance: Random, today: date, count: int, countries: Sequence[str]
) -> Iterator[Invented]:
    """Activities without a twin; the first of them stand in `countries`, so that each has one."""
    for each in range(count):
        plan = make_plan(chance, f"single-{each}", today=today)
        if each < len(countries):
            plan = _moved(plan, countries[each])
        by = chance.choice((plan.donor, plan.implementer))
        yield report(
            plan,
            by=by,
            visibility=chance.choice(VISIBILITIES),
            identifier=f"XX-INV-{by.code}-{200_000 + each}",
            status=status_of(plan, today),
        )


def _another(chance: Random, plan: Plan) -> InventedOrganisation:
    """An implementer other than the plan's."""
    others = [*organisations("agency"), *organisations("ngo")]
    return chance.choice([each for each in others if each != plan.implementer])
