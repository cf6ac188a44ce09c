"""The register of projects: add, change, withdraw, confirm, and get one."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import N_, PROJECT, Conflict, Forbidden, Invalid, NotFound, Problem
from tacoord.models import (
    CoordinationGroup,
    Organisation,
    Overlap,
    Project,
    ProjectState,
    Source,
    User,
    Visibility,
    new_public_id,
    utcnow,
)
from tacoord.policy import Actor
from tacoord.services import trail
from tacoord.services.history import note_change
from tacoord.services.organisations.organisations import require_standing
from tacoord.services.projects.content import (
    SECTOR,
    changed_fields,
    clean,
    content_hash,
    draft_of,
    facts_of,
    whole_draft_of,
    whole_record,
    write_draft,
)
from tacoord.services.projects.drafts import ProjectDraft
from tacoord.services.projects.masking import mask_problems
from tacoord.services.projects.participants import link_participants
from tacoord.services.terms.vocabularies import TermSets, term_sets
from tacoord.services.visibility import RESTRICTED, Viewer, project_clause, reads_whole

__all__ = [
    "add_project",
    "check",
    "confirm",
    "draft_of",
    "facts_of",
    "get_project",
    "keep_owners_part",
    "publish",
    "restore",
    "update_project",
    "whole_draft_of",
    "whole_record",
    "withdraw",
]

LONGEST_IDENTIFIER: Final = 255
FORBIDDEN_IN_IDENTIFIER: Final = re.compile(r"[\s/&|?]")
"""What IATI allows in no identifier of an activity; some publishers have it all the same."""

_WHO_MAY_READ: Final = ("visibility", "groups", "masks", "contact_shown")
_ODD_IDENTIFIER: Final = N_(
    "An IATI identifier has no blanks and none of the characters / & | ? in it. Take them out."
)


def get_project(session: Session, public_id: str, viewer: Viewer) -> Project:
    """The project with this public id. Raises NotFound, also where `viewer` may not know of it."""
    found = find_project(session, public_id, viewer)
    if found is None:
        raise NotFound(f"project {public_id}")
    note_read(session, found, whole=reads_whole(found, viewer))
    return found


def find_project(session: Session, public_id: str, viewer: Viewer) -> Project | None:
    """The project with this public id, None also where `viewer` may not know of it; for asking, not for reading."""
    wanted = select(Project).where(Project.public_id == public_id, project_clause(viewer))
    return session.scalar(wanted)


def note_read(session: Session, project: Project, *, whole: bool = False) -> None:
    """Whoever reads a restricted record, or the whole of one that withholds parts, stands in the audit trail."""
    if project.visibility in RESTRICTED or (whole and project.masks):
        trail.note_sight(session, "project", project.id)


def check(
    session: Session,
    draft: ProjectDraft,
    *,
    organisation: Organisation,
    complete: bool,
    project: Project | None = None,
    source: Source | None = None,
    terms: TermSets | None = None,
) -> list[Problem]:
    """Everything that is wrong with `draft` as a record of `organisation`; `project` is the one that it would change.

    complete: as in `ProjectDraft.problems`. source: where the record comes from: an identifier that is published as
    IATI already stays as it is. Beyond the problems of a draft: an identifier that is none by the standard, or that the
    organisation has used already, and groups that do not exist.
    """
    draft = clean(draft)
    found = [*draft.problems(terms or term_sets(session), complete=complete), *mask_problems(draft)]
    identifier = draft.iati_identifier
    if identifier and len(identifier) > LONGEST_IDENTIFIER:
        message = N_("Use at most %(most)d characters.")
        found.append(Problem("iati_identifier", message, {"most": LONGEST_IDENTIFIER}))
    elif identifier:
        published = source is Source.IATI or (project and project.iati_identifier == identifier)
        if not published and FORBIDDEN_IN_IDENTIFIER.search(identifier):
            found.append(Problem("iati_identifier", _ODD_IDENTIFIER))
        other = _other_with(session, organisation, identifier, project)
        found += [_used_identifier(other)] if other else []
    if draft.groups:
        known = select(CoordinationGroup.code).where(CoordinationGroup.code.in_(draft.groups))
        for code in sorted(draft.groups - set(session.scalars(known))):
            found.append(Problem("groups", N_("There is no group %(code)s."), {"code": code}))
    return found


def add_project(
    session: Session,
    draft: ProjectDraft,
    *,
    organisation: Organisation,
    by: Actor,
    source: Source,
    state: ProjectState,
    on_behalf: bool = False,
    invented: bool = False,
    terms: TermSets | None = None,
) -> Project:
    """Add a record of `organisation`, as an unfinished draft or published; flushed.

    terms: as `term_sets` gives them, for who adds many in one step. Raises Forbidden, Conflict where the organisation
    has just been merged into another one, and Invalid with every problem; a draft may lack what publishing needs.
    """
    policy.require(by, "project.register", organisation)
    require_standing(session, organisation)
    draft = clean(draft)
    terms = terms or term_sets(session)
    published = state is ProjectState.PUBLISHED
    problems = check(
        session, draft, organisation=organisation, complete=published, source=source, terms=terms
    )
    if problems:
        raise Invalid(problems)
    now = utcnow()
    project = Project(
        public_id=new_public_id(),
        organisation=organisation,
        on_behalf=on_behalf,
        invented=invented,
        state=state,
        source=source,
        created_by_id=by.id if isinstance(by, User) else None,
        created_at=now,
        updated_at=now,
        published_at=now if published else None,
        confirmed_at=now if published else None,
    )
    with session.no_autoflush:
        write_draft(session, project, draft, by=by, known_sectors=frozenset(terms[SECTOR]))
    _flush_new(session, project)
    action = "project.registered" if published else "project.drafted"
    note_change(session, action, project, by=by, details={"source": source})
    return project


def update_project(
    session: Session,
    project: Project,
    draft: ProjectDraft,
    *,
    by: Actor,
    version: int | None = None,
    terms: TermSets | None = None,
) -> bool:
    """Let the record say what `draft` says; False where it said just that already, and nothing is touched.

    version: the one that the editor began from. terms: as in `add_project`. Raises Forbidden, also for who may change
    the record but not what its organisation alone says of it; Conflict where somebody changed the record since then;
    and Invalid with every problem.
    """
    policy.require(by, "project.edit", project)
    require_version(project, version)
    draft = clean(draft)
    if content_hash(draft) == project.content_hash:
        return False
    before = clean(whole_draft_of(project))
    if keep_owners_part(project, draft, by=by) != draft:
        raise Forbidden("project.widen")
    terms = terms or term_sets(session)
    problems = check(
        session,
        draft,
        organisation=project.organisation,
        complete=project.state is not ProjectState.DRAFT,
        project=project,
        source=project.source,
        terms=terms,
    )
    if problems:
        raise Invalid(problems)
    changed = changed_fields(before, draft)
    widening = None if project.state is ProjectState.DRAFT else _widening(before, draft)
    if widening:
        policy.require(by, "project.widen", project)
    with session.no_autoflush:
        write_draft(session, project, draft, by=by, known_sectors=frozenset(terms[SECTOR]))
    _touch(project, by)
    session.flush()
    if draft.masks:
        _forget_evidence(session, project)
    if project.state is not ProjectState.DRAFT:
        note_change(session, "project.changed", project, by=by, details={"fields": changed})
    if widening:
        trail.append(
            session,
            "project.widened",
            by=by,
            subject="project",
            subject_id=project.id,
            details=widening,
        )
    return True


def keep_owners_part(project: Project, draft: ProjectDraft, *, by: Actor) -> ProjectDraft:
    """`draft`, but with what the record says already wherever its organisation alone may say otherwise.

    That is who may read what, and the identifier: whether another one is free would tell of the organisation's other
    records.
    """
    before = clean(whole_draft_of(project))
    kept = {}
    if not policy.may(by, "project.widen", project):
        kept = {name: getattr(before, name) for name in _WHO_MAY_READ}
    if not policy.may(by, "project.register", project):
        kept["iati_identifier"] = before.iati_identifier
    return replace(draft, **kept)


def widens(project: Project, draft: ProjectDraft) -> bool:
    """Whether more people may know of a registered record when it says what `draft` says."""
    if project.state is ProjectState.DRAFT:
        return False
    return _widening(clean(whole_draft_of(project)), clean(draft)) is not None


def _widening(before: ProjectDraft, after: ProjectDraft) -> dict[str, str] | None:
    """What the audit trail says where more people may know of a record, or read more of it, than before; else None."""
    order = list(Visibility)
    wider = order.index(after.visibility) < order.index(before.visibility)
    shared = after.visibility is Visibility.GROUP and not after.groups <= before.groups
    unmasked = before.masks - after.masks
    if not wider and not shared and not unmasked:
        return None
    said = {"from": before.visibility.value, "to": after.visibility.value}
    if shared:
        said["groups"] = " ".join(sorted(after.groups - before.groups))
    if unmasked:
        said["shown"] = " ".join(sorted(unmasked))
    return said


def publish(session: Session, project: Project, *, by: Actor) -> None:
    """Make a draft a registered project.

    Raises Forbidden, Conflict where it is no draft, and Invalid where it lacks something.
    """
    policy.require(by, "project.edit", project)
    policy.require(by, "project.register", project)
    if project.state is not ProjectState.DRAFT:
        raise Conflict(f"project {project.public_id} is {project.state} already")
    problems = check(
        session,
        whole_draft_of(project),
        organisation=project.organisation,
        complete=True,
        project=project,
    )
    if problems:
        raise Invalid(problems)
    project.state = ProjectState.PUBLISHED
    project.published_at = _touch(project, by)
    _relink(session, project, by)
    note_change(session, "project.registered", project, by=by, details={"source": project.source})


def withdraw(session: Session, project: Project, *, by: Actor) -> None:
    """Take a record out of lists, counts, comparison and digests; it can be restored. Raises Forbidden, Conflict."""
    policy.require(by, "project.withdraw", project)
    if project.state is ProjectState.WITHDRAWN:
        raise Conflict(f"project {project.public_id} is withdrawn already")
    was_public = project.state is ProjectState.PUBLISHED
    project.state = ProjectState.WITHDRAWN
    project.updated_at = utcnow()
    _relink(session, project, by)
    note_change(
        session, "project.withdrawn", project, by=by, details={"was_registered": was_public}
    )


def restore(session: Session, project: Project, *, by: Actor) -> None:
    """Undo `withdraw`: a registered project is registered again, a draft is a draft. Raises Forbidden, Conflict."""
    policy.require(by, "project.withdraw", project)
    if project.state is not ProjectState.WITHDRAWN:
        raise Conflict(f"project {project.public_id} is not withdrawn")
    project.state = ProjectState.PUBLISHED if project.published_at else ProjectState.DRAFT
    project.updated_at = utcnow()
    _relink(session, project, by)
    note_change(session, "project.restored", project, by=by)


def confirm(session: Session, project: Project, *, by: Actor) -> None:
    """Say that the record is still true as it stands. Raises Forbidden, Conflict where it is not published."""
    policy.require(by, "project.confirm", project)
    if project.state is not ProjectState.PUBLISHED:
        raise Conflict(f"project {project.public_id} is {project.state}")
    project.confirmed_at = utcnow()
    session.flush()
    note_change(session, "project.confirmed", project, by=by)


def require_version(project: Project, version: int | None) -> None:
    """Go on where the record is still the one that the editor began from, else raise Conflict."""
    if version is not None and version != project.version:
        raise Conflict(f"project {project.public_id} was changed by somebody else")


def _relink(session: Session, project: Project, by: Actor) -> None:
    """Flush a record that others see from now on, or no longer, with its participants as those may know them."""
    session.flush()
    with session.no_autoflush:
        link_participants(session, project, by=by)
    session.flush()


def _forget_evidence(session: Session, project: Project) -> None:
    """What was found while others could read more of the record goes; comparing it again says what may be said now."""
    session.execute(
        update(Overlap)
        .where(or_(Overlap.first_id == project.id, Overlap.second_id == project.id))
        .values(evidence=[])
    )


def _touch(project: Project, by: Actor) -> datetime:
    """Note that the reporter has just looked at the record: who changes it also says that the rest is true.

    Not so who may change it without being its reporter: the organisation's own word on it is still to be given.
    """
    now = utcnow()
    project.updated_at = now
    if project.state is ProjectState.PUBLISHED and policy.may(by, "project.confirm", project):
        project.confirmed_at = now
    return now


def _flush_new(session: Session, project: Project) -> None:
    """Write a new record; where another transaction took its identifier in this instant, say so like any problem."""
    try:
        with session.begin_nested():
            session.add(project)
    except IntegrityError:
        identifier = project.iati_identifier
        other = identifier and _other_with(session, project.organisation, identifier, None)
        if other:
            raise Invalid([_used_identifier(other)]) from None
        raise


def _other_with(
    session: Session, organisation: Organisation, identifier: str, project: Project | None
) -> Project | None:
    query = select(Project).where(
        Project.organisation_id == organisation.id, Project.iati_identifier == identifier
    )
    if project is not None:
        query = query.where(Project.id != project.id)
    return session.scalar(query.limit(1))


def _used_identifier(other: Project) -> Problem:
    """The organisation has a project, or a draft, of this identifier: who may register one may know of it."""
    return Problem(
        "iati_identifier",
        N_(
            "Your organisation has a project with the identifier %(identifier)s already. Change that one."
        ),
        {"identifier": other.iati_identifier, PROJECT: other.public_id},
    )
