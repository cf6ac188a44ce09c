"""RequestDraft and OfferDraft: what somebody asks for or offers, before it is sent, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from tacoord.errors import N_, Problem
from tacoord.models import Visibility
from tacoord.services.projects.drafts import period_problems
from tacoord.services.terms.vocabularies import TermSets

LONGEST_TITLE: Final = 300
LONGEST_TEXT: Final = 20_000
LONGEST_CONTACT: Final = 500
REQUEST_CODES: Final = {
    "pillars": "pillar",
    "measures": "measure",
    "mandates": "mandate",
    "assistance_kinds": "assistance-kind",
    "target_groups": "target-group",
}
OFFER_CODES: Final = {"countries": "country", "regions": "region", **REQUEST_CODES}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDraft:
    """What a government asks for. needed_from, needed_by: first and last day; groups: codes, for visibility `group`."""

    country: str
    title: str = ""
    need: str = ""
    pillars: frozenset[str] = frozenset()
    measures: frozenset[str] = frozenset()
    mandates: frozenset[str] = frozenset()
    assistance_kinds: frozenset[str] = frozenset()
    target_groups: frozenset[str] = frozenset()
    needed_from: date | None = None
    needed_by: date | None = None
    contact: str = ""
    visibility: Visibility = Visibility.REGISTERED
    groups: frozenset[str] = frozenset()

    def tags(self) -> set[tuple[str, str]]:
        """(vocabulary, code) of everything asked for."""
        return {(v, code) for name, v in REQUEST_CODES.items() for code in getattr(self, name)}

    def problems(self, terms: TermSets, *, today: date, complete: bool = True) -> list[Problem]:
        """Everything that is wrong, in the order of the form.

        today: what is sent can be needed no earlier. complete: False for saving an unfinished draft.
        """
        found = [*text_problems("title", self.title, LONGEST_TITLE)]
        if complete and not self.title.strip():
            found.append(Problem("title", N_("Enter a title.")))
        found += text_problems("need", self.need, LONGEST_TEXT)
        if complete and not self.need.strip():
            found.append(Problem("need", N_("Describe what is needed, in a few sentences.")))
        if complete and not self.pillars:
            found.append(Problem("pillars", N_("Choose at least one pillar.")))
        found += _codes(self, REQUEST_CODES, terms)
        found += period_problems("needed_from", "needed_by", self.needed_from, self.needed_by)
        if complete and self.needed_by is not None and self.needed_by < today:
            message = N_("This day is past. Enter %(today)s or a later day.")
            found.append(Problem("needed_by", message, {"today": today.isoformat()}))
        found += text_problems("contact", self.contact, LONGEST_CONTACT)
        if complete and self.visibility is Visibility.GROUP and not self.groups:
            found.append(Problem("groups", N_("Choose at least one group that may see this.")))
        if self.country not in terms.get("country", ()):
            found.append(Problem("country", N_("Choose a country.")))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDraft:
    """What an organisation offers; without countries it is offered anywhere."""

    title: str = ""
    text: str = ""
    countries: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    pillars: frozenset[str] = frozenset()
    measures: frozenset[str] = frozenset()
    mandates: frozenset[str] = frozenset()
    assistance_kinds: frozenset[str] = frozenset()
    target_groups: frozenset[str] = frozenset()
    available_from: date | None = None
    available_until: date | None = None

    def tags(self) -> set[tuple[str, str]]:
        """(vocabulary, code) of everything offered."""
        return {(v, code) for name, v in OFFER_CODES.items() for code in getattr(self, name)}

    def problems(self, terms: TermSets) -> list[Problem]:
        """Everything that is wrong."""
        found = [*text_problems("title", self.title, LONGEST_TITLE)]
        if not self.title.strip():
            found.append(Problem("title", N_("Enter a title.")))
        found += text_problems("text", self.text, LONGEST_TEXT)
        found += _codes(self, OFFER_CODES, terms)
        found += period_problems(
            "available_from", "available_until", self.available_from, self.available_until
        )
        return found


def text_problems(field: str, value: str, most: int) -> Iterator[Problem]:
    """What is wrong with a text of a request, an offer or an answer; most: its longest length in characters."""
    if len(value) > most:
        yield Problem(field, N_("Use at most %(most)d characters."), {"most": most})
    if "\x00" in value:
        yield Problem(field, N_("The text holds a character that cannot be kept."))


def _codes(
    draft: RequestDraft | OfferDraft, fields: dict[str, str], terms: TermSets
) -> Iterator[Problem]:
    for name, vocabulary in fields.items():
        for code in sorted(getattr(draft, name)):
            if code not in terms.get(vocabulary, ()):
                yield Problem(name, N_("There is no code %(code)s in this list."), {"code": code})
