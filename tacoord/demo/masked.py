"""The demo's projects that keep a part to their own organisation, so that people see what others read of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Final

from tacoord.demo.projects import Invented, make_plan, report, status_of
from tacoord.demo.words import InventedOrganisation, organisations, themes
from tacoord.models import Mask, Visibility

SHELTERS: Final = "INTERSAFE"
FUNDER: Final = "NORDVIK"
"""Who reports: each has a sign-in of the demo, for whom the record is whole."""

_COUNTRY: Final = "KH"
_SHELTER_WORK: Final = "SERVICE-SHELTER"
_WITNESS_WORK: Final = "SERVICE-LEGAL"
_SHELTERS_TEXT: Final = (
    "Runs three safe houses whose addresses nobody outside is told. Gives shelter, medical care and legal advice to "
    "women and children, and helps them to go home when they want to."
)
_WITNESSES_TEXT: Final = (
    "Hides witnesses of three open trials together with two local partners. "
    "Pays for guards, flats and new schools."
)


def masked(today: date) -> Iterator[Invented]:
    """One that withholds its places, and one that withholds who takes part and what it does."""
    by_code = {each.code: each for each in organisations()}
    chance = Random("masked")
    shelters = replace(
        _told(chance, by_code[SHELTERS], _SHELTER_WORK, today), truth="masked-places"
    )
    yield _keeping(
        shelters,
        frozenset({Mask.PLACES}),
        title="Safe houses at undisclosed places",
        text=_SHELTERS_TEXT,
    )
    witnesses = replace(
        _told(chance, by_code[FUNDER], _WITNESS_WORK, today), truth="masked-participants"
    )
    yield _keeping(
        witnesses,
        frozenset({Mask.PARTICIPANTS, Mask.DESCRIPTION}),
        title="Protection of witnesses before, during and after the trial",
        text=_WITNESSES_TEXT,
    )


def _told(chance: Random, by: InventedOrganisation, kind: str, today: date) -> Invented:
    """An activity of a kind of assistance that runs today, as `by` reports it."""
    plan = make_plan(chance, "", today=today)
    plan = replace(
        plan,
        theme=next(each for each in themes() if each.kind == kind),
        country=_COUNTRY,
        language="en",
        starts=today - timedelta(days=chance.randrange(60, 500)),
        ends=today + timedelta(days=chance.randrange(200, 900)),
    )
    return report(
        plan,
        by=by,
        visibility=Visibility.REGISTERED,
        identifier=f"XX-INV-{by.code}-{chance.randrange(300_000, 399_999)}",
        status=status_of(plan, today),
    )


def _keeping(invented: Invented, masks: frozenset[Mask], *, title: str, text: str) -> Invented:
    draft = replace(invented.draft, titles={"en": title}, descriptions={"en": text}, masks=masks)
    return replace(invented, draft=draft)
