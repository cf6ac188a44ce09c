"""Invented projects, one by one, from a seeded source of chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from babel import Locale

from tacoord.demo.words import InventedOrganisation, Theme, organisations, read_words, themes
from tacoord.models import Visibility
from tacoord.services.projects.drafts import BudgetAmount, Participant, ProjectDraft, Sector, Share

FUNDING: Final = "1"
IMPLEMENTING: Final = "4"
CURRENCIES: Final = ("USD", "USD", "USD", "EUR", "EUR", "GBP", "CHF", "SEK", "CAD", "JPY")
LANGUAGES: Final = ("en", "en", "en", "en", "en", "en", "fr", "es")
VISIBILITIES: Final = (
    *(Visibility.PUBLIC,) * 7,
    *(Visibility.REGISTERED,) * 2,
    Visibility.ORGANISATION,
)


@dataclass(frozen=True, slots=True)
class Invented:
    """A draft, the code of the organisation that reports it, and the activity it describes.

    truth: equal for records of one activity, so that trials know what should be found.
    """

    draft: ProjectDraft
    reporter: str
    truth: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an invented activity is, before somebody reports it."""

    theme: Theme
    country: str
    donor: InventedOrganisation
    implementer: InventedOrganisation
    starts: date
    ends: date
    amount_minor: int
    currency: str
    language: str
    place: str
    programme: str
    text: str
    truth: str


def country_name(code: str, language: str = "en") -> str:
    """The name of a country in one of the languages of the demo."""
    return str(Locale.parse(language).territories[code])


def make_plan(chance: Random, truth: str, *, today: date, number: int | None = None) -> Plan:
    """Draw an activity around `today`. number: stands in its name, so that very many differ as real ones do."""
    theme = chance.choice(themes())
    words = read_words()
    country = chance.choice(words["countries"])
    starts = today + timedelta(days=chance.randrange(-1500, 200))
    ends = starts + timedelta(days=chance.randrange(240, 1900))
    programme = chance.choice(words["programme_names"])
    if number is not None:
        programme = f"{programme} {_code_name(number)}"
    place = chance.choice(words["places"])
    text = chance.choice(words["descriptions"]).format(
        does=chance.choice(words["does"][theme.pillar]),
        place=f"the {place}",
        country=country_name(country),
        partners=chance.choice(words["partners"]),
        years=max(1, (ends - starts).days // 365),
        people=chance.randrange(40, 9000),
    )
    return Plan(
        theme=theme,
        country=country,
        donor=chance.choice(organisations("donor")),
        implementer=chance.choice(organisations("agency") + organisations("ngo")),
        starts=starts,
        ends=ends,
        amount_minor=chance.randrange(80, 9000) * 1000_00,
        currency=chance.choice(CURRENCIES),
        language=chance.choice(LANGUAGES),
        place=place,
        programme=programme,
        text=text,
        truth=truth,
    )


def report(
    plan: Plan,
    *,
    by: InventedOrganisation,
    visibility: Visibility,
    title: str | None = None,
    identifier: str | None = None,
    amount_minor: int | None = None,
    days_later: int = 0,
    text: str | None = None,
    status: str | None = None,
) -> Invented:
    """The activity as `by` reports it, with its own title, amount and dates where given."""
    theme, starts = plan.theme, plan.starts + timedelta(days=days_later)
    currency = "USD" if plan.currency == "JPY" else plan.currency
    draft = ProjectDraft(
        titles={plan.language: title or title_of(plan)},
        descriptions={"en": text or plan.text},
        iati_identifier=identifier,
        participants=(
            Participant(plan.donor.name, FUNDING),
            Participant(plan.implementer.name, IMPLEMENTING),
        ),
        countries=(Share(plan.country, Decimal(100)),),
        pillars=(Share(theme.pillar, Decimal(100)),),
        sectors=(Sector(theme.sector),),
        measures=frozenset({theme.measure}),
        assistance_kinds=frozenset({theme.kind}),
        target_groups=frozenset({theme.target}),
        exploitation=frozenset({theme.exploitation}),
        sdg_targets=frozenset({"8.7", "16.2"}),
        status=status,
        planned_start=starts,
        actual_start=starts,
        planned_end=plan.ends,
        budget=(
            BudgetAmount(
                plan.amount_minor if amount_minor is None else amount_minor,
                currency,
                starts=starts,
                ends=plan.ends,
            ),
        ),
        visibility=visibility,
    )
    return Invented(draft, by.code, plan.truth)


def title_of(plan: Plan, *, with_place: bool = True) -> str:
    """A title as people write them: the work, the country, the place, the name of the programme."""
    work = getattr(plan.theme, plan.language)
    country = country_name(plan.country, plan.language)
    if plan.language != "en" or not with_place:
        return f"{plan.programme}: {work} ({country})"
    return f"{plan.programme}: {work} in the {plan.place} of {country}"


def status_of(plan: Plan, today: date) -> str:
    """The IATI status that the dates say."""
    if plan.starts > today:
        return "1"
    return "2" if plan.ends >= today else "4"


def _code_name(number: int) -> str:
    """A name that is unlike its neighbours' and says nothing: two syllables and a number."""
    first: Sequence[str] = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "to")
    word = first[number % 12] + first[number // 12 % 12] + first[number // 144 % 12]
    return f"{word.capitalize()} {number // 1728 + 1}"
