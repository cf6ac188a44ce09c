"""Where an IATI activity is and what it is tagged with, as shares and codes that the register knows."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from tacoord.iati.activity import Activity
from tacoord.services.exchange.rest import Rest
from tacoord.services.projects.drafts import CODE_FIELDS, SHARE_FIELDS, ProjectDraft, Share
from tacoord.services.terms.vocabularies import TermSets

SDG_TARGETS: Final = "3"


def places_of(activity: Activity, terms: TermSets, rest: Rest) -> dict[str, Any]:
    """Countries and the two kinds of regions; their shares, where they add up."""
    known = {"1": terms.get("dac-region", ()), "2": terms.get("region", ())}
    regions: dict[str, list[Share]] = {"1": [], "2": []}
    left = []
    for region in activity.regions:
        if region.code in known.get(region.vocabulary, ()):
            regions[region.vocabulary].append(Share(region.code, region.percentage))
        else:
            left.append(region)
    rest.keep("regions", left)
    countries = _merged(Share(each.code, each.percentage) for each in activity.countries)
    found = {
        "countries": countries,
        "regions": _merged(regions["2"]),
        "dac_regions": _merged(regions["1"]),
    }
    if _add_up(found):
        return found
    rest.note("shares-left-out", "recipient-country")
    rest.keep("shares", {name: shares for name, shares in found.items() if shares})
    return {name: _without_shares(shares) for name, shares in found.items()}


def tags_of(activity: Activity, terms: TermSets, rest: Rest) -> dict[str, Any]:
    """What our own tags say, and targets of the SDGs; other tags are kept besides."""
    names = {vocabulary: name for name, vocabulary in CODE_FIELDS.items()}
    codes: dict[str, set[str]] = {name: set() for name in CODE_FIELDS}
    pillars: list[Share] = []
    left = []
    for tag in activity.tags:
        own = "sdg-target" if tag.vocabulary == SDG_TARGETS else tag.own_vocabulary
        if own is None or tag.code not in terms.get(own, ()):
            left.append(tag)
        elif own == "pillar":
            pillars.append(Share(tag.code, tag.percentage))
        elif own in names:
            codes[names[own]].add(tag.code)
        else:
            left.append(tag)
    rest.keep("tags", left)
    shares = _merged(pillars)
    if not _add_up({"pillars": shares}):
        rest.note("shares-left-out", "tag")
        shares = _without_shares(shares)
    return {"pillars": shares, **{name: frozenset(found) for name, found in codes.items()}}


def _add_up(found: dict[str, tuple[Share, ...]]) -> bool:
    """Whether the register takes these shares, whatever their codes."""
    terms = {
        SHARE_FIELDS[name]: frozenset(share.code for share in shares)
        for name, shares in found.items()
    }
    return not ProjectDraft(**found).problems(terms, complete=False)  # type: ignore[arg-type]


def _merged(shares: Iterable[Share]) -> tuple[Share, ...]:
    """Each code once; the shares of one that is named twice are added."""
    merged: dict[str, Decimal | None] = {}
    for share in shares:
        before = merged.get(share.code)
        known = before is not None and share.percentage is not None
        merged[share.code] = before + share.percentage if known else before or share.percentage  # type: ignore[operator]
    return tuple(Share(code, percentage) for code, percentage in merged.items())


def _without_shares(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    return tuple(Share(share.code) for share in shares)
