"""An IATI activity as the draft of a project; what has no field of its own is kept in the draft's `record`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from tacoord.iati.activity import (
    Activity,
    Budget,
    Contact,
    Description,
    ParticipatingOrg,
    ReportingOrg,
)
from tacoord.iati.faults import Fault
from tacoord.iati.texts import UNDETERMINED
from tacoord.models import Visibility
from tacoord.services.accounts.accounts import is_address
from tacoord.services.exchange.places import places_of, tags_of
from tacoord.services.exchange.rest import Rest, plainly
from tacoord.services.projects.drafts import (
    CODE_FIELDS,
    EARLIEST,
    LARGEST_AMOUNT,
    LATEST,
    LONGEST_DESCRIPTION,
    LONGEST_TITLE,
    MOST_ROWS,
    BudgetAmount,
    OtherIdentifier,
    Participant,
    ProjectDraft,
    Sector,
)
from tacoord.services.projects.projects import FORBIDDEN_IN_IDENTIFIER
from tacoord.services.terms.money import minor_units
from tacoord.services.terms.vocabularies import TermSets

GENERAL: Final = (None, "1")
DATE_FIELDS: Final = {"1": "planned_start", "2": "actual_start", "3": "planned_end", "4": "actual_end"}  # fmt: skip
KEPT_AS_THEY_ARE: Final = (
    "scope",
    "locations",
    "policy_markers",
    "defaults",
    "flows",
    "related",
    "partner_activity_ids",
    "counts",
    "default_currency",
    "hierarchy",
    "humanitarian",
)
_LONGEST_REF: Final = 300
_CONTACT_LENGTHS: Final = {"person": 300, "telephone": 100, "email": 320, "website": 500}


def draft_of_activity(
    activity: Activity, terms: TermSets
) -> tuple[ProjectDraft, tuple[Fault, ...]]:
    """The draft that says what `activity` says, open to everybody, and notes on what does not fit the register.

    terms: the codes that exist. Nothing is lost: what cannot stand in a field is in `record`, by IATI's names. Only the
    moment of the last change is not kept: files give a new one each night though nothing changed.
    """
    rest = Rest()
    if FORBIDDEN_IN_IDENTIFIER.search(activity.iati_identifier):
        rest.note("odd-identifier", "iati-identifier")
    for name in KEPT_AS_THEY_ARE:
        rest.keep(name, getattr(activity, name))
    rest.keep("reporting_org", _reporter(activity.reporting_org, activity.default_language))
    if activity.default_language != UNDETERMINED:
        rest.keep("default_language", activity.default_language)
    draft = ProjectDraft(
        titles=_titles(activity, rest),
        descriptions=_descriptions(activity, rest),
        iati_identifier=activity.iati_identifier,
        other_identifiers=_identifiers(activity, rest),
        participants=_participants(activity, rest),
        sectors=_sectors(activity, rest),
        status=activity.status,
        budget=_budget(activity, rest),
        visibility=Visibility.PUBLIC,
        **places_of(activity, terms, rest),
        **tags_of(activity, terms, rest),
        **_dates(activity, rest),
        **_contact(activity.contacts, rest),
    )
    return replace(draft, record=rest.record), tuple(rest.notes)


def silent_fields(draft: ProjectDraft) -> frozenset[str]:
    """The fields of which an activity says nothing, so that an update leaves them as they are."""
    tags = {name for name in ("pillars", *CODE_FIELDS) if not getattr(draft, name)}
    contact = ("contact_name", "contact_email", "contact_phone")
    silent = tags | {"visibility", "groups", "masks"} | (set() if draft.website else {"website"})
    if not any(getattr(draft, name) for name in contact):
        silent |= {*contact, "contact_shown"}
    return frozenset(silent)


def main_first(texts: Mapping[str, str], language: str) -> dict[str, str]:
    """The texts with the one in `language` first."""
    return {**({language: texts[language]} if language in texts else {}), **texts}


def main_text(texts: Mapping[str, str], language: str) -> str:
    """The text in `language`, else the first one."""
    return next(iter(main_first(texts, language).values()), "")


def _reporter(said: ReportingOrg, language: str) -> dict[str, Any]:
    return {
        "ref": said.ref,
        "name": main_text(said.names, language),
        "type": said.type,
        "names": dict(said.names),
        "secondary": said.secondary,
    }


def _titles(activity: Activity, rest: Rest) -> dict[str, str]:
    texts = main_first(activity.titles, activity.default_language)
    return _cut("titles", texts, LONGEST_TITLE, "title-cut", rest)


def _descriptions(activity: Activity, rest: Rest) -> dict[str, str]:
    every: Sequence[Description] = activity.descriptions
    general = next((each for each in every if each.type in GENERAL), None)
    main = general or next(iter(every), None)
    if main is None or (len(every) == 1 and dict(main.texts) == dict(activity.titles)):
        return {}  # IATI asks for a description: who has none repeats the title
    rest.keep("descriptions", [each for each in every if each is not main])
    if main.type not in GENERAL:
        rest.keep("description_type", main.type)
    texts = main_first(main.texts, activity.default_language)
    return _cut("description", texts, LONGEST_DESCRIPTION, "text-cut", rest)


def _cut(name: str, texts: Mapping[str, str], most: int, code: str, rest: Rest) -> dict[str, str]:
    """The texts, none longer than `most`; the whole ones are kept besides."""
    if all(len(text) <= most for text in texts.values()):
        return dict(texts)
    rest.keep(f"whole_{name}", texts)
    rest.note(code, name, most=most)
    return {
        language: text if len(text) <= most else text[: most - 1].rstrip() + "…"
        for language, text in texts.items()
    }


def _identifiers(activity: Activity, rest: Rest) -> tuple[OtherIdentifier, ...]:
    every = activity.other_identifiers
    if any(each.owner_ref or each.owner_name for each in every):
        rest.keep("other_identifiers", every)
    return tuple(OtherIdentifier(each.type, each.value[:_LONGEST_REF]) for each in every)


def _participants(activity: Activity, rest: Rest) -> tuple[Participant, ...]:
    """Those with a name or identifier and a role; names in several languages are kept besides, by position."""
    taken: list[Participant] = []
    left: list[ParticipatingOrg] = []
    more: dict[str, Any] = {}
    for org in _merged(activity.participating_orgs):
        name = main_text(org.names, activity.default_language)
        if not (name or org.ref) or not org.role or len(taken) == MOST_ROWS:
            left.append(org)
            continue
        if len(org.names) > 1 or org.channel:
            more[str(len(taken))] = {"names": dict(org.names), "channel": org.channel}
        taken.append(
            Participant(name, org.role, _fitting(org.ref), org.type, _fitting(org.activity_id))
        )
    rest.keep("names_of_participating_orgs", more)
    rest.keep("participating_orgs", left)
    if left:
        rest.note("organisation-left-out", "participating-org")
    return tuple(taken)


def _merged(orgs: Sequence[ParticipatingOrg]) -> list[ParticipatingOrg]:
    """Each organisation once: IATI 1.x repeats it for each language of its name."""
    merged: dict[tuple[object, ...], ParticipatingOrg] = {}
    for number, org in enumerate(orgs):
        known = org.ref or next(iter(org.names.values()), number)
        key = (known, org.role, org.type, org.activity_id, org.channel)
        before = merged.get(key)
        if before is None:
            merged[key] = org
        elif before.names.keys().isdisjoint(org.names):
            merged[key] = replace(before, names={**before.names, **org.names})
        elif before != org:
            merged[(*key, number)] = org
    return list(merged.values())


def _fitting(ref: str) -> str | None:
    return ref if 0 < len(ref) <= _LONGEST_REF else None


def _sectors(activity: Activity, rest: Rest) -> tuple[Sector, ...]:
    if any(each.names or each.vocabulary_uri for each in activity.sectors):
        rest.keep("sectors", [each for each in activity.sectors if each.names or each.vocabulary_uri])  # fmt: skip
    return tuple(Sector(each.code, each.vocabulary, each.percentage) for each in activity.sectors)


def _dates(activity: Activity, rest: Rest) -> dict[str, Any]:
    """The four days; those that contradict each other or cannot be right are kept besides."""
    days: dict[str, date | None] = dict.fromkeys(DATE_FIELDS.values())
    left = []
    for each in activity.dates:
        name = DATE_FIELDS[each.type]
        fits = each.day is not None and EARLIEST <= each.day <= LATEST
        if fits and days[name] is None:
            days[name] = each.day
        else:
            left.append(each)
    for kind in ("planned", "actual"):
        start, end = days[f"{kind}_start"], days[f"{kind}_end"]
        if start and end and end < start:
            days[f"{kind}_start"] = days[f"{kind}_end"] = None
            left += [d for d in activity.dates if DATE_FIELDS[d.type].startswith(kind) and d not in left]  # fmt: skip
    rest.keep("dates", left)
    if any(each.day for each in left):
        rest.note("dates-left-out", "activity-date")
    return days


def _budget(activity: Activity, rest: Rest) -> tuple[BudgetAmount, ...]:
    taken, left = [], []
    for each in activity.budgets:
        line = _budget_line(each)
        if line is None:
            left.append(each)
            rest.note("amount-left-out", "budget")
            continue
        if line.starts and line.ends and line.ends < line.starts:
            line = replace(line, starts=None, ends=None)
            rest.note("period-left-out", "budget")
        taken.append(line)
    rest.keep("budgets", left)
    return tuple(taken)


def _budget_line(budget: Budget) -> BudgetAmount | None:
    if budget.amount < 0 or not re.fullmatch("[A-Z]{3}", budget.currency):
        return None
    if budget.amount > LARGEST_AMOUNT:
        return None
    minor = minor_units(budget.amount, budget.currency)
    if minor > LARGEST_AMOUNT:
        return None
    return BudgetAmount(
        minor,
        budget.currency,
        budget.type,
        budget.status,
        budget.starts,
        budget.ends,
        None if budget.value_date == budget.starts else budget.value_date,
    )


def _contact(contacts: Sequence[Contact], rest: Rest) -> dict[str, Any]:
    """Whom to ask first, open to all as in the file; what more is said of this and others is kept besides."""
    if not contacts:
        return {}
    first = contacts[0]
    found = {
        name: value if len(value) <= most else ""
        for name, most in _CONTACT_LENGTHS.items()
        if (value := getattr(first, name)) is not None
    }
    if found["email"] and not is_address(found["email"]):
        found["email"] = ""
    if found["website"] and not re.match(r"https?://[^\s/]+", found["website"]):
        found["website"] = ""
    if found["email"] != first.email:
        rest.note("contact-left-out", "contact-info")
    told = replace(first, **{name: "" for name, value in found.items() if value})
    if len(contacts) > 1 or plainly(told):
        rest.keep("contacts", [told, *contacts[1:]])
    return {
        "contact_name": found["person"] or None,
        "contact_email": found["email"] or None,
        "contact_phone": found["telephone"] or None,
        "website": found["website"] or None,
        "contact_shown": True,
    }
