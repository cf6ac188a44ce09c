"""The parts of an iati-activity element, each from its value."""

import re

from lxml.etree import _Element

from tacoord.iati import codes
from tacoord.iati.activity import (
    Activity,
    Budget,
    Contact,
    Location,
    OtherIdentifier,
    ParticipatingOrg,
    PolicyMarker,
    RecipientRegion,
    Sector,
    Tag,
)
from tacoord.iati.build import OWN_PERCENTAGE, add, add_texts, decimal, element

_WGS84 = "http://www.opengis.net/def/crs/EPSG/0/4326"
_ADDRESS = re.compile(
    r"([a-z][a-z0-9+.-]*:)?(//)?[a-z0-9]([\w.~/?@!$&'()*+,;=-]|%[0-9a-f]{2}|:(?=[\w/]))*(#[\w/-]*)?",
    re.IGNORECASE | re.ASCII,
)


def add_participating_org(top: _Element, org: ParticipatingOrg, language: str) -> None:
    """An organisation; left out without a role, because IATI requires one."""
    if org.role is None:
        return
    attributes = {
        "ref": org.ref,
        "type": org.type,
        "role": org.role,
        "activity-id": org.activity_id,
        "crs-channel-code": org.channel,
    }
    add_texts(add(top, "participating-org", attributes), org.names, language)


def add_other_identifier(top: _Element, other: OtherIdentifier) -> None:
    """Another identifier, with its owner where one is known."""
    added = add(top, "other-identifier", {"ref": other.value, "type": other.type})
    if other.owner_ref or other.owner_name:
        owner = add(added, "owner-org", {"ref": other.owner_ref})
        if other.owner_name:
            add(owner, "narrative", text=other.owner_name)


def add_contact(top: _Element, contact: Contact) -> None:
    """A contact, its parts in the order of the schema."""
    added = element("contact-info", {"type": contact.type})
    for name, text in (
        ("organisation", contact.organisation),
        ("department", contact.department),
        ("person-name", contact.person),
        ("job-title", contact.job_title),
    ):
        _add_narrative(added, name, text)
    if contact.telephone:
        add(added, "telephone", text=contact.telephone)
    if contact.email:
        add(added, "email", text=contact.email)
    if _ADDRESS.fullmatch(contact.website):
        add(added, "website", text=contact.website)
    _add_narrative(added, "mailing-address", contact.address)
    if len(added):
        top.append(added)


def _add_narrative(parent: _Element, name: str, text: str) -> None:
    if text:
        add(add(parent, name), "narrative", text=text)


def add_region(top: _Element, region: RecipientRegion, language: str) -> None:
    """A region with its share."""
    attributes = {
        "code": region.code,
        "vocabulary": region.vocabulary,
        "vocabulary-uri": _address(region.vocabulary_uri),
        "percentage": decimal(region.percentage),
    }
    add_texts(add(top, "recipient-region", attributes), region.names, language)


def add_location(top: _Element, location: Location, language: str) -> None:
    """A place by its name and point."""
    added = add(top, "location")
    if any(location.names.values()):
        add_texts(add(added, "name"), location.names, language)
    if location.latitude is not None and location.longitude is not None:
        point = add(added, "point", {"srsName": _WGS84})
        add(point, "pos", text=f"{location.latitude:f} {location.longitude:f}")


def add_sector(top: _Element, sector: Sector, language: str) -> None:
    """A sector; left out where its vocabulary is none of IATI 2.03."""
    if sector.vocabulary not in codes.SECTOR_VOCABULARIES:
        return
    attributes = {
        "vocabulary": sector.vocabulary,
        "vocabulary-uri": _address(sector.vocabulary_uri),
        "code": sector.code,
        "percentage": decimal(sector.percentage),
    }
    add_texts(add(top, "sector", attributes), sector.names, language)


def add_tag(top: _Element, tag: Tag, language: str) -> None:
    """A tag; ours carry their percentage in an attribute of ours."""
    if tag.vocabulary not in codes.TAG_VOCABULARIES:
        return
    attributes = {
        "code": tag.code,
        "vocabulary": tag.vocabulary,
        "vocabulary-uri": _address(tag.vocabulary_uri),
        OWN_PERCENTAGE: decimal(tag.percentage) if tag.own_vocabulary else None,
    }
    add_texts(add(top, "tag", attributes), tag.names, language)


def add_policy_marker(top: _Element, marker: PolicyMarker) -> None:
    """A policy marker; left out where its vocabulary is none of IATI 2.03."""
    if marker.vocabulary in codes.MARKER_VOCABULARIES:
        attributes = {
            "vocabulary": marker.vocabulary,
            "code": marker.code,
            "significance": marker.significance,
        }
        add(top, "policy-marker", attributes)


def add_budget(top: _Element, budget: Budget, activity: Activity) -> None:
    """A budget; without a period it is for the whole activity, and left out if that has none."""
    starts, ends = budget.starts or activity.starts, budget.ends or activity.ends
    if starts is None or ends is None:
        return
    added = add(top, "budget", {"type": budget.type, "status": budget.status})
    add(added, "period-start", {"iso-date": starts.isoformat()})
    add(added, "period-end", {"iso-date": ends.isoformat()})
    valued = (budget.value_date or starts).isoformat()
    attributes = {"currency": budget.currency, "value-date": valued}
    add(added, "value", attributes, decimal(budget.amount) or "0")


def _address(uri: str) -> str | None:
    return uri if _ADDRESS.fullmatch(uri) else None
