"""Which organisations of the register the participants of a project are."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy.orm import Session

from tacoord.models import Organisation, Project, ProjectOrganisation
from tacoord.policy import Actor
from tacoord.services.organisations.organisations import find, resolve
from tacoord.services.visibility import REGISTERED, is_common


def link_participants(
    session: Session,
    project: Project,
    *,
    by: Actor,
    known: Mapping[str, Organisation] = MappingProxyType({}),
) -> None:
    """Let each participant point to the organisation that is meant. Not flushed; to be done whenever a record becomes
    open to more people or to fewer.

    A record that everybody who signs in may know of adds the organisations that are new, and teaches the register of
    the others. What a draft or a restricted record names stays a name in that record: it points only to organisations
    that everybody may know of. known: by name, those that the caller has found already.
    """
    named = {project.organisation.id}
    for row in project.participants:
        row.organisation = known.get(row.name) or _meant(session, project, row, named, by)
        if row.organisation is not None:
            named.add(row.organisation.id)
            row.name = row.name or row.organisation.name
        row.name = row.name or (row.ref or "")


def _meant(
    session: Session, project: Project, row: ProjectOrganisation, named: set[int], by: Actor
) -> Organisation | None:
    # Those that the record itself names are meant although it does not stand in the register yet.
    if not is_common(project):
        return find(session, name=row.name, ref=row.ref, viewer=REGISTERED, besides=named)
    return resolve(
        session,
        name=row.name,
        ref=row.ref,
        type=row.type,
        by=by,
        invented=project.invented,
        viewer=REGISTERED,
        besides=named,
    )
