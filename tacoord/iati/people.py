"""Organisations, identifiers and contacts of an iati-activity element."""

from collections.abc import Iterable
from dataclasses import replace

from lxml.etree import _Element

from tacoord.iati import codes
from tacoord.iati.activity import (
    Contact,
    OtherIdentifier,
    ParticipatingOrg,
    RelatedActivity,
    ReportingOrg,
)
from tacoord.iati.notes import Notes
from tacoord.iati.texts import full_text, texts, tidy_line
from tacoord.iati.values import read_flag


def reporting_org(activity: _Element, notes: Notes) -> ReportingOrg:
    """Who reports; an empty ReportingOrg and a warning where nobody is named."""
    element = activity.find("reporting-org")
    if element is None:
        notes.warn("no-reporting-org", activity)
        return ReportingOrg()
    return ReportingOrg(
        ref=tidy_line(element.get("ref")),
        type=_organisation_type(element, notes),
        names=texts(element, notes.language),
        secondary=read_flag(element.get("secondary-reporter")) or False,
    )


def participating_orgs(activity: _Element, notes: Notes) -> tuple[ParticipatingOrg, ...]:
    """The organisations in their roles; those that say neither identifier nor name are left out.

    IATI 1.x repeats the element for each language: such repetitions become one.
    """
    orgs: list[ParticipatingOrg] = []
    for element in notes.parts(activity, "participating-org"):
        org = _participating_org(element, notes)
        if not (org.ref or org.names or org.activity_id):
            continue
        if orgs and element.find("narrative") is None and _translates(org, orgs[-1]):
            orgs[-1] = replace(orgs[-1], names={**orgs[-1].names, **org.names})
        else:
            orgs.append(org)
    return tuple(_distinct(orgs))


def _participating_org(element: _Element, notes: Notes) -> ParticipatingOrg:
    return ParticipatingOrg(
        role=notes.code(element, codes.ORGANISATION_ROLES, attribute="role", kind="role"),
        ref=tidy_line(element.get("ref")),
        type=_organisation_type(element, notes),
        names=texts(element, notes.language),
        activity_id=tidy_line(element.get("activity-id")),
        channel=tidy_line(element.get("crs-channel-code")),
    )


def _translates(org: ParticipatingOrg, before: ParticipatingOrg) -> bool:
    same = replace(org, names={}) == replace(before, names={})
    return bool(org.ref) and same and not (org.names.keys() & before.names.keys())


def _distinct(orgs: Iterable[ParticipatingOrg]) -> list[ParticipatingOrg]:
    seen: dict[str, ParticipatingOrg] = {}
    for org in orgs:
        seen.setdefault(repr(org), org)
    return list(seen.values())


def _organisation_type(element: _Element, notes: Notes) -> str | None:
    raw = tidy_line(element.get("type"))
    if raw in ("", "0"):
        return None
    return notes.code(element, codes.ORGANISATION_TYPES, attribute="type", kind="organisation type")


def other_identifier(element: _Element, notes: Notes) -> OtherIdentifier | None:
    """Another identifier: in 2.x an attribute, in 1.x the text; None where there is none."""
    owner = element.find("owner-org")
    value = tidy_line(element.get("ref") or (element.text if owner is None else ""))
    if not value:
        return None
    kind = tidy_line(element.get("type")).upper()
    names = texts(owner, notes.language) if owner is not None else {}
    return OtherIdentifier(
        value=value,
        type=kind if kind in codes.OTHER_IDENTIFIER_TYPES else "A9",
        owner_ref=tidy_line(element.get("owner-ref") if owner is None else owner.get("ref")),
        owner_name=next(iter(names.values()), tidy_line(element.get("owner-name"))),
    )


def contact(element: _Element, notes: Notes) -> Contact | None:
    """Whom to ask: the first of each piece of information; None where nothing is said."""

    def first(name: str) -> str:
        child = element.find(name)
        if child is None:
            return ""
        narrative = child.find("narrative")
        return tidy_line(full_text(child if narrative is None else narrative))

    said = Contact(
        organisation=first("organisation"),
        department=first("department"),
        person=first("person-name"),
        job_title=first("job-title"),
        telephone=first("telephone"),
        email=first("email"),
        website=first("website"),
        address=first("mailing-address"),
    )
    if said == Contact():
        return None
    kind = tidy_line(element.get("type"))
    return replace(said, type=kind if kind in codes.CONTACT_TYPES else None)


def related_activity(element: _Element, notes: Notes) -> RelatedActivity | None:
    """Another activity and how it is related; None where its identifier or the kind is missing."""
    ref = tidy_line(element.get("ref"))
    kind = notes.code(element, codes.RELATED_TYPES, attribute="type", kind="related")
    return RelatedActivity(kind, ref) if ref and kind else None
