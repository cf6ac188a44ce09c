"""What a project record says: a draft written into the tables, read back, hashed, and given to matching."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.sql.base import ExecutableOption

from tacoord.matching import facts as matching
from tacoord.models import (
    BudgetLine,
    CoordinationGroup,
    Mask,
    NameKind,
    Organisation,
    Project,
    ProjectGroup,
    ProjectIdentifier,
    ProjectOrganisation,
    ProjectTag,
)
from tacoord.policy import Actor
from tacoord.services.projects.drafts import (
    CODE_FIELDS,
    SHARE_FIELDS,
    BudgetAmount,
    OtherIdentifier,
    Participant,
    ProjectDraft,
    Sector,
    Share,
)
from tacoord.services.projects.kept import plain_values
from tacoord.services.projects.masking import rejoined, shown_part, withheld_part
from tacoord.services.projects.participants import link_participants
from tacoord.services.search_text import searchable
from tacoord.services.terms.country_names import UN_LANGUAGES, country_name
from tacoord.services.terms.money import as_money, standing, usd_minor
from tacoord.services.terms.regions import regions_by_country
from tacoord.services.visibility import Viewer, reads_whole

DAC_PURPOSE: Final = "1"
SECTOR: Final = "sector"
_PLAIN_FIELDS: Final = (
    "iati_identifier",
    "status",
    "planned_start",
    "actual_start",
    "planned_end",
    "actual_end",
    "contact_name",
    "contact_email",
    "contact_phone",
    "contact_shown",
    "website",
    "visibility",
)
_NAMED_IN_ALL_LANGUAGES: Final = 12


def clean(draft: ProjectDraft) -> ProjectDraft:
    """The draft without blanks around texts, without empty texts, and with shares in one form."""
    return replace(
        draft,
        titles=_texts(draft.titles),
        descriptions=_texts(draft.descriptions),
        iati_identifier=_stripped(draft.iati_identifier),
        status=_stripped(draft.status),
        contact_name=_stripped(draft.contact_name),
        contact_email=_stripped(draft.contact_email),
        contact_phone=_stripped(draft.contact_phone),
        website=_stripped(draft.website),
        countries=_shares(draft.countries),
        regions=_shares(draft.regions),
        dac_regions=_shares(draft.dac_regions),
        pillars=_shares(draft.pillars),
        participants=tuple(
            replace(each, name=" ".join(each.name.split())) for each in draft.participants
        ),
        sectors=tuple(replace(each, percentage=_plain(each.percentage)) for each in draft.sectors),
    )


def content_hash(draft: ProjectDraft) -> str:
    """A hash of everything the clean draft says; the order of codes, shares and organisations does not matter."""
    said = json.dumps(canonical(draft), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def canonical(draft: ProjectDraft) -> dict[str, Any]:
    """The clean draft as plain values, by field, in an order of its own."""
    said = {each.name: plain_values(getattr(draft, each.name)) for each in fields(draft)}
    for name in ("titles", "descriptions"):
        said[name] = list(getattr(draft, name).items())  # the first language is the main one
    for name in SHARE_FIELDS:
        said[name] = sorted(said[name], key=lambda share: str(share["code"]))
    for name in ("participants", "other_identifiers"):
        said[name] = sorted(said[name], key=lambda each: json.dumps(each, sort_keys=True))
    said["sectors"] = sorted(said["sectors"], key=lambda each: (each["vocabulary"], each["code"]))
    return said


def changed_fields(old: ProjectDraft, new: ProjectDraft) -> list[str]:
    """The names of the fields in which two clean drafts differ, in the order of the form."""
    before, after = canonical(old), canonical(new)
    return [each.name for each in fields(ProjectDraft) if before[each.name] != after[each.name]]


def write_draft(
    session: Session,
    project: Project,
    draft: ProjectDraft,
    *,
    by: Actor,
    known_sectors: frozenset[str],
    known_organisations: Mapping[str, Organisation] = MappingProxyType({}),
) -> None:
    """Let `project` say what the clean and checked draft says, in every table. Not flushed.

    What the draft's masks withhold stands apart: everything else is written from the part that others may read.

    known_sectors: the codes of our own vocabulary of sectors; those become tags besides. known_organisations: by name,
    those that the caller has found already; the others are looked up one by one.
    """
    project.masks, project.withheld = sorted(draft.masks), withheld_part(draft)
    project.content_hash = content_hash(draft)
    draft = shown_part(draft, regions_by_country(session) if Mask.PLACES in draft.masks else {})
    for name in _PLAIN_FIELDS:
        setattr(project, name, getattr(draft, name))
    project.titles, project.descriptions = dict(draft.titles), dict(draft.descriptions)
    project.title = next(iter(draft.titles.values()), "")
    project.starts, project.ends = draft.starts, draft.ends
    project.sectors = [plain_values(sector) for sector in draft.sectors]
    project.record = dict(draft.record)
    _write_tags(project, draft, known_sectors)
    _write_participants(project, draft)
    link_participants(session, project, by=by, known=known_organisations)
    _write_budget(project, draft)
    project.identifiers = [
        ProjectIdentifier(type=each.type[:8], value=each.value[:300])
        for each in draft.other_identifiers
    ]
    _write_groups(session, project, draft)
    year = draft.starts.year if draft.starts else None
    project.budget_usd_minor = usd_minor(draft.budget, year=year)
    project.search_text = searchable(_searched(project, draft))


def give_to(project: Project, organisation: Organisation) -> None:
    """Let another organisation be the one that reports the project; nothing else of it changes. Not flushed."""
    project.organisation = organisation
    project.search_text = searchable(_searched(project, draft_of(project)))


def draft_of(project: Project) -> ProjectDraft:
    """What the record says to all who may know of it, as the draft that says the same."""
    percentages = {(tag.vocabulary, tag.code): tag.percentage for tag in project.tags}
    return ProjectDraft(
        **{name: getattr(project, name) for name in _PLAIN_FIELDS},
        titles=project.titles,
        descriptions=project.descriptions,
        other_identifiers=tuple(OtherIdentifier(i.type, i.value) for i in project.identifiers),
        participants=tuple(
            Participant(p.name, p.role, p.ref, p.type, p.activity_id) for p in project.participants
        ),
        **{
            name: tuple(
                Share(code, _plain(percentages[vocabulary, code]))
                for code in project.codes(vocabulary)
            )
            for name, vocabulary in SHARE_FIELDS.items()
        },  # type: ignore[arg-type]
        **{name: frozenset(project.codes(vocabulary)) for name, vocabulary in CODE_FIELDS.items()},  # type: ignore[arg-type]
        sectors=tuple(_sector(each) for each in project.sectors),
        budget=tuple(
            BudgetAmount(
                b.amount_minor, b.currency, b.type, b.status, b.starts, b.ends, b.value_date
            )
            for b in project.budget_lines
        ),
        groups=frozenset(link.group.code for link in project.group_links),
        masks=frozenset(Mask(each) for each in project.masks),
        record=project.record,
    )


def whole_draft_of(project: Project) -> ProjectDraft:
    """What the record says, with what is withheld from others: for who may change it, and for nobody else."""
    return rejoined(draft_of(project), project.withheld)


def draft_for(project: Project, viewer: Viewer) -> ProjectDraft:
    """What the record says to `viewer`, who may know of it."""
    return whole_draft_of(project) if reads_whole(project, viewer) else draft_of(project)


def facts_of(project: Project) -> matching.Facts:
    """What matching may know of the record, which is what all may read; its id there is the public id."""
    return facts_of_draft(
        draft_of(project),
        id=project.public_id,
        organisation=project.organisation,
        on_behalf=project.on_behalf,
    )


def facts_of_draft(
    draft: ProjectDraft, *, id: str, organisation: Organisation, on_behalf: bool = False
) -> matching.Facts:
    """What matching may know of a record of `organisation` that says what the clean `draft` says.

    A line without a code or an amount, as in a form that is still being filled in, says nothing.
    """
    return matching.Facts(
        id=id,
        iati_identifier=draft.iati_identifier,
        other_identifiers=tuple(each.value for each in draft.other_identifiers),
        reporter=_reporter(draft, organisation, on_behalf),
        titles=draft.titles,
        descriptions=draft.descriptions,
        countries=_codes(draft.countries),
        regions=(
            *(("1", code) for code in _codes(draft.dac_regions)),
            *(("2", code) for code in _codes(draft.regions)),
        ),
        sectors=tuple((sector.vocabulary, sector.code) for sector in draft.sectors),
        pillars=_codes(draft.pillars),
        measures=tuple(sorted(draft.measures)),
        mandates=tuple(sorted(draft.mandates)),
        participants=tuple(
            matching.Participant(matching.Party(p.ref, p.name), p.role, p.activity_id)
            for p in draft.participants
        ),
        start=matching.Day(draft.starts) if draft.starts else None,
        end=matching.Day(draft.ends) if draft.ends else None,
        status=draft.status,
        budgets=tuple(as_money(line) for line in standing(draft.budget) if line.amount_minor),
        visibility=draft.visibility.value,
    )


def _codes(shares: Iterable[Share]) -> tuple[str, ...]:
    return tuple(share.code for share in shares if share.code)


def whole_record() -> tuple[ExecutableOption, ...]:
    """What to load along where `draft_of` or `facts_of` is asked of many projects."""
    parts = (Project.participants, Project.tags, Project.budget_lines, Project.identifiers)
    return (
        *(selectinload(part) for part in parts),
        selectinload(Project.group_links).selectinload(ProjectGroup.group),
        selectinload(Project.organisation).selectinload(Organisation.names),
    )


def _write_tags(project: Project, draft: ProjectDraft, known_sectors: frozenset[str]) -> None:
    wanted: dict[tuple[str, str], Decimal | None] = {}
    for _, vocabulary, share in draft.shares():
        wanted[vocabulary, share.code] = share.percentage
    for _, vocabulary, code in draft.codes():
        wanted[vocabulary, code] = None
    for sector in draft.sectors:
        if sector.vocabulary == DAC_PURPOSE and sector.code in known_sectors:
            wanted[SECTOR, sector.code] = _tag_share(sector.percentage)
    present = {(tag.vocabulary, tag.code): tag for tag in project.tags}
    for key, tag in present.items():
        if key not in wanted:
            project.tags.remove(tag)
    for (vocabulary, code), percentage in sorted(wanted.items(), key=lambda item: item[0]):
        known = present.get((vocabulary, code))
        if known is None:
            project.tags.append(ProjectTag(vocabulary=vocabulary, code=code, percentage=percentage))
        elif known.percentage != percentage:
            known.percentage = percentage


def _write_participants(project: Project, draft: ProjectDraft) -> None:
    rows = project.participants
    del rows[len(draft.participants) :]
    for position, each in enumerate(draft.participants):
        if position == len(rows):
            rows.append(ProjectOrganisation(position=position))
        row = rows[position]
        row.role, row.ref, row.type = each.role, each.ref, each.type
        row.name, row.activity_id = each.name[:500], each.activity_id


def _write_budget(project: Project, draft: ProjectDraft) -> None:
    rows = project.budget_lines
    del rows[len(draft.budget) :]
    for position, line in enumerate(draft.budget):
        if position == len(rows):
            rows.append(BudgetLine(position=position))
        for each in fields(line):
            setattr(rows[position], each.name, getattr(line, each.name))


def _write_groups(session: Session, project: Project, draft: ProjectDraft) -> None:
    if not draft.groups and not project.group_links:
        return
    wanted = {
        group.id: group
        for group in session.scalars(
            select(CoordinationGroup).where(CoordinationGroup.code.in_(draft.groups))
        )
    }
    for link in list(project.group_links):
        if wanted.pop(link.group_id, None) is None:
            project.group_links.remove(link)
    project.group_links.extend(ProjectGroup(group=group) for group in wanted.values())


def _searched(project: Project, draft: ProjectDraft) -> Iterator[str | None]:
    yield from draft.titles.values()
    yield draft.iati_identifier
    yield from (each.value for each in draft.other_identifiers)
    yield from (project.organisation.name, project.organisation.acronym)
    yield from (each.name for each in draft.participants)
    few = len(draft.countries) <= _NAMED_IN_ALL_LANGUAGES
    for share in draft.countries:
        yield from (
            country_name(share.code, language) for language in (UN_LANGUAGES if few else ("en",))
        )
    yield from draft.descriptions.values()


def _reporter(draft: ProjectDraft, organisation: Organisation, on_behalf: bool) -> matching.Party:
    """Who reports: the organisation of the record, or the one on whose behalf it was registered."""
    said = draft.record.get("reporting_org") if on_behalf else None
    if isinstance(said, Mapping) and (said.get("ref") or said.get("name")):
        return matching.Party(
            said.get("ref") or _identifier_of(organisation), said.get("name") or organisation.name
        )
    return matching.Party(_identifier_of(organisation), organisation.name)


def _identifier_of(organisation: Organisation) -> str | None:
    kept = (each.value for each in organisation.names if each.kind is NameKind.IDENTIFIER)
    return next(kept, None)


def _stripped(text: str | None) -> str | None:
    return (text or "").strip() or None


def _shares(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    return tuple(replace(share, percentage=_plain(share.percentage)) for share in shares)


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text.strip() for language, text in texts.items() if text.strip()}


def _plain(percentage: Decimal | None) -> Decimal | None:
    """A share with the four digits that the database keeps, and no idle zeros."""
    if percentage is None or not percentage.is_finite() or abs(percentage) > 10**6:
        return percentage
    return Decimal(f"{percentage.quantize(Decimal('0.0001')).normalize():f}")


def _tag_share(percentage: Decimal | None) -> Decimal | None:
    return percentage if percentage is not None and 0 <= percentage <= 100 else None


def _sector(kept: Mapping[str, Any]) -> Sector:
    share = kept.get("percentage")
    return Sector(kept["code"], kept["vocabulary"], None if share is None else Decimal(share))
