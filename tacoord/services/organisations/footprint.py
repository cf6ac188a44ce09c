"""Where and on what some organisations work, by their own projects and by what they declare."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import OrganisationTag, Project, ProjectState, ProjectTag
from tacoord.services.terms.regions import regions_by_country


@dataclass(frozen=True, slots=True)
class Footprint:
    """countries, pillars: codes; neighbours: the other countries of the same subregions."""

    countries: frozenset[str]
    neighbours: frozenset[str]
    pillars: frozenset[str]


def footprint_of(session: Session, organisation_ids: Collection[int]) -> Footprint:
    """By the registered projects that the organisations report; their own, so there is nothing to hide."""
    codes: defaultdict[str, set[str]] = defaultdict(set)
    by_projects = (
        select(ProjectTag.vocabulary, ProjectTag.code)
        .join(Project, Project.id == ProjectTag.project_id)
        .where(
            Project.organisation_id.in_(organisation_ids),
            Project.state == ProjectState.PUBLISHED,
            ProjectTag.vocabulary.in_(("country", "pillar")),
        )
        .distinct()
    )
    declared = select(OrganisationTag.vocabulary, OrganisationTag.code).where(
        OrganisationTag.organisation_id.in_(organisation_ids)
    )
    for rows in (by_projects, declared):
        for vocabulary, code in session.execute(rows):
            codes[vocabulary].add(code)
    countries = codes["country"]
    regions = regions_by_country(session)
    own_regions = {regions.get(code) for code in countries} - {None}
    around = {code for code, region in regions.items() if region in own_regions}
    return Footprint(
        frozenset(countries), frozenset(around - countries), frozenset(codes["pillar"])
    )
