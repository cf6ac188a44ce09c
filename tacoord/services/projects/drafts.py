"""ProjectDraft: what somebody says of a project, before it is registered, and what is wrong with it.

One value, whatever the door: form, JSON, table or IATI. The rules of a project stand here and nowhere else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tacoord.errors import N_, Problem
from tacoord.models import Mask, Visibility
from tacoord.services.accounts.accounts import is_address
from tacoord.services.terms.country_names import country_name
from tacoord.services.terms.vocabularies import TermSets

LONGEST_TITLE: Final = 1000
LONGEST_DESCRIPTION: Final = 50_000
MOST_ROWS: Final = 500
EARLIEST: Final = date(1950, 1, 1)
LATEST: Final = date(2100, 12, 31)
LARGEST_AMOUNT: Final = 10**17
SHARES_ADD_UP_TO: Final = Decimal(100)
SHARE_TOLERANCE: Final = Decimal("1")


@dataclass(frozen=True, slots=True)
class Share:
    """A code and its share in per cent, where one is stated."""

    code: str
    percentage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector as the reporter gives it, in whatever vocabulary (IATI sector vocabulary code)."""

    code: str
    vocabulary: str = "1"
    percentage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """An organisation that takes part. role: IATI organisation role, 1 to 4; ref: its identifier, where known."""

    name: str
    role: str
    ref: str | None = None
    type: str | None = None
    activity_id: str | None = None


@dataclass(frozen=True, slots=True)
class BudgetAmount:
    """An amount in whole minor units of its currency. type, status: IATI budget type and status."""

    amount_minor: int
    currency: str
    type: str = "1"
    status: str = "1"
    starts: date | None = None
    ends: date | None = None
    value_date: date | None = None


@dataclass(frozen=True, slots=True)
class OtherIdentifier:
    """Another identifier of the project. type: IATI other-identifier type, such as A1 or B1."""

    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectDraft:
    """Everything that can be said of a project.

    titles, descriptions: text by language code, the main language first. Sets of codes belong to the vocabulary of the
    same word. groups: codes of the groups that may see a project of visibility `group`. masks: the
    parts that only the own organisation shall read, see `projects.masking`. record: what a source said
    beyond these fields, as plain JSON values by IATI's names.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    iati_identifier: str | None = None
    other_identifiers: tuple[OtherIdentifier, ...] = ()
    participants: tuple[Participant, ...] = ()
    countries: tuple[Share, ...] = ()
    regions: tuple[Share, ...] = ()
    dac_regions: tuple[Share, ...] = ()
    pillars: tuple[Share, ...] = ()
    sectors: tuple[Sector, ...] = ()
    measures: frozenset[str] = frozenset()
    policy_areas: frozenset[str] = frozenset()
    mandates: frozenset[str] = frozenset()
    exploitation: frozenset[str] = frozenset()
    target_groups: frozenset[str] = frozenset()
    assistance_kinds: frozenset[str] = frozenset()
    sdg_targets: frozenset[str] = frozenset()
    status: str | None = None
    planned_start: date | None = None
    actual_start: date | None = None
    planned_end: date | None = None
    actual_end: date | None = None
    budget: tuple[BudgetAmount, ...] = ()
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    contact_shown: bool = False
    website: str | None = None
    visibility: Visibility = Visibility.REGISTERED
    groups: frozenset[str] = frozenset()
    masks: frozenset[Mask] = frozenset()
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def starts(self) -> date | None:
        """The first day: the actual one where stated, else the planned one."""
        return self.actual_start or self.planned_start

    @property
    def ends(self) -> date | None:
        """The last day: the actual one where stated, else the planned one."""
        return self.actual_end or self.planned_end

    def shares(self) -> Iterator[tuple[str, str, Share]]:
        """(field, vocabulary, share) of everything that is tagged with shares."""
        for name, vocabulary in SHARE_FIELDS.items():
            for share in getattr(self, name):
                yield name, vocabulary, share

    def codes(self) -> Iterator[tuple[str, str, str]]:
        """(field, vocabulary, code) of everything that is tagged without shares, in a fixed order."""
        for name, vocabulary in CODE_FIELDS.items():
            for code in sorted(getattr(self, name)):
                yield name, vocabulary, code

    def problems(self, terms: TermSets, *, complete: bool = True) -> list[Problem]:
        """Everything that is wrong, in the order of the form; empty where it can be registered.

        terms: the codes that exist. complete: False for saving an unfinished draft, which may lack what registering
        needs but may hold nothing that is wrong.
        """
        found = [*_text_problems(self), *_date_problems(self)]
        found += [*_share_problems(self, terms), *_code_problems(self, terms)]
        found += [*_participant_problems(self, terms), *_budget_problems(self)]
        found += [*_contact_problems(self), *_visibility_problems(self)]
        if complete:
            found = [*_missing(self), *found]
        return found


SHARE_FIELDS: Final = {
    "countries": "country",
    "regions": "region",
    "dac_regions": "dac-region",
    "pillars": "pillar",
}
_PLACES: Final = ("countries", "regions", "dac_regions")
CODE_FIELDS: Final = {
    "measures": "measure",
    "policy_areas": "policy-area",
    "mandates": "mandate",
    "exploitation": "exploitation",
    "target_groups": "target-group",
    "assistance_kinds": "assistance-kind",
    "sdg_targets": "sdg-target",
}


def _missing(draft: ProjectDraft) -> Iterator[Problem]:
    if not any(text.strip() for text in draft.titles.values()):
        yield Problem("titles", N_("Enter a title."))
    if draft.visibility is Visibility.GROUP and not draft.groups:
        yield Problem("groups", N_("Choose at least one group that may see this project."))


def _text_problems(draft: ProjectDraft) -> Iterator[Problem]:
    limits = (
        ("titles", draft.titles, LONGEST_TITLE),
        ("descriptions", draft.descriptions, LONGEST_DESCRIPTION),
    )
    for name, texts, most in limits:
        for text in texts.values():
            if len(text) > most:
                yield Problem(name, N_("Use at most %(most)d characters."), {"most": most})
            if "\x00" in text:
                yield Problem(name, N_("The text holds a character that cannot be kept."))


def _date_problems(draft: ProjectDraft) -> Iterator[Problem]:
    for kind in ("planned", "actual"):
        names = (f"{kind}_start", f"{kind}_end")
        yield from period_problems(*names, *(getattr(draft, name) for name in names))


def period_problems(
    start: str, end: str, first: date | None, last: date | None
) -> Iterator[Problem]:
    """What is wrong with two days, the first and the last of something; start, end: the names of their fields."""
    for name, day in ((start, first), (end, last)):
        if day is not None and not EARLIEST <= day <= LATEST:
            yield Problem(
                name,
                N_("Enter a date from %(first)s to %(last)s."),
                {"first": EARLIEST.isoformat(), "last": LATEST.isoformat()},
            )
    if first and last and last < first:
        yield Problem(
            end,
            N_("The last day is before the first day. Enter a day after %(start)s."),
            {"start": first.isoformat()},
        )


def _share_problems(draft: ProjectDraft, terms: TermSets) -> Iterator[Problem]:
    for name, vocabulary in SHARE_FIELDS.items():
        shares: tuple[Share, ...] = getattr(draft, name)
        seen: set[str] = set()
        known = terms.get(vocabulary, frozenset())
        for row, share in enumerate(shares):
            if not share.code:
                message = N_("Nothing is chosen here. Choose one, or remove the row.")
                yield Problem(f"{name}.{row}.code", message)
            elif share.code not in known:
                yield _unknown(f"{name}.{row}.code", share.code)
            elif share.code in seen:
                said = country_name(share.code, "en") if name == "countries" else share.code
                yield Problem(f"{name}.{row}.code", N_("%(name)s is named twice."), {"name": said})
            seen.add(share.code)
            if share.percentage is not None and not 0 <= share.percentage <= SHARES_ADD_UP_TO:
                yield Problem(
                    f"{name}.{row}.percentage", N_("Enter a share from 0 to 100 per cent.")
                )
        if name not in _PLACES or not _add_up_together(draft):
            yield from _sum_problems(name, shares)


def _add_up_together(draft: ProjectDraft) -> bool:
    """Whether countries and regions share the 100 per cent among them, as IATI has it."""
    lists = [draft.countries + each for each in (draft.regions, draft.dac_regions) if each]
    every = draft.countries + draft.regions + draft.dac_regions
    return bool(lists) and (all(map(_adds_up, lists)) or _adds_up(every))


def _adds_up(shares: tuple[Share, ...]) -> bool:
    stated = [share.percentage for share in shares if share.percentage is not None]
    whole = len(stated) == len(shares)
    return whole and abs(sum(stated, Decimal(0)) - SHARES_ADD_UP_TO) <= SHARE_TOLERANCE


def _sum_problems(name: str, shares: tuple[Share, ...]) -> Iterator[Problem]:
    stated = [share.percentage for share in shares if share.percentage is not None]
    total = sum(stated, Decimal(0))
    too_much = total > SHARES_ADD_UP_TO + SHARE_TOLERANCE
    too_little = len(stated) == len(shares) and total < SHARES_ADD_UP_TO - SHARE_TOLERANCE
    if stated and (too_much or too_little):
        yield Problem(
            name,
            N_("The shares add up to %(total)s per cent. Change them so that they add up to 100."),
            {"total": f"{total.normalize():f}"},
        )


def _code_problems(draft: ProjectDraft, terms: TermSets) -> Iterator[Problem]:
    for name, vocabulary, code in draft.codes():
        if code not in terms.get(vocabulary, ()):
            yield _unknown(name, code)
    if draft.status is not None and draft.status not in terms.get("activity-status", ()):
        yield _unknown("status", draft.status)


def _participant_problems(draft: ProjectDraft, terms: TermSets) -> Iterator[Problem]:
    if len(draft.participants) > MOST_ROWS:
        yield Problem(
            "participants", N_("Name at most %(most)d organisations."), {"most": MOST_ROWS}
        )
    for row, participant in enumerate(draft.participants):
        if not participant.name.strip() and not participant.ref:
            yield Problem(f"participants.{row}.name", N_("Name the organisation."))
        if participant.role not in terms.get("organisation-role", ()):
            yield Problem(f"participants.{row}.role", N_("Choose what the organisation does here."))


def _budget_problems(draft: ProjectDraft) -> Iterator[Problem]:
    for row, line in enumerate(draft.budget):
        if not 0 <= line.amount_minor <= LARGEST_AMOUNT:
            yield Problem(f"budget.{row}.amount", N_("Enter an amount of 0 or more."))
        if not re.fullmatch("[A-Z]{3}", line.currency):
            yield Problem(f"budget.{row}.currency", N_("Choose a currency."))
        yield from period_problems(
            f"budget.{row}.starts", f"budget.{row}.ends", line.starts, line.ends
        )


def _contact_problems(draft: ProjectDraft) -> Iterator[Problem]:
    if draft.contact_email and not is_address(draft.contact_email):
        yield Problem("contact_email", N_("This is not an e-mail address."))
    if draft.website and not re.match(r"https?://[^\s/]+", draft.website):
        yield Problem("website", N_("Enter an address that begins with https://"))


def _visibility_problems(draft: ProjectDraft) -> Iterator[Problem]:
    if draft.groups and draft.visibility is not Visibility.GROUP:
        yield Problem(
            "groups", N_("Groups are chosen only where the project is open to groups. Clear them.")
        )


def _unknown(name: str, code: str) -> Problem:
    return Problem(name, N_("There is no code %(code)s in this list."), {"code": code})
