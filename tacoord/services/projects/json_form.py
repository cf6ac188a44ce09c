"""A project as JSON: the object that the API, JSON Lines files and `tacoord match` share, from and to a draft."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tacoord.errors import N_, Invalid, Problem
from tacoord.models import Mask, NameKind, Project, Visibility
from tacoord.services.projects.content import draft_for
from tacoord.services.projects.drafts import (
    CODE_FIELDS,
    BudgetAmount,
    OtherIdentifier,
    Participant,
    ProjectDraft,
    Sector,
    Share,
)
from tacoord.services.projects.json_values import JsonReader, number_of, plain_json
from tacoord.services.terms.money import major_units, minor_units
from tacoord.services.terms.written_money import OTHER_CURRENCY
from tacoord.services.visibility import Viewer, reads_whole

DAC_REGION: Final = "1"
M49_REGION: Final = "2"
LONGEST_RECORD: Final = 500_000
READ_ONLY: Final = frozenset(
    {"id", "state", "source", "on_behalf", "created_at", "updated_at", "confirmed_at"}
)
"""What the object says when it is read, and what nobody can set: passed over when it comes back."""

_MAKE_A_ROW: Final = frozenset({"code", "value", "amount"})
"""A row of a list without one of these, whichever it needs, is none."""

_DATES: Final = ("planned_start", "actual_start", "planned_end", "actual_end")
_DIFFERENT_NAMES: Final = {
    "titles": "title",
    "descriptions": "description",
    "participants": "participating_orgs",
    "dac_regions": "regions",
    "contact_name": "contact.name",
    "contact_email": "contact.email",
    "contact_phone": "contact.phone",
    "contact_shown": "contact.shown",
    "starts": "start",
    "ends": "end",
}


def draft_from_json(
    value: object, *, check: Callable[[ProjectDraft], list[Problem]] | None = None
) -> ProjectDraft:
    """The draft that a JSON object describes; `null`, "", {}, [] and an absent key all mean missing.

    Who reports stands afterwards in `record`. Rules of the domain are not looked at where all can be read; where
    something cannot, `check` names what is wrong with the rest, so that all is said at once.
    Raises Invalid with every problem; fields are named as in the object, rows by number: `countries.1.code`.
    """
    reader = JsonReader(value)
    regions = reader.rows("regions", _region, short="code")
    draft = ProjectDraft(
        titles=reader.texts("title"),
        descriptions=reader.texts("description"),
        iati_identifier=reader.text("iati_identifier"),
        other_identifiers=tuple(reader.rows("other_identifiers", _identifier, short="value")),
        participants=tuple(reader.rows("participating_orgs", _participant, short="name")),
        countries=tuple(reader.rows("countries", _share, short="code")),
        regions=tuple(share for vocabulary, share in regions if vocabulary == M49_REGION),
        dac_regions=tuple(share for vocabulary, share in regions if vocabulary == DAC_REGION),
        pillars=_pillars(reader),
        sectors=tuple(reader.rows("sectors", _sector, short="code")),
        status=reader.code("status"),
        budget=tuple(reader.rows("budget", _budget)),
        website=reader.text("website"),
        visibility=_visibility(reader),
        groups=frozenset(reader.rows("groups", _code, short="code")),
        masks=frozenset(reader.rows("masks", _mask, short="code")),
        record=_record(reader),
        **{name: frozenset(reader.rows(name, _code, short="code")) for name in CODE_FIELDS},  # type: ignore[arg-type]
        **_days(reader),
        **_contact(reader.inside("contact")),
    )
    reader.note_unknown(READ_ONLY)
    if reader.problems:
        more = in_json_terms(check(draft)) if check else []
        raise Invalid([*reader.problems, *_of_what_was_read(more, reader.problems)])
    return draft


def _of_what_was_read(problems: Iterable[Problem], unread: Iterable[Problem]) -> Iterator[Problem]:
    """The problems but for values that could not be read, and for lists of which a row is therefore missing."""
    fields = {each.field for each in unread}
    short = {name.split(".")[0] for name in fields if name.rpartition(".")[2] in _MAKE_A_ROW}
    for each in problems:
        top = each.field.split(".")[0]
        if each.field not in fields and top not in fields | short:
            yield each


def json_of(project: Project, viewer: Viewer) -> dict[str, Any]:
    """The object that says what `project` says to `viewer`, with its id; missing values are null or empty."""
    draft = draft_for(project, viewer)
    contact = may_see_contact(project, viewer)
    return {
        "id": project.public_id,
        "iati_identifier": draft.iati_identifier,
        "other_identifiers": [_plainly(each) for each in draft.other_identifiers],
        "reporting_org": reporting_org_of(project),
        "title": dict(draft.titles),
        "description": dict(draft.descriptions),
        **_places(draft),
        "sectors": [_plainly(each) for each in draft.sectors],
        "pillars": [_plainly(each) for each in draft.pillars],
        **{name: sorted(getattr(draft, name)) for name in CODE_FIELDS},
        "participating_orgs": [_plainly(each) for each in draft.participants],
        "start": _plain(draft.starts),
        "end": _plain(draft.ends),
        **{name: _plain(getattr(draft, name)) for name in _DATES},
        "status": draft.status,
        "budget": [_budget_of(line) for line in draft.budget],
        "contact": _contact_of(draft) if contact else None,
        "website": draft.website,
        "visibility": draft.visibility.value,
        "groups": sorted(draft.groups),
        "masks": sorted(draft.masks),
        "record": _record_of(draft, contact=contact),
        "state": project.state.value,
        "source": project.source.value,
        "on_behalf": project.on_behalf,
        "created_at": project.created_at.isoformat(),
        "updated_at": project.updated_at.isoformat(),
        "confirmed_at": project.confirmed_at.isoformat() if project.confirmed_at else None,
    }


def in_json_terms(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of a draft, at the fields of the JSON object."""
    return [Problem(_json_field(each.field), each.message, each.values) for each in problems]


def may_see_contact(project: Project, viewer: Viewer) -> bool:
    """Whether `viewer`, who may know of the project, may also know whom to ask."""
    return project.contact_shown or reads_whole(project, viewer)


def reporting_org_of(project: Project) -> dict[str, Any]:
    """Who reports: as written where the record was registered on behalf of others, else the organisation itself."""
    said = project.record.get("reporting_org")
    if isinstance(said, Mapping) and (said.get("ref") or said.get("name")):
        return {**said, "ref": said.get("ref") or None, "name": said.get("name") or None}
    names = project.organisation.names
    ref = next((each.value for each in names if each.kind is NameKind.IDENTIFIER), None)
    return {"ref": ref, "name": project.organisation.name}


def _share(row: JsonReader) -> Share | None:
    code, percentage = row.code("code"), row.share("percentage")
    return Share(code, percentage) if code else None


def _code(row: JsonReader) -> str | None:
    return row.code("code")


def _mask(row: JsonReader) -> Mask | None:
    word = row.code("code")
    if word is None:
        return None
    try:
        return Mask(word)
    except ValueError:
        row.wrong("code", N_("Give places, participants or description."))
        return None


def _region(row: JsonReader) -> tuple[str, Share] | None:
    vocabulary, share = row.code("vocabulary") or DAC_REGION, _share(row)
    if vocabulary not in (DAC_REGION, M49_REGION):
        row.wrong("vocabulary", N_("Give 1 for a region of the OECD DAC, or 2 for one of UN M49."))
    return (vocabulary, share) if share else None


def _pillars(reader: JsonReader) -> tuple[Share, ...]:
    """Pillars with their shares; where only codes are given, these have equal shares."""
    shares = tuple(reader.rows("pillars", _share, short="code"))
    given = reader.value("pillars")
    short = isinstance(given, str) or (
        isinstance(given, list) and all(isinstance(each, str) for each in given)
    )
    return _equal(shares) if short and shares else shares


def _equal(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    each = (Decimal(100) / len(shares)).quantize(Decimal("0.0001"))
    last = Decimal(100) - each * (len(shares) - 1)
    return (*(Share(share.code, each) for share in shares[:-1]), Share(shares[-1].code, last))


def _sector(row: JsonReader) -> Sector | None:
    code, vocabulary = row.code("code"), row.code("vocabulary")
    percentage = row.share("percentage")
    return Sector(code, vocabulary or "1", percentage) if code else None


def _identifier(row: JsonReader) -> OtherIdentifier | None:
    kind, value = row.code("type"), row.code("value")
    return OtherIdentifier(kind or "A9", value) if value else None


def _participant(row: JsonReader) -> Participant:
    return Participant(
        name=row.text("name") or "",
        role=row.code("role") or "",
        ref=row.code("ref"),
        type=row.code("type"),
        activity_id=row.code("activity_id"),
    )


def _budget(row: JsonReader) -> BudgetAmount | None:
    currency = (row.text("currency") or "").upper()
    told = row.money("amount", currency)
    if currency and not told.agrees_with(currency):
        row.wrong("currency", OTHER_CURRENCY, mark=told.mark, currency=currency)
    amount, currency = told.amount, currency or told.only_currency()
    line = BudgetAmount(
        amount_minor=0 if amount is None else minor_units(amount, currency),
        currency=currency,
        type=row.code("type") or "1",
        status=row.code("status") or "1",
        starts=row.day("start"),
        ends=row.day("end"),
        value_date=row.day("value_date"),
    )
    return None if amount is None else line


def _days(reader: JsonReader) -> dict[str, Any]:
    """The four dates; `start` and `end` are the planned ones where nothing more exact is said."""
    days = {name: reader.day(name) for name in _DATES}
    for short in ("start", "end"):
        day, planned, actual = reader.day(short), days[f"planned_{short}"], days[f"actual_{short}"]
        if day and not planned and not actual:
            days[f"planned_{short}"] = day
        elif day and day not in (planned, actual):
            reader.wrong(
                short, N_("This is neither the planned nor the actual date. Leave it out.")
            )
    return days


def _contact(reader: JsonReader) -> dict[str, Any]:
    found = {f"contact_{name}": reader.text(name) for name in ("name", "email", "phone")}
    shown = reader.flag("shown")
    reader.note_unknown()
    return {**found, "contact_shown": shown}


def _visibility(reader: JsonReader) -> Visibility:
    word = reader.text("visibility")
    if word is None:
        return Visibility.REGISTERED
    try:
        return Visibility(word)
    except ValueError:
        reader.wrong("visibility", N_("Give public, registered, group or organisation."))
        return Visibility.ORGANISATION


def _record(reader: JsonReader) -> dict[str, Any]:
    """What a source said beyond the fields, with who reports."""
    found = reader.value("record")
    record: dict[str, Any] = {}
    if isinstance(found, Mapping):
        try:
            record = plain_json(found)
        except ValueError:
            reader.wrong("record", N_("This is nested too deeply, or holds what is no JSON."))
    elif found is not None:
        reader.wrong("record", N_("This must be a JSON object."))
    if len(json.dumps(record, default=str)) > LONGEST_RECORD:
        reader.wrong("record", N_("Use at most %(most)d characters."), most=LONGEST_RECORD)
    record.pop("reporting_org", None)
    said = reader.value("reporting_org")
    said = {"name": said} if isinstance(said, str) else said or {}
    reporter = JsonReader(said, "reporting_org.", reader.problems)
    named: dict[str, Any] = {name: reporter.code(name) for name in ("ref", "name", "type")}
    named |= {"names": reporter.texts("names"), "secondary": reporter.flag("secondary")}
    named = {name: value for name, value in named.items() if value}
    reporter.note_unknown()
    return {**record, "reporting_org": named} if named else record


def _places(draft: ProjectDraft) -> dict[str, Any]:
    both = ((DAC_REGION, draft.dac_regions), (M49_REGION, draft.regions))
    return {
        "countries": [_plainly(each) for each in draft.countries],
        "regions": [
            {"code": each.code, "vocabulary": vocabulary, "percentage": number_of(each.percentage)}
            for vocabulary, shares in both
            for each in shares
        ],
    }


def _budget_of(line: BudgetAmount) -> dict[str, Any]:
    return {
        "amount": number_of(major_units(line.amount_minor, line.currency)),
        "currency": line.currency,
        "type": line.type,
        "status": line.status,
        "start": _plain(line.starts),
        "end": _plain(line.ends),
        "value_date": _plain(line.value_date),
    }


def _contact_of(draft: ProjectDraft) -> dict[str, Any] | None:
    said = {"name": draft.contact_name, "email": draft.contact_email, "phone": draft.contact_phone}
    if not any(said.values()) and not draft.contact_shown:
        return None
    return {**said, "shown": draft.contact_shown}


def _record_of(draft: ProjectDraft, *, contact: bool) -> dict[str, Any]:
    left_out = {"reporting_org"} if contact else {"reporting_org", "contacts"}
    return {name: value for name, value in draft.record.items() if name not in left_out}


def _plainly(row: Any) -> dict[str, Any]:
    return {each.name: _plain(getattr(row, each.name)) for each in fields(row)}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return number_of(value)
    return value.isoformat() if isinstance(value, date) else value


def _json_field(name: str) -> str:
    first, *rest = name.split(".")
    return ".".join(
        [_DIFFERENT_NAMES.get(first, first), *(_DIFFERENT_NAMES.get(part, part) for part in rest)]
    )
