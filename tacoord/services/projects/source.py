"""The projects that exports are made of: published, and known to a viewer; few in memory at a time."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from tacoord.models import Organisation, Project, Visibility
from tacoord.services.projects.content import whole_record
from tacoord.services.visibility import (
    EVERYTHING,
    RESTRICTED,
    Viewer,
    counted_projects,
    whole_clause,
)

_PAGE: Final = 200


def published_projects(
    session: Session, viewer: Viewer, *, organisation: Organisation | None = None
) -> Iterator[Project]:
    """The published projects that `viewer` may know of, with all that is in them, in the order they came."""
    last = 0
    while True:
        page = select(Project).where(counted_projects(viewer), Project.id > last)
        if organisation is not None:
            page = page.where(Project.organisation_id == organisation.id)
        found = session.scalars(
            page.order_by(Project.id).limit(_PAGE).options(*whole_record())
        ).all()
        if not found:
            return
        last = found[-1].id
        yield from found


def count_not_public(session: Session, *, organisation: Organisation | None = None) -> int:
    """How many published projects are not open to everybody."""
    open_to = select(func.count()).select_from(Project).where(counted_projects(EVERYTHING))
    if organisation is not None:
        open_to = open_to.where(Project.organisation_id == organisation.id)
    return session.scalar(open_to.where(Project.visibility != Visibility.PUBLIC)) or 0


def count_restricted(
    session: Session, viewer: Viewer, *, organisation: Organisation | None = None
) -> int:
    """How many of the published projects that `viewer` may know of say what is not for everybody who signs in."""
    kept = and_(cast(Project.masks, String) != "[]", whole_clause(viewer))
    restricted = or_(Project.visibility.in_(RESTRICTED), kept)
    found = select(func.count()).where(counted_projects(viewer), restricted)
    if organisation is not None:
        found = found.where(Project.organisation_id == organisation.id)
    return session.scalar(found) or 0
