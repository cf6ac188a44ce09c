"""The register of organisations as people see it: list it, look at one, and let it say what it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import N_, Conflict, Invalid, Problem
from tacoord.models import (
    NameKind,
    Organisation,
    OrganisationTag,
    Project,
    ProjectOrganisation,
)
from tacoord.policy import Actor
from tacoord.services.history import note_change
from tacoord.services.organisations.claims import free_identifiers, owner_of_identifier
from tacoord.services.organisations.names import identifier_key
from tacoord.services.organisations.organisations import (
    LONGEST_NAME,
    add_names,
)
from tacoord.services.search_text import has_words, searchable
from tacoord.services.terms.vocabularies import TermSets, term_sets
from tacoord.services.visibility import (
    Viewer,
    counted_projects,
    organisation_clause,
    viewer_of,
)

PAGE_SIZE: Final = 50
MOST_COUNTED: Final = 10_000
LAST_PAGE: Final = 400
MOST_SUGGESTED: Final = 300
DECLARED: Final = ("mandate", "pillar", "country", "assistance-kind")
"""The vocabularies in which an organisation says what it is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationQuery:
    """What is asked of the organisations; a field of None (or "") asks nothing. page: from 1."""

    text: str = ""
    type: str | None = None
    country: str | None = None
    unverified: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """A page of organisations, each with the number of its registered projects that the viewer may see."""

    rows: Sequence[tuple[Organisation, int]]
    page: int
    more: bool
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationDraft:
    """What an organisation says of itself. tags: codes by vocabulary, those of DECLARED."""

    name: str
    acronym: str | None = None
    type: str | None = None
    country: str | None = None
    description: str = ""
    website: str | None = None
    aliases: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    verified: bool | None = None


def list_organisations(
    session: Session, viewer: Viewer, query: OrganisationQuery
) -> OrganisationPage:
    """The organisations that `query` asks for and `viewer` may know of, by name."""
    wanted = select(Organisation).where(organisation_clause(viewer), *_conditions(query))
    page = max(1, min(query.page, LAST_PAGE))
    rows = session.scalars(
        wanted.order_by(func.lower(Organisation.name), Organisation.public_id)
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    ).all()
    numbers = _project_numbers(session, viewer, [row.id for row in rows])
    return OrganisationPage(
        rows=[(row, numbers.get(row.id, 0)) for row in rows[:PAGE_SIZE]],
        page=page,
        more=len(rows) > PAGE_SIZE and page < LAST_PAGE,
        total=count_organisations(session, viewer, query),
    )


def count_organisations(session: Session, viewer: Viewer, query: OrganisationQuery) -> int:
    """How many organisations `query` asks for, of those that `viewer` may know of; at most MOST_COUNTED."""
    wanted = select(Organisation.id).where(organisation_clause(viewer), *_conditions(query))
    some = wanted.limit(MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def names_to_suggest(session: Session, viewer: Viewer) -> Sequence[str]:
    """Names for a field in which an organisation is typed: verified ones, those that report, and those that records of
    the viewer's own organisations name.

    At most MOST_SUGGESTED of each, by name; of all of them only what `viewer` may know of.
    """
    reporters = select(Project.organisation_id).where(counted_projects(viewer))
    known = select(Organisation.name).where(
        organisation_clause(viewer), or_(Organisation.verified, Organisation.id.in_(reporters))
    )
    named = (
        select(ProjectOrganisation.name)
        .join(Project, Project.id == ProjectOrganisation.project_id)
        .where(Project.organisation_id.in_(viewer.organisation_ids))
    )
    found = {
        name
        for query, column in ((known, Organisation.name), (named, ProjectOrganisation.name))
        for name in session.scalars(query.distinct().order_by(column).limit(MOST_SUGGESTED))
    }
    return sorted(found)


def known_among(session: Session, viewer: Viewer, ids: Collection[int | None]) -> frozenset[int]:
    """Those of some organisations, by their keys, that `viewer` may know of."""
    query = select(Organisation.id).where(Organisation.id.in_(ids), organisation_clause(viewer))
    return frozenset(session.scalars(query))


def projects_by_role(
    session: Session, viewer: Viewer, organisation: Organisation, *, most: int = 50
) -> dict[str, list[Project]]:
    """The registered projects that the viewer may see, by what the organisation does there, those ending last first.

    Keys: "report" for the ones it reports, and the IATI roles 1 to 4. At most `most` for each.
    """
    found = {"report": _newest(session, viewer, Project.organisation_id == organisation.id, most)}
    for role in ("1", "2", "3", "4"):
        part = select(ProjectOrganisation.project_id).where(
            ProjectOrganisation.organisation_id == organisation.id, ProjectOrganisation.role == role
        )
        found[role] = _newest(session, viewer, Project.id.in_(part), most)
    return {role: projects for role, projects in found.items() if projects}


def organisation_draft(organisation: Organisation) -> OrganisationDraft:
    """What the entry says now."""

    def named(kind: NameKind) -> tuple[str, ...]:
        return tuple(each.value for each in organisation.names if each.kind is kind)

    return OrganisationDraft(
        name=organisation.name,
        acronym=organisation.acronym,
        type=organisation.type,
        country=organisation.country,
        description=organisation.description,
        website=organisation.website,
        aliases=named(NameKind.ALIAS),
        identifiers=named(NameKind.IDENTIFIER),
        tags={
            vocabulary: frozenset(
                tag.code for tag in organisation.tags if tag.vocabulary == vocabulary
            )
            for vocabulary in DECLARED
        },
        verified=organisation.verified,
    )


def update_organisation(
    session: Session,
    organisation: Organisation,
    draft: OrganisationDraft,
    *,
    by: Actor,
    version: int | None = None,
) -> bool:
    """Let the entry say what `draft` says; False where it said so already.

    `verified` is taken from those who may add organisations only. Raises Forbidden, Conflict where somebody changed the
    entry since `version`, and Invalid with every problem.
    """
    policy.require(by, "organisation.edit", organisation)
    if version is not None and version != organisation.version:
        raise Conflict(f"organisation {organisation.code} was changed by somebody else")
    seen = or_(organisation_clause(viewer_of(session, by)), Organisation.id == organisation.id)
    problems = _problems(session, organisation, draft, term_sets(session), seen)
    if problems:
        raise Invalid(problems)
    before = organisation_draft(organisation)
    _write(session, organisation, draft, seen)
    if draft.verified is not None and policy.may(by, "organisation.add"):
        organisation.verified = draft.verified
    session.flush()
    changed = [
        name
        for name in OrganisationDraft.__dataclass_fields__
        if getattr(before, name) != getattr(organisation_draft(organisation), name)
    ]
    if {"name", "identifiers"}.intersection(changed):
        outdate(session, organisation)
    if changed:
        note_change(
            session, "organisation.changed", organisation, by=by, details={"fields": changed}
        )
    return bool(changed)


def outdate(session: Session, organisation: Organisation) -> None:
    """Have the projects that the organisation reports compared again: its name and identifiers are evidence."""
    session.execute(
        update(Project)
        .where(Project.organisation_id == organisation.id, Project.key_version.is_not(None))
        .values(key_version=0),
        execution_options={"synchronize_session": False},
    )


def _write(
    session: Session,
    organisation: Organisation,
    draft: OrganisationDraft,
    seen: ColumnElement[bool],
) -> None:
    free_identifiers(session, map(identifier_key, draft.identifiers), seen)
    organisation.name = draft.name.strip()
    organisation.acronym = (draft.acronym or "").strip() or None
    organisation.type, organisation.country = draft.type or None, draft.country or None
    organisation.description = draft.description.strip()
    organisation.website = (draft.website or "").strip() or None
    organisation.names.clear()
    session.flush()
    add_names(session, organisation, NameKind.NAME, [organisation.name])
    add_names(session, organisation, NameKind.ACRONYM, [organisation.acronym or ""])
    add_names(session, organisation, NameKind.ALIAS, draft.aliases)
    add_names(session, organisation, NameKind.IDENTIFIER, draft.identifiers, seen=seen)
    organisation.search_text = searchable(
        [organisation.name, *(each.value for each in organisation.names), organisation.code]
    )
    wanted = {(name, code) for name, codes in draft.tags.items() for code in codes}
    for tag in list(organisation.tags):
        if (tag.vocabulary, tag.code) not in wanted and tag.vocabulary in draft.tags:
            organisation.tags.remove(tag)
    known = {(tag.vocabulary, tag.code) for tag in organisation.tags}
    organisation.tags.extend(
        OrganisationTag(vocabulary=name, code=code) for name, code in sorted(wanted - known)
    )


def _problems(
    session: Session,
    organisation: Organisation,
    draft: OrganisationDraft,
    terms: TermSets,
    seen: ColumnElement[bool],
) -> list[Problem]:
    found = []
    if not draft.name.strip():
        found.append(Problem("name", N_("Enter the organisation's name.")))
    for name in (draft.name, *draft.aliases):
        if len(name) > LONGEST_NAME:
            message = N_("Use at most %(most)d characters.")
            found.append(Problem("name", message, {"most": LONGEST_NAME}))
    if draft.website and not draft.website.strip().startswith(("http://", "https://")):
        found.append(Problem("website", N_("Enter an address that begins with https://")))
    for row, value in enumerate(draft.identifiers):
        key = identifier_key(value)
        if key is None:
            message = N_("%(value)s does not name one organisation. An example is XM-DAC-41128.")
            found.append(Problem(f"identifiers.{row}", message, {"value": value}))
        elif owner_of_identifier(session, key, seen) not in (None, organisation.id):
            message = N_("%(value)s belongs to another organisation in this register.")
            found.append(Problem(f"identifiers.{row}", message, {"value": value}))
    codes = [("type", "organisation-type", draft.type), ("country", "country", draft.country)]
    codes += [(name, name, code) for name, some in draft.tags.items() for code in sorted(some)]
    for place, vocabulary, code in codes:
        if code and code not in terms.get(vocabulary, ()):
            message = N_("There is no code %(code)s in this list.")
            found.append(Problem(place, message, {"code": code}))
    return found


def _conditions(query: OrganisationQuery) -> list[ColumnElement[bool]]:
    wanted = [has_words(Organisation.search_text, query.text)] if query.text else []
    if query.type:
        wanted.append(Organisation.type == query.type)
    if query.country:
        wanted.append(Organisation.country == query.country)
    if query.unverified:
        wanted.append(Organisation.verified.is_(False))
    return wanted


def _project_numbers(session: Session, viewer: Viewer, ids: Sequence[int]) -> dict[int, int]:
    """How many visible registered projects each organisation reports or takes part in."""
    seen = counted_projects(viewer)
    reported = select(Project.id.label("project"), Project.organisation_id.label("organisation"))
    joined = select(
        ProjectOrganisation.project_id.label("project"),
        ProjectOrganisation.organisation_id.label("organisation"),
    ).join(Project, Project.id == ProjectOrganisation.project_id)
    both = (
        reported.where(seen, Project.organisation_id.in_(ids))
        .union(joined.where(seen, ProjectOrganisation.organisation_id.in_(ids)))
        .subquery()
    )
    query: Select[Any] = select(both.c.organisation, func.count().label("projects"))
    rows = session.execute(query.group_by(both.c.organisation))
    return {row.organisation: row.projects for row in rows}


def _newest(
    session: Session, viewer: Viewer, clause: ColumnElement[bool], most: int
) -> list[Project]:
    query = select(Project).where(counted_projects(viewer), clause)
    ordered = query.order_by(Project.ends.is_(None), Project.ends.desc(), Project.public_id)
    return list(session.scalars(ordered.limit(most)))
