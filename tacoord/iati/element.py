"""One iati-activity element, of any version, becomes an Activity or is Refused."""

from collections.abc import Collection
from re import fullmatch

from lxml.etree import _Element

from tacoord.iati import codes
from tacoord.iati.activity import (
    Activity,
    ActivityDate,
    Counts,
    Defaults,
    Description,
    PolicyMarker,
    Sector,
    Tag,
)
from tacoord.iati.build import OWN_PERCENTAGE
from tacoord.iati.faults import Refused
from tacoord.iati.money import budget, flows, partner_activity_ids
from tacoord.iati.notes import Limits, Notes
from tacoord.iati.people import (
    contact,
    other_identifier,
    participating_orgs,
    related_activity,
    reporting_org,
)
from tacoord.iati.places import location, recipients
from tacoord.iati.texts import (
    LANG,
    UNDETERMINED,
    language,
    line_of,
    narratives,
    texts,
    tidy_line,
    tidy_text,
)
from tacoord.iati.values import read_day, read_flag, read_moment, read_percentage


def read_activity(
    element: _Element, *, known_countries: Collection[str] | None, limits: Limits
) -> Activity | Refused:
    """What the element says; Refused with all the reasons where it cannot be taken.

    The element is changed: namespaces and whatever belongs to a second record are removed.
    """
    _without_namespace(element)
    notes = Notes(limits=limits, known_countries=known_countries)
    notes.language = language(_inherited_language(element), UNDETERMINED)
    notes.currency = element.get("default-currency")
    _drop_second_record(element, notes)
    identifier = _identifier(element, notes)
    titles = _titles(element, notes)
    _check_texts(element, notes)
    activity = _assembled(element, notes, identifier, titles)
    if notes.reasons:
        return Refused(identifier or None, line_of(element), tuple(notes.reasons))
    return activity


def _assembled(
    element: _Element, notes: Notes, identifier: str, titles: dict[str, str]
) -> Activity:
    countries, regions = recipients(element, notes)
    dates = notes.listed(element, "activity-date", _date)
    _check_order(element, notes, dates)
    return Activity(
        iati_identifier=identifier,
        titles=titles,
        reporting_org=reporting_org(element, notes),
        descriptions=_descriptions(element, notes),
        participating_orgs=participating_orgs(element, notes),
        other_identifiers=notes.listed(element, "other-identifier", other_identifier),
        status=_code(element, notes, "activity-status", codes.ACTIVITY_STATUSES, "status"),
        dates=dates,
        contacts=notes.listed(element, "contact-info", contact),
        scope=_code(element, notes, "activity-scope", codes.SCOPES),
        countries=countries,
        regions=regions,
        locations=notes.listed(element, "location", location),
        sectors=_sectors(element, notes),
        tags=notes.listed(element, "tag", _tag),
        policy_markers=notes.listed(element, "policy-marker", _policy_marker),
        defaults=_defaults(element, notes),
        budgets=notes.listed(element, "budget", budget),
        flows=flows(element, notes),
        related=notes.listed(element, "related-activity", related_activity),
        partner_activity_ids=partner_activity_ids(element),
        counts=_counts(element),
        default_currency=_currency(element),
        default_language=notes.language,
        hierarchy=_hierarchy(element),
        humanitarian=read_flag(element.get("humanitarian")),
        last_updated=read_moment(element.get("last-updated-datetime")),
        line=line_of(element),
        problems=tuple(notes.warnings),
    )


def _without_namespace(activity: _Element) -> None:
    tag = str(activity.tag)
    if not tag.startswith("{"):
        return
    namespace = tag[: tag.index("}") + 1]
    for element in activity.iter("{*}*"):
        name = str(element.tag)
        if name.startswith(namespace):
            element.tag = name.removeprefix(namespace)


def _inherited_language(activity: _Element) -> str | None:
    for element in (activity, *activity.iterancestors()):
        if element.get(LANG):
            return element.get(LANG)
    return None


def _drop_second_record(activity: _Element, notes: Notes) -> None:
    # Some publishers' programs lose an end tag and a start tag, so that two activities become one.
    identifiers = list(activity.iterchildren("iati-identifier"))[:2]
    if len(identifiers) < 2:
        return
    second = identifiers[1]
    before = second.getprevious()
    reporters = list(activity.iterchildren("reporting-org"))
    if before is not None and len(reporters) > 1 and before in reporters[1:]:
        second = before
    notes.warn("second-record", second)
    for follower in list(second.itersiblings()):
        activity.remove(follower)
    activity.remove(second)


def _identifier(activity: _Element, notes: Notes) -> str:
    identifier = tidy_line(activity.findtext("iati-identifier"))
    if not identifier:
        notes.refuse("no-identifier", activity)
    elif len(identifier) > notes.limits.identifier:
        notes.refuse("identifier-too-long", activity, limit=notes.limits.identifier)
        return identifier[: notes.limits.identifier]
    return identifier


def _titles(activity: _Element, notes: Notes) -> dict[str, str]:
    titles: dict[str, str] = {}
    for element in notes.parts(activity, "title"):
        for lang, text in texts(element, notes.language).items():
            titles.setdefault(lang, text)
    if not titles:
        notes.refuse("no-title", activity)
    return titles


def _check_texts(activity: _Element, notes: Notes) -> None:
    limit = notes.limits.text
    for element in activity.iter():
        longest = max(len(element.text or ""), *(len(v) for v in element.attrib.values()), 0)
        if longest > limit:
            notes.refuse("text-too-long", element, limit=limit)


def _descriptions(activity: _Element, notes: Notes) -> tuple[Description, ...]:
    found: list[Description] = []
    for element in notes.parts(activity, "description"):
        kind = notes.code(element, codes.DESCRIPTION_TYPES, attribute="type")
        said: dict[str, str] = {}
        for lang, raw in narratives(element, notes.language):
            text = tidy_text(raw)
            if text:
                said.setdefault(lang, text)
        if not said:
            continue
        last = found[-1] if found else None
        # IATI 1.x repeats the element for each language.
        old = element.find("narrative") is None
        if old and last is not None and last.type == kind and not (last.texts.keys() & said.keys()):
            found[-1] = Description({**last.texts, **said}, kind)
        else:
            found.append(Description(said, kind))
    return tuple(found)


def _code(
    activity: _Element, notes: Notes, name: str, known: Collection[str], kind: str = ""
) -> str | None:
    element = activity.find(name)
    return notes.code(element, known, kind=kind) if element is not None else None


def _date(element: _Element, notes: Notes) -> ActivityDate | None:
    kind = notes.code(element, codes.DATE_TYPES, attribute="type", kind="date")
    raw = tidy_line(element.get("iso-date") or element.text)
    # In 1.x the text may be the date, or only a label such as "Planned end".
    if kind is None or not any(character.isdigit() for character in raw):
        return None
    day = read_day(raw)
    if day is None:
        notes.warn("bad-date", element, value=raw)
    return ActivityDate(kind, day, "" if day else raw)


def _check_order(activity: _Element, notes: Notes, dates: tuple[ActivityDate, ...]) -> None:
    days = {date.type: date.day for date in reversed(dates) if date.day}
    for start, end in (("1", "3"), ("2", "4")):
        if start in days and end in days and days[end] < days[start]:
            notes.warn("end-before-start", activity)


def _sectors(activity: _Element, notes: Notes) -> tuple[Sector, ...]:
    named = notes.listed(activity, "sector", _sector)
    if named:
        return named
    used: dict[tuple[str, str, str], Sector] = {}
    for transaction in activity.iterchildren("transaction"):
        for element in transaction.iterchildren("sector"):
            sector = _sector(element, notes)
            if sector is not None:
                key = (sector.vocabulary, sector.vocabulary_uri, sector.code)
                used.setdefault(key, sector)
    return tuple(used.values())


def _sector(element: _Element, notes: Notes) -> Sector | None:
    code = tidy_line(element.get("code"))
    if not code:
        return None
    return Sector(
        code=code,
        vocabulary=codes.modern("sector vocabulary", tidy_line(element.get("vocabulary")) or "1"),
        percentage=notes.percentage(element),
        vocabulary_uri=tidy_line(element.get("vocabulary-uri")),
        names=texts(element, notes.language),
    )


def _tag(element: _Element, notes: Notes) -> Tag | None:
    code = tidy_line(element.get("code"))
    vocabulary = tidy_line(element.get("vocabulary"))
    if not code or not vocabulary:
        return None
    return Tag(
        code=code,
        vocabulary=vocabulary,
        vocabulary_uri=tidy_line(element.get("vocabulary-uri")),
        percentage=read_percentage(element.get(OWN_PERCENTAGE) or ""),
        names=texts(element, notes.language),
    )


def _policy_marker(element: _Element, notes: Notes) -> PolicyMarker | None:
    code = tidy_line(element.get("code"))
    raw = tidy_line(element.get("vocabulary")) or "1"
    vocabulary = codes.modern("marker vocabulary", raw)
    significance = tidy_line(element.get("significance"))
    if not code:
        return None
    return PolicyMarker(
        code, vocabulary, significance if significance in codes.SIGNIFICANCES else None
    )


def _defaults(activity: _Element, notes: Notes) -> Defaults:
    def matching(name: str, pattern: str) -> str | None:
        element = activity.find(name)
        raw = tidy_line(element.get("code")) if element is not None else ""
        return raw if fullmatch(pattern, raw) else None

    return Defaults(
        collaboration_type=matching("collaboration-type", "[1-8]"),
        flow_type=matching("default-flow-type", "[1-5][0-9]"),
        finance_type=matching("default-finance-type", "[0-9]{1,4}"),
        aid_type=matching("default-aid-type", "[A-H][0-9]{2}"),
        tied_status=matching("default-tied-status", "[345]"),
    )


def _counts(activity: _Element) -> Counts:
    def number(name: str) -> int:
        return sum(1 for _ in activity.iterchildren(name))

    conditions = activity.find("conditions")
    return Counts(
        transactions=number("transaction"),
        planned_disbursements=number("planned-disbursement"),
        documents=number("document-link"),
        results=number("result"),
        conditions=len(conditions) if conditions is not None else 0,
    )


def _currency(activity: _Element) -> str | None:
    raw = tidy_line(activity.get("default-currency")).upper()
    return raw if fullmatch("[A-Z]{3}", raw) else None


def _hierarchy(activity: _Element) -> int | None:
    raw = tidy_line(activity.get("hierarchy"))
    return int(raw) if fullmatch("[0-9]{1,3}", raw) else None
