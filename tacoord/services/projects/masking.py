"""Masks: the parts of a record that its owner keeps from all others.

A record is cut in two when it is written. What all may read who may know of it stands in the columns, tags and rows
that lists, searches, counts, comparisons, files and mails are made of; what is withheld stands by itself and is read
by nothing but `content.draft_for`, for the reporting organisation and for who sees everything. So nothing that is made
of many records can hold a withheld value, for anybody.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from tacoord.errors import N_, Problem
from tacoord.matching.words import normalise
from tacoord.models import Mask
from tacoord.services.projects.drafts import ProjectDraft, Share
from tacoord.services.projects.kept import field_from_kept, plain_values
from tacoord.services.terms.country_names import UN_LANGUAGES, country_name

FIELDS: Final[Mapping[Mask, tuple[str, ...]]] = {
    Mask.PLACES: ("countries", "regions"),
    Mask.PARTICIPANTS: ("participants",),
    Mask.DESCRIPTION: ("descriptions",),
}
"""The fields of a draft that each mask withholds."""

CONTACT: Final = ("contact_name", "contact_email", "contact_phone")
"""The fields that only the own organisation reads unless the contact is shown."""

_REPORTER: Final = "reporting_org"
_SHORTEST_NAME: Final = 4
_NO_BLANKS: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]")


def withheld_fields(masks: Collection[Mask]) -> tuple[str, ...]:
    """The fields that `masks` withhold; with any of them also what a source said beyond the fields, whatever it is."""
    named = [name for mask in FIELDS if mask in masks for name in FIELDS[mask]]
    return (*named, "record") if named else ()


def shown_part(draft: ProjectDraft, regions: Mapping[str, str]) -> ProjectDraft:
    """What all may read who may know of the record: a region in place of each withheld country.

    regions: the M49 region of each country. A country that lies in none is left out.
    """
    if not draft.masks:
        return draft
    shown: dict[str, Any] = {"record": {}}
    if _REPORTER in draft.record:
        shown["record"] = {_REPORTER: draft.record[_REPORTER]}
    if Mask.PLACES in draft.masks:
        shown |= {"countries": (), "regions": _in_regions(draft, regions)}
    if Mask.PARTICIPANTS in draft.masks:
        shown["participants"] = ()
    if Mask.DESCRIPTION in draft.masks:
        shown["descriptions"] = {}
    return replace(draft, **shown)


def withheld_part(draft: ProjectDraft) -> dict[str, Any]:
    """What the masks of the clean draft withhold, as plain values by field."""
    return {name: plain_values(getattr(draft, name)) for name in withheld_fields(draft.masks)}


def rejoined(shown: ProjectDraft, withheld: Mapping[str, Any]) -> ProjectDraft:
    """The whole draft out of its two parts."""
    return replace(shown, **{name: field_from_kept(name, kept) for name, kept in withheld.items()})


def said_no_more(draft: ProjectDraft, shown: ProjectDraft) -> frozenset[str]:
    """The withheld fields of which `draft` says only what all may read, or nothing; so the contact that is not shown.

    A file that was made for others and comes back says nothing of them, and so shall wipe nothing out.
    """
    found = {
        name
        for name in withheld_fields(shown.masks)
        if not getattr(draft, name) or _alike(getattr(draft, name), getattr(shown, name))
    }
    if not shown.contact_shown and says_no_contact(draft):
        found.update(CONTACT)
    return frozenset(found)


def says_no_contact(draft: ProjectDraft) -> bool:
    """Whether `draft` is as others read a record whose contact is not shown."""
    return not draft.contact_shown and not any(getattr(draft, name) for name in CONTACT)


def mask_problems(draft: ProjectDraft) -> Iterator[Problem]:
    """Where a text that all may read names what is withheld; a name that reads alike in several languages once."""
    texts = [("titles", text) for text in draft.titles.values()]
    if Mask.DESCRIPTION not in draft.masks:
        texts += [("descriptions", text) for text in draft.descriptions.values()]
    plain = [(field, normalise(text)) for field, text in texts]
    names: dict[str, str] = {}
    for name in _withheld_names(draft):
        names.setdefault(normalise(name), name)
    for name in names.values():
        for field in dict.fromkeys(field for field, text in plain if _names(text, name)):
            yield Problem(
                field,
                N_(
                    "This text names “%(name)s”, which you keep to your organisation. "
                    "Take the name out, or show that part to others."
                ),
                {"name": name},
            )


def _alike(one: Any, other: Any) -> bool:
    """Whether two values of a field say the same; the order of shares and organisations does not matter."""
    return set(one) == set(other) if isinstance(one, tuple) else bool(one == other)


def _withheld_names(draft: ProjectDraft) -> Iterator[str]:
    if Mask.PLACES in draft.masks:
        for share in draft.countries:
            yield from dict.fromkeys(country_name(share.code, each) for each in UN_LANGUAGES)
    if Mask.PARTICIPANTS in draft.masks:
        yield from dict.fromkeys(each.name for each in draft.participants)


def _names(text: str, name: str) -> bool:
    """Whether the normalised text holds the name as words; in scripts without blanks, anywhere."""
    plain = normalise(name).strip()
    if _NO_BLANKS.search(plain):
        return plain in text
    if len(plain) < _SHORTEST_NAME:
        return False
    return re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", text) is not None


def _in_regions(draft: ProjectDraft, regions: Mapping[str, str]) -> tuple[Share, ...]:
    """The regions that are named and those of the countries; a share is the sum where all of it is stated."""
    sums: dict[str, Decimal | None] = {}
    for share in (*draft.regions, *_regions_of(draft.countries, regions)):
        before = sums.get(share.code, Decimal(0))
        stated = before is not None and share.percentage is not None
        sums[share.code] = before + share.percentage if stated else None  # type: ignore[operator]
    return tuple(
        Share(code, total if total is not None and total <= 100 else None)
        for code, total in sorted(sums.items())
    )


def _regions_of(countries: Iterable[Share], regions: Mapping[str, str]) -> Iterator[Share]:
    for share in countries:
        if share.code in regions:
            yield Share(regions[share.code], share.percentage)
