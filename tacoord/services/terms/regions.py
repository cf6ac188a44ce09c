"""Which countries lie in which regions, by UN M49."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import Term


def countries_of(session: Session, regions: Collection[str]) -> set[str]:
    """The countries that lie in any of `regions` (M49 codes), at whatever depth."""
    if not regions:
        return set()
    wanted = regions_within(session, regions)
    rows = session.scalars(select(Term).where(Term.vocabulary == "country"))
    return {row.code for row in rows if row.attributes.get("region") in wanted}


def neighbours(session: Session, country: str) -> frozenset[str]:
    """The other countries of the same M49 subregion."""
    term = session.get(Term, ("country", country))
    region = term.attributes.get("region") if term else None
    return frozenset(countries_of(session, {region} if region else ())) - {country}


def regions_within(session: Session, regions: Collection[str]) -> set[str]:
    """`regions` and all the regions that lie in them."""
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for row in session.scalars(select(Term).where(Term.vocabulary == "region")):
        if row.parent:
            parts[row.parent].add(row.code)
    found: set[str] = set()
    waiting = list(regions)
    while waiting:
        region = waiting.pop()
        if region not in found:
            found.add(region)
            waiting += parts[region]
    return found


def regions_by_country(session: Session) -> dict[str, str]:
    """The M49 subregion (or intermediate region) of each country that lies in one."""
    rows = session.scalars(select(Term).where(Term.vocabulary == "country"))
    return {row.code: row.attributes["region"] for row in rows if row.attributes.get("region")}


def regions_around(session: Session, country: str) -> list[str]:
    """The regions that `country` lies in, from the smallest to the world."""
    regions = session.scalars(select(Term).where(Term.vocabulary == "region"))
    parents = {term.code: term.parent for term in regions}
    found: list[str] = []
    region = regions_by_country(session).get(country)
    while region is not None and region not in found:
        found.append(region)
        region = parents.get(region)
    return found
