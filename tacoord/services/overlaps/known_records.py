"""Which record of the register a record of a file means, and who reports it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import Organisation, Project, ProjectIdentifier
from tacoord.services.organisations import organisations
from tacoord.services.projects.content import clean, content_hash
from tacoord.services.projects.drafts import ProjectDraft
from tacoord.services.projects.masking import says_no_contact
from tacoord.services.visibility import Viewer, project_clause

INTERNAL: Final = "A1"
"""IATI's type of the identifier that an organisation uses inside itself."""

OWN_REFS: Final = "TACOORD-"
"""How identifiers begin that exports make, of our codes, for organisations without one."""


def find_known(
    session: Session, reporter: Organisation, draft: ProjectDraft, public_id: str | None = None
) -> Project | None:
    """The record of `reporter` that the draft means.

    By its public id, else by its IATI identifier; a draft without one is found by the organisation's internal
    identifier, else as the record that says just the same: so a file that comes again adds nothing.
    """
    own = select(Project).where(Project.organisation_id == reporter.id)
    if public_id:
        found = session.scalar(own.where(Project.public_id == public_id))
        if found is not None:
            return found
    if draft.iati_identifier:
        return session.scalar(own.where(Project.iati_identifier == draft.iati_identifier.strip()))
    internal = [each.value for each in draft.other_identifiers if each.type == INTERNAL]
    if internal:
        named = select(ProjectIdentifier.project_id).where(
            ProjectIdentifier.type == INTERNAL, ProjectIdentifier.value.in_(internal)
        )
        return session.scalars(own.where(Project.id.in_(named)).order_by(Project.id)).first()
    same = own.where(Project.content_hash == content_hash(clean(draft)))
    return session.scalars(same.order_by(Project.id)).first()


def find_as_secretariat(
    session: Session, draft: ProjectDraft, public_id: str | None = None, *, viewer: Viewer
) -> Project | None:
    """The record that the draft means, whoever reports it, of those that `viewer` may know of.

    By its public id, or as one registered on behalf of the same reporter under the same IATI identifier. Organisations
    are recognised better with time; records stay theirs.
    """
    known = select(Project).where(project_clause(viewer))
    if public_id:
        found = session.scalar(known.where(Project.public_id == public_id))
        if found is not None:
            return found
    if not draft.iati_identifier:
        return None
    on_behalf = known.where(
        Project.iati_identifier == draft.iati_identifier.strip(), Project.on_behalf
    )
    name, ref = said_reporter(draft)
    for project in session.scalars(on_behalf.order_by(Project.id)):
        before = _said(project.record)
        if (ref and before[1] == ref) or (not ref and before == (name, None)):
            return project
    return None


def as_known(
    draft: ProjectDraft, project: Project, silent: Collection[str] = frozenset()
) -> ProjectDraft:
    """The draft without what an export made for want of it, and with the reporter and the contacts of the source as
    `project` has them.

    silent: the fields of which the source of the draft says nothing.
    """
    if project.iati_identifier is None and str(draft.iati_identifier).endswith(
        f"-{project.public_id}"
    ):
        draft = replace(draft, iati_identifier=None)
    kept = project.record.get("contacts")
    said = replace(draft, contact_shown=False) if "contact_shown" in silent else draft
    if kept and not project.contact_shown and says_no_contact(said):
        draft = replace(draft, record={"contacts": kept, **draft.record})
    if not project.on_behalf:
        return without_reporter(draft)
    before, named = project.record.get("reporting_org"), draft.record.get("reporting_org") or {}
    if isinstance(before, Mapping) and named and all(before.get(k) == v for k, v in named.items()):
        return replace(draft, record={**draft.record, "reporting_org": before})
    return draft


def find_reporter(
    session: Session, name: str, ref: str | None, viewer: Viewer
) -> Organisation | None:
    """The organisation that a file names as reporter, of those that `viewer` may know of; also by the code that an
    export of ours wrote for it.
    """
    if ref and ref.startswith(OWN_REFS):
        code = ref.removeprefix(OWN_REFS)
        found = organisations.find_by_code(session, code, viewer)
        if found is not None and (not name or name == found.name):
            return found
    return organisations.find(session, name=name, ref=foreign_ref(ref), viewer=viewer)


def said_reporter(draft: ProjectDraft) -> tuple[str, str | None]:
    """Name and identifier of who reports, as the file says; "" and None where it does not."""
    return _said(draft.record)


def foreign_ref(ref: str | None) -> str | None:
    """The identifier, unless it is one that we made for an organisation without any."""
    return None if ref and ref.startswith(OWN_REFS) else ref


def without_reporter(draft: ProjectDraft) -> ProjectDraft:
    """The draft of a record that its reporter registers: who it is need not be said again."""
    record = {name: value for name, value in draft.record.items() if name != "reporting_org"}
    return replace(draft, record=record)


def _said(record: Mapping[str, Any]) -> tuple[str, str | None]:
    said = record.get("reporting_org")
    said = said if isinstance(said, Mapping) else {}
    return str(said.get("name") or ""), str(said.get("ref") or "") or None
