"""Activities -> IATI 2.03 XML, valid against the official schema, one activity in memory."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import BinaryIO

from lxml import etree
from lxml.etree import _Element

from tacoord.iati import codes
from tacoord.iati.activity import Activity, ActivityDate
from tacoord.iati.build import Attributes, add, add_texts, decimal, element
from tacoord.iati.faults import Fault, fault
from tacoord.iati.texts import LANG, UNDETERMINED
from tacoord.iati.write_parts import (
    add_budget,
    add_contact,
    add_location,
    add_other_identifier,
    add_participating_org,
    add_policy_marker,
    add_region,
    add_sector,
    add_tag,
)

VERSION = "2.03"


class _Written:
    """A stream of which lxml may not hide that writing failed: it drops such errors when it ends."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._stream.write(data)
        except OSError as error:
            self.error = self.error or error
            raise


def write(activities: Iterable[Activity], stream: BinaryIO, *, generated_at: datetime) -> int:
    """Write the activities as an IATI 2.03 file and return how many were written.

    Those that cannot be said in IATI (see missing_for_iati) are left out, and so are values that
    are no codes of 2.03. Not written: sums of transactions, counts, identifiers of partners.
    """
    written = 0
    root = {"version": VERSION, "generated-datetime": _moment(generated_at)}
    written_to = _Written(stream)
    with etree.xmlfile(written_to, encoding="utf-8") as out:
        out.write_declaration()
        with out.element("iati-activities", root):
            out.write("\n")
            for activity in activities:
                if missing_for_iati(activity):
                    continue
                out.write(activity_element(activity, generated_at=generated_at), pretty_print=True)
                written += 1
    if written_to.error is not None:
        raise written_to.error
    return written


def missing_for_iati(activity: Activity) -> tuple[Fault, ...]:
    """What IATI requires and the activity does not say; empty where it can be written."""
    lacks = {
        "no-identifier": not activity.iati_identifier,
        "no-title": not any(activity.titles.values()),
        "no-reporting-ref": not activity.reporting_org.ref,
        "no-dates": not any(date.day for date in activity.dates),
    }
    return tuple(fault(code) for code, missing in lacks.items() if missing)


def activity_element(activity: Activity, *, generated_at: datetime) -> _Element:
    """The iati-activity element; its parts stand in the order that the schema asks for.

    What IATI requires and the register need not know is filled in: the title serves as
    description, the reporter as the accountable organisation, and the dates tell the status.
    """
    top = element("iati-activity", _attributes(activity))
    _add_who_and_what(top, activity, generated_at)
    _add_where(top, activity)
    _add_kind(top, activity)
    for budget in activity.budgets:
        add_budget(top, budget, activity)
    for related in activity.related:
        add(top, "related-activity", {"ref": related.ref, "type": related.type})
    return top


def _attributes(activity: Activity) -> Attributes:
    language = activity.default_language
    updated = activity.last_updated
    return {
        "last-updated-datetime": _moment(updated) if updated else None,
        LANG: None if language == UNDETERMINED else language,
        "default-currency": activity.default_currency,
        "humanitarian": _flag(activity.humanitarian),
        "hierarchy": None if activity.hierarchy is None else str(activity.hierarchy),
    }


def _add_who_and_what(top: _Element, activity: Activity, generated_at: datetime) -> None:
    language = activity.default_language
    add(top, "iati-identifier", text=activity.iati_identifier)
    _add_reporting_org(top, activity)
    add_texts(add(top, "title"), activity.titles, language)
    for description in activity.descriptions:
        if any(description.texts.values()):
            added = add(top, "description", {"type": description.type})
            add_texts(added, description.texts, language)
    if top.find("description") is None:
        add_texts(add(top, "description"), activity.titles, language)
    for org in activity.participating_orgs:
        add_participating_org(top, org, language)
    if top.find("participating-org") is None:
        reporter = activity.reporting_org
        added = add(top, "participating-org", {"role": "2", "ref": reporter.ref})
        add_texts(added, reporter.names, language)
    for other in activity.other_identifiers:
        add_other_identifier(top, other)
    add(top, "activity-status", {"code": activity.status or _status(activity, generated_at)})
    for date in activity.dates:
        _add_date(top, date)
    for contact in activity.contacts:
        add_contact(top, contact)


def _add_reporting_org(top: _Element, activity: Activity) -> None:
    reporter = activity.reporting_org
    attributes = {
        "ref": reporter.ref,
        "type": reporter.type or "90",
        "secondary-reporter": "1" if reporter.secondary else None,
    }
    added = add(top, "reporting-org", attributes)
    add_texts(added, reporter.names or {UNDETERMINED: reporter.ref}, activity.default_language)


def _add_date(top: _Element, date: ActivityDate) -> None:
    if date.day is not None:
        add(top, "activity-date", {"type": date.type, "iso-date": date.day.isoformat()})


def _add_where(top: _Element, activity: Activity) -> None:
    if activity.scope:
        add(top, "activity-scope", {"code": activity.scope})
    for country in activity.countries:
        share = decimal(country.percentage)
        add(top, "recipient-country", {"code": country.code, "percentage": share})
    for region in activity.regions:
        add_region(top, region, activity.default_language)
    for location in activity.locations:
        add_location(top, location, activity.default_language)


def _add_kind(top: _Element, activity: Activity) -> None:
    for sector in activity.sectors:
        add_sector(top, sector, activity.default_language)
    for tag in activity.tags:
        add_tag(top, tag, activity.default_language)
    for marker in activity.policy_markers:
        add_policy_marker(top, marker)
    for name, code in (
        ("collaboration-type", activity.defaults.collaboration_type),
        ("default-flow-type", activity.defaults.flow_type),
        ("default-finance-type", activity.defaults.finance_type),
        ("default-aid-type", activity.defaults.aid_type),
        ("default-tied-status", activity.defaults.tied_status),
    ):
        if code:
            add(top, name, {"code": code})


def _status(activity: Activity, now: datetime) -> str:
    today = now.date()
    if activity.ends and activity.ends < today:
        return codes.CLOSED
    if activity.starts and activity.starts > today:
        return codes.PIPELINE
    return codes.IMPLEMENTATION


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _flag(value: bool | None) -> str | None:
    return None if value is None else "1" if value else "0"
