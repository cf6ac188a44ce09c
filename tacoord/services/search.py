"""One box over everything: projects, organisations, countries and requests, as far as the viewer may see them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.matching.words import normalise
from tacoord.models import AssistanceRequest, Organisation, Project
from tacoord.services.organisations.register import (
    OrganisationQuery,
    count_organisations,
    list_organisations,
)
from tacoord.services.projects.query import ProjectQuery, facets, list_projects
from tacoord.services.search_text import search_words
from tacoord.services.terms.country_names import UN_LANGUAGES, countries_named_like, country_name
from tacoord.services.visibility import Viewer, request_clause

MOST: Final = 10
_MOST_REQUESTS: Final = 5_000
FACETS: Final = ("country", "pillar")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. counts: how many of each kind there are in all; facets: (code, projects) by vocabulary."""

    projects: Sequence[Project]
    organisations: Sequence[tuple[Organisation, int]]
    countries: Sequence[str]
    requests: Sequence[AssistanceRequest]
    counts: dict[str, int]
    facets: dict[str, list[tuple[str, int]]]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing at all."""
        return not any(self.counts.values())


def search(session: Session, viewer: Viewer, query: ProjectQuery) -> Found:
    """Everything that holds each word of `query.text`; its other filters narrow the projects.

    Words are compared without case and diacritics; each may stand anywhere, also inside a longer one.
    """
    projects = list_projects(session, viewer, replace(query, page=1, size=MOST))
    asked = OrganisationQuery(text=query.text)
    countries = countries_named_like(query.text)
    requests = _requests(session, viewer, query.text)
    return Found(
        projects=projects.rows,
        organisations=list_organisations(session, viewer, asked).rows[:MOST],
        countries=countries[:MOST],
        requests=requests[:MOST],
        counts={
            "projects": projects.total,
            "organisations": count_organisations(session, viewer, asked),
            "countries": len(countries),
            "requests": len(requests),
        },
        facets={name: facets(session, viewer, query, name) for name in FACETS},
    )


def _requests(session: Session, viewer: Viewer, text: str) -> list[AssistanceRequest]:
    """There are few, so that their words are compared here; newest first."""
    words = search_words(text)
    visible = session.scalars(
        select(AssistanceRequest)
        .where(request_clause(viewer))
        .order_by(AssistanceRequest.created_at.desc(), AssistanceRequest.public_id)
        .limit(_MOST_REQUESTS)
    )
    return [each for each in visible if words and _has_all(each, words)]


def _has_all(request: AssistanceRequest, words: list[str]) -> bool:
    names = (country_name(request.country, language) for language in UN_LANGUAGES)
    text = normalise(" ".join([request.title, request.need, request.organisation.name, *names]))
    return all(word in text for word in words)
