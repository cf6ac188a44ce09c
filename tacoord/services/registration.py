"""The hall behind the doors: register or change a project, then flag what it overlaps with."""

from sqlalchemy.orm import Session

from tacoord.models import Organisation, Overlap, Project, ProjectState, Source
from tacoord.policy import Actor
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.projects import projects
from tacoord.services.projects.drafts import ProjectDraft


def register_project(
    session: Session,
    draft: ProjectDraft,
    *,
    organisation: Organisation,
    by: Actor,
    source: Source,
    on_behalf: bool = False,
    invented: bool = False,
) -> tuple[Project, list[Overlap]]:
    """Register a project and flag its overlaps; both stand or fall together.

    Raises Forbidden, and Invalid with every problem.
    """
    project = projects.add_project(
        session,
        draft,
        organisation=organisation,
        by=by,
        source=source,
        state=ProjectState.PUBLISHED,
        on_behalf=on_behalf,
        invented=invented,
    )
    return project, flag_overlaps(session, project)


def save_draft(
    session: Session, draft: ProjectDraft, *, organisation: Organisation, by: Actor, source: Source
) -> Project:
    """Keep an unfinished record; only its own organisation sees it, and nothing is flagged.

    Raises Forbidden, and Invalid for what is wrong, not for what is missing.
    """
    return projects.add_project(
        session, draft, organisation=organisation, by=by, source=source, state=ProjectState.DRAFT
    )


def change_project(
    session: Session,
    project: Project,
    draft: ProjectDraft,
    *,
    by: Actor,
    version: int | None = None,
) -> tuple[bool, list[Overlap]]:
    """Let the record say what `draft` says; whether that changed anything, and the overlaps flagged by it.

    Raises Forbidden, Conflict where somebody changed the record since `version`, and Invalid with every problem.
    """
    changed = projects.update_project(session, project, draft, by=by, version=version)
    if not changed or project.state is not ProjectState.PUBLISHED:
        return changed, []
    return changed, flag_overlaps(session, project)


def publish_draft(
    session: Session,
    project: Project,
    draft: ProjectDraft | None = None,
    *,
    by: Actor,
    version: int | None = None,
) -> list[Overlap]:
    """Register what was a draft, as `draft` says it where one is given; the overlaps flagged by it.

    Raises Forbidden, Conflict where it is no draft or was changed since `version`, and Invalid with every problem.
    """
    if draft is not None:
        projects.update_project(session, project, draft, by=by, version=version)
    projects.publish(session, project, by=by)
    return flag_overlaps(session, project)


def withdraw_project(session: Session, project: Project, *, by: Actor) -> None:
    """Take a record out of everything that is counted, compared and sent; it can be restored.

    Raises Forbidden, Conflict.
    """
    projects.withdraw(session, project, by=by)
    flag_overlaps(session, project)  # takes it out of the index, and marks its open pairs stale


def restore_project(session: Session, project: Project, *, by: Actor) -> list[Overlap]:
    """Undo a withdrawal; the overlaps flagged by it. Raises Forbidden, Conflict."""
    projects.restore(session, project, by=by)
    if project.state is not ProjectState.PUBLISHED:
        return []
    return flag_overlaps(session, project)
