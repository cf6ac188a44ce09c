"""Which rows a viewer may see: the one clause that every query, count, digest and export adds."""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from tacoord.models import (
    AssistanceRequest,
    ImportJob,
    Member,
    MergedOrganisation,
    Offer,
    OfferState,
    Organisation,
    Overlap,
    Project,
    ProjectGroup,
    ProjectOrganisation,
    ProjectRole,
    ProjectState,
    RequestGroup,
    RequestState,
    Role,
    Visibility,
    utcnow,
)
from tacoord.policy import Actor, Operator, organisations_of

_VIEWERS: Final = 256
"""Of how many viewers the long clauses are kept: building one costs more than asking it, and an import asks often."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: signed in or not, the organisations and groups whose restricted records are open to them.

    project_ids: single projects that are open to them by a role on each, whatever their visibility; edited_ids: those
    of them that they may change, and so read whole. sees_all: the operator and coordinators, who must see both sides
    of a pair.
    """

    registered: bool = True
    organisation_ids: frozenset[int] = frozenset()
    group_ids: frozenset[int] = frozenset()
    project_ids: frozenset[int] = frozenset()
    edited_ids: frozenset[int] = frozenset()
    sees_all: bool = False
    user_id: int | None = None

    def by_office(self) -> "Viewer":
        """The same without the roles on single projects: nobody decides because of one."""
        return replace(self, project_ids=frozenset(), edited_ids=frozenset())


PUBLIC: Final = Viewer(registered=False)
REGISTERED: Final = Viewer()
EVERYTHING: Final = Viewer(sees_all=True)


def viewer_of(session: Session, actor: Actor) -> Viewer:
    """What `actor` may see at this moment: read afresh from roles and seats, never kept."""
    if isinstance(actor, Operator):
        return EVERYTHING
    organisations = organisations_of(actor)
    seats = select(Member.group_id).where(
        or_(
            Member.user_id == actor.id,
            and_(Member.user_id.is_(None), Member.organisation_id.in_(organisations)),
        )
    )
    lent = session.execute(
        select(ProjectRole.project_id, ProjectRole.role).where(
            ProjectRole.user_id == actor.id, not_ended(utcnow().date())
        )
    ).all()
    own_groups = {grant.group_id for grant in actor.grants if grant.group_id is not None}
    return Viewer(
        organisation_ids=organisations,
        group_ids=frozenset(session.scalars(seats)) | own_groups,
        project_ids=frozenset(row.project_id for row in lent),
        edited_ids=frozenset(row.project_id for row in lent if row.role is Role.REPORTER),
        sees_all=any(grant.role is Role.COORDINATOR for grant in actor.grants),
        user_id=actor.id,
    )


def not_ended(today: date) -> ColumnElement[bool]:
    """The roles on single projects that have not ended."""
    return or_(ProjectRole.until.is_(None), ProjectRole.until >= today)


@lru_cache(_VIEWERS)
def project_clause(viewer: Viewer) -> ColumnElement[bool]:
    """The projects that `viewer` may know of: published ones by their visibility, all of the own organisations, and
    single ones by a role on each, unless they are withdrawn: those are their organisation's alone.
    """
    if viewer.sees_all:
        return true()
    shared = exists().where(
        ProjectGroup.project_id == Project.id, ProjectGroup.group_id.in_(viewer.group_ids)
    )
    opened = [Project.visibility == Visibility.PUBLIC]
    if viewer.registered:
        opened.append(Project.visibility == Visibility.REGISTERED)
        opened.append(and_(Project.visibility == Visibility.GROUP, shared))
    known = [
        and_(Project.state == ProjectState.PUBLISHED, or_(*opened)),
        Project.organisation_id.in_(viewer.organisation_ids),
    ]
    if viewer.project_ids:
        known.append(_lent(viewer))
    return or_(*known)


def _lent(viewer: Viewer) -> ColumnElement[bool]:
    """The projects on which `viewer` holds a role."""
    return and_(Project.id.in_(viewer.project_ids), Project.state != ProjectState.WITHDRAWN)


@lru_cache(_VIEWERS)
def counted_projects(viewer: Viewer) -> ColumnElement[bool]:
    """The published projects that `viewer` may know of: what lists, counts, maps, digests and exports are made of."""
    return and_(Project.state == ProjectState.PUBLISHED, project_clause(viewer))


def reads_whole(project: Project, viewer: Viewer) -> bool:
    """Whether `viewer`, who may know of the project, may also read what its owner keeps from others.

    The contact unless it is open to all, and what the masks withhold: see `projects.masking`. Who may change the
    record by a role on it must, lest saving loses what they do not see.
    """
    return belongs_to(project, viewer) or project.id in viewer.edited_ids


def belongs_to(project: Project, viewer: Viewer) -> bool:
    """Whether it is of an organisation of `viewer`, or they see all: who may know its people by name."""
    return viewer.sees_all or project.organisation_id in viewer.organisation_ids


def whole_clause(viewer: Viewer) -> ColumnElement[bool]:
    """`reads_whole` for rows."""
    if viewer.sees_all:
        return true()
    own = Project.organisation_id.in_(viewer.organisation_ids)
    return or_(own, Project.id.in_(viewer.edited_ids)) if viewer.edited_ids else own


def is_common(project: Project) -> bool:
    """Whether everybody who signs in may know of `project`: `counted_projects(REGISTERED)` for one record."""
    opened = project.visibility in (Visibility.PUBLIC, Visibility.REGISTERED)
    return opened and project.state is ProjectState.PUBLISHED


RESTRICTED: Final = frozenset({Visibility.GROUP, Visibility.ORGANISATION})
"""What not everybody who signs in may know of; who reads such a record stands in the audit trail."""


@lru_cache(_VIEWERS)
def organisation_clause(viewer: Viewer) -> ColumnElement[bool]:
    """The organisations that `viewer` may know of: the own ones, those that somebody has verified, those that a record
    names which the viewer may see, or that lent them a role on a draft, and those with a seat in a group. A name that
    only hidden records hold is as secret as they are. One that was merged into another is there for nobody.
    """
    stands = Organisation.id.not_in(select(MergedOrganisation.organisation_id))
    if viewer.sees_all:
        return stands
    seen = counted_projects(viewer)
    reports = exists().where(Project.organisation_id == Organisation.id, seen)
    takes_part = exists().where(
        ProjectOrganisation.organisation_id == Organisation.id,
        Project.id == ProjectOrganisation.project_id,
        seen,
    )
    named = [Organisation.verified, reports, takes_part]
    if viewer.registered:
        named.append(Organisation.id.in_(viewer.organisation_ids))
        if viewer.project_ids:
            named.append(exists().where(Project.organisation_id == Organisation.id, _lent(viewer)))
        named.append(exists().where(Member.organisation_id == Organisation.id))
        named.append(exists().where(Offer.organisation_id == Organisation.id, offer_clause(viewer)))
    named.append(
        exists().where(AssistanceRequest.organisation_id == Organisation.id, request_clause(viewer))
    )
    return and_(stands, or_(*named))


def overlap_clause(viewer: Viewer) -> ColumnElement[bool]:
    """The overlaps of which `viewer` may know both projects and both are published."""
    # Asked pair by pair, so that a page of a queue does not first gather every project.
    first, second = (
        select(Project.id)
        .where(Project.id == end, counted_projects(viewer))
        .correlate(Overlap)
        .exists()
        for end in (Overlap.first_id, Overlap.second_id)
    )
    return and_(first, second)


def request_clause(viewer: Viewer) -> ColumnElement[bool]:
    """The requests that `viewer` may know of: sent ones by their visibility, and all of the own organisations."""
    if viewer.sees_all:
        return true()
    if not viewer.registered:
        return and_(
            AssistanceRequest.visibility == Visibility.PUBLIC,
            AssistanceRequest.state != RequestState.DRAFT,
        )
    shared = exists().where(
        RequestGroup.request_id == AssistanceRequest.id,
        RequestGroup.group_id.in_(viewer.group_ids),
    )
    return or_(
        and_(
            AssistanceRequest.state != RequestState.DRAFT,
            or_(
                AssistanceRequest.visibility.in_((Visibility.PUBLIC, Visibility.REGISTERED)),
                and_(AssistanceRequest.visibility == Visibility.GROUP, shared),
            ),
        ),
        AssistanceRequest.organisation_id.in_(viewer.organisation_ids),
    )


def import_clause(viewer: Viewer) -> ColumnElement[bool]:
    """The imports that `viewer` may know of: those of the own organisations."""
    if viewer.sees_all:
        return true()
    return ImportJob.organisation_id.in_(viewer.organisation_ids)


def offer_clause(viewer: Viewer) -> ColumnElement[bool]:
    """The offers that `viewer` may know of: standing ones, own ones, and those made to an own request."""
    if viewer.sees_all:
        return true()
    if not viewer.registered:
        return false()
    asked = select(AssistanceRequest.id).where(
        AssistanceRequest.organisation_id.in_(viewer.organisation_ids)
    )
    return or_(
        Offer.state == OfferState.STANDING,
        Offer.organisation_id.in_(viewer.organisation_ids),
        Offer.request_id.in_(asked),
    )
