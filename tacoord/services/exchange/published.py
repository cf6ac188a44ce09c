"""A published project as an IATI activity: its fields, and what a file once said beyond them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from tacoord.iati.activity import (
    Activity,
    ActivityDate,
    Budget,
    Contact,
    Defaults,
    Description,
    Location,
    OtherIdentifier,
    ParticipatingOrg,
    PolicyMarker,
    RecipientCountry,
    RecipientRegion,
    RelatedActivity,
    ReportingOrg,
    Sector,
    Tag,
)
from tacoord.iati.texts import UNDETERMINED
from tacoord.models import NameKind, Project
from tacoord.services.exchange.activities import DATE_FIELDS
from tacoord.services.exchange.places import SDG_TARGETS
from tacoord.services.overlaps.known_records import OWN_REFS
from tacoord.services.projects.content import draft_of
from tacoord.services.projects.drafts import CODE_FIELDS, ProjectDraft, Share
from tacoord.services.terms.money import major_units

T = TypeVar("T")

_NUMBERS: Final = frozenset({"percentage", "latitude", "longitude", "amount"})
_DAYS: Final = frozenset({"day", "starts", "ends", "value_date"})
_TEXTS: Final = frozenset({"names", "texts"})


def activity_of(project: Project) -> Activity:
    """The activity that says what `project` says; of the contact only what is open to everybody.

    A project or organisation without an identifier of its own gets one here that is made of ours, always the same.
    """
    draft = draft_of(project)
    record = draft.record
    language = str(record.get("default_language") or UNDETERMINED)
    reporter = _reporter(project, language)
    return Activity(
        iati_identifier=draft.iati_identifier or f"{reporter.ref}-{project.public_id}",
        titles=_whole(draft.titles, record.get("whole_titles")),
        reporting_org=reporter,
        descriptions=_descriptions(draft),
        participating_orgs=(
            *_participants(draft, language),
            *rows(ParticipatingOrg, record.get("participating_orgs")),
        ),
        other_identifiers=_identifiers(draft),
        status=draft.status,
        dates=_dates(draft),
        contacts=_contacts(draft),
        scope=_text(record.get("scope")),
        countries=tuple(
            RecipientCountry(each.code, each.percentage) for each in _shares(draft, "countries")
        ),
        regions=_regions(draft),
        locations=rows(Location, record.get("locations")),
        sectors=_sectors(draft),
        tags=_tags(draft),
        policy_markers=rows(PolicyMarker, record.get("policy_markers")),
        defaults=next(iter(rows(Defaults, [record.get("defaults")])), Defaults()),
        budgets=_budgets(draft),
        related=rows(RelatedActivity, record.get("related")),
        default_currency=_text(record.get("default_currency")),
        default_language=language,
        hierarchy=_whole_number(record.get("hierarchy")),
        humanitarian=_flag(record.get("humanitarian")),
        last_updated=project.updated_at,
    )


def rows(kind: type[T], kept: Any) -> tuple[T, ...]:
    """The values of a kind that a record keeps as plain ones; whatever is none of that kind is passed over."""
    return tuple(_rows(kind, kept)) if isinstance(kept, list) else ()


def _rows(kind: type[T], kept: Iterable[Any]) -> Iterator[T]:
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    for each in kept:
        if not isinstance(each, Mapping):
            continue
        try:
            values = {
                name: _value(name, value)
                for name, value in each.items()
                if name in names and value is not None
            }
            yield kind(**values)
        except (TypeError, ValueError, InvalidOperation):
            continue


def _value(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        return Decimal(str(value))
    if name in _DAYS:
        return date.fromisoformat(value)
    if name in _TEXTS:
        return {str(language): str(text) for language, text in dict(value).items()}
    return str(value)


def _reporter(project: Project, language: str) -> ReportingOrg:
    own = project.organisation
    said = project.record.get("reporting_org") if project.on_behalf else None
    said = said if isinstance(said, Mapping) else {}
    known = (each.value for each in own.names if each.kind is NameKind.IDENTIFIER)
    names = said.get("names")
    main = {language: str(said.get("name") or own.name)}
    return ReportingOrg(
        ref=str(said.get("ref") or next(known, None) or f"{OWN_REFS}{own.code}"),
        type=_text(said.get("type")) or own.type,
        names=_value("names", names) if isinstance(names, Mapping) and names else main,
        secondary=bool(said.get("secondary")),
    )


def _whole(texts: Mapping[str, str], kept: Any) -> dict[str, str]:
    """The texts; those that were cut on the way in, and not changed since, in full."""
    known = kept if isinstance(kept, Mapping) else {}
    return {
        language: str(known[language])
        if text.endswith("…") and str(known.get(language, "")).startswith(text[:-1])
        else text
        for language, text in texts.items()
    }


def _descriptions(draft: ProjectDraft) -> tuple[Description, ...]:
    kind = _text(draft.record.get("description_type")) or "1"
    texts = _whole(draft.descriptions, draft.record.get("whole_description"))
    main = (Description(texts, kind),) if texts else ()
    return (*main, *rows(Description, draft.record.get("descriptions")))


def _participants(draft: ProjectDraft, language: str) -> Iterator[ParticipatingOrg]:
    more = draft.record.get("names_of_participating_orgs")
    more = more if isinstance(more, Mapping) else {}
    for position, each in enumerate(draft.participants):
        said = more.get(str(position))
        said = said if isinstance(said, Mapping) else {}
        names = said.get("names")
        known = isinstance(names, Mapping) and each.name in names.values()
        yield ParticipatingOrg(
            role=each.role,
            ref=each.ref or "",
            type=each.type,
            names=_value("names", names) if known else {language: each.name},
            activity_id=each.activity_id or "",
            channel=str(said.get("channel") or ""),
        )


def _identifiers(draft: ProjectDraft) -> tuple[OtherIdentifier, ...]:
    owners = {
        (each.type, each.value): each
        for each in rows(OtherIdentifier, draft.record.get("other_identifiers"))
    }
    every = (OtherIdentifier(each.value, each.type) for each in draft.other_identifiers)
    return tuple(owners.get((each.type, each.value), each) for each in every)


def _dates(draft: ProjectDraft) -> tuple[ActivityDate, ...]:
    stated = ((kind, getattr(draft, name)) for kind, name in DATE_FIELDS.items())
    known = tuple(ActivityDate(kind, day) for kind, day in stated if day)
    return (*known, *rows(ActivityDate, draft.record.get("dates")))


def _contacts(draft: ProjectDraft) -> tuple[Contact, ...]:
    if not draft.contact_shown:
        return (Contact(website=draft.website),) if draft.website else ()
    kept = rows(Contact, draft.record.get("contacts"))
    first = kept[0] if kept else Contact()
    told = replace(
        first,
        person=draft.contact_name or first.person,
        email=draft.contact_email or first.email,
        telephone=draft.contact_phone or first.telephone,
        website=draft.website or first.website,
    )
    return (told, *kept[1:]) if told != Contact() else kept[1:]


def _shares(draft: ProjectDraft, name: str) -> tuple[Share, ...]:
    """The shares; where they did not add up on the way in, and nobody stated others since, as the file had them."""
    shares: tuple[Share, ...] = getattr(draft, name)
    kept = draft.record.get("shares")
    raw = rows(Share, kept.get(name)) if isinstance(kept, Mapping) else ()
    unstated = all(each.percentage is None for each in shares)
    same = {each.code for each in raw} == {each.code for each in shares}
    return raw if unstated and same else shares


def _regions(draft: ProjectDraft) -> tuple[RecipientRegion, ...]:
    known = [
        RecipientRegion(each.code, vocabulary, each.percentage)
        for vocabulary, name in (("1", "dac_regions"), ("2", "regions"))
        for each in _shares(draft, name)
    ]
    return (*known, *rows(RecipientRegion, draft.record.get("regions")))


def _sectors(draft: ProjectDraft) -> tuple[Sector, ...]:
    named = {
        (each.vocabulary, each.code): each for each in rows(Sector, draft.record.get("sectors"))
    }
    plain = (Sector(each.code, each.vocabulary, each.percentage) for each in draft.sectors)
    return tuple(
        replace(named.get((each.vocabulary, each.code), each), percentage=each.percentage)
        for each in plain
    )


def _tags(draft: ProjectDraft) -> tuple[Tag, ...]:
    pillars = [Tag.own("pillar", each.code, each.percentage) for each in draft.pillars]
    codes = [
        Tag(code, SDG_TARGETS) if name == "sdg_targets" else Tag.own(CODE_FIELDS[name], code)
        for name, _, code in draft.codes()
    ]
    return (*pillars, *codes, *rows(Tag, draft.record.get("tags")))


def _budgets(draft: ProjectDraft) -> tuple[Budget, ...]:
    lines = (
        Budget(
            major_units(line.amount_minor, line.currency),
            line.currency,
            line.starts,
            line.ends,
            line.type,
            line.status,
            line.value_date,
        )
        for line in draft.budget
    )
    return (*lines, *rows(Budget, draft.record.get("budgets")))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole_number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
