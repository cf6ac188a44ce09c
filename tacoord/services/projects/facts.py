"""The facts of many projects at once, by plain rows: loading whole records takes ten times as long."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from tacoord.matching.facts import Facts
from tacoord.models import (
    BudgetLine,
    NameKind,
    Organisation,
    OrganisationName,
    Project,
    ProjectIdentifier,
    ProjectOrganisation,
    ProjectTag,
)
from tacoord.services.projects.content import facts_of_draft
from tacoord.services.projects.drafts import (
    BudgetAmount,
    OtherIdentifier,
    Participant,
    ProjectDraft,
    Sector,
    Share,
)

VOCABULARIES: Final = ("country", "region", "dac-region", "pillar", "measure", "mandate")
"""The vocabularies whose tags matching knows."""

Rows = Sequence[Row[Any]]


@dataclass(slots=True)
class _Reporter:
    """What `facts_of_draft` reads of an organisation."""

    name: str
    names: Rows


def read_facts(session: Session, ids: Collection[int]) -> dict[int, Facts]:
    """The facts of some projects by key, the same as `facts_of` gives; in the order of their keys."""
    rows = session.execute(_columns().where(Project.id.in_(ids)).order_by(Project.id)).all()
    reporters = _reporters(session, {row.organisation_id for row in rows})
    said = _said_on_behalf(session, [row.id for row in rows if row.on_behalf])
    tags = _tags(session, ids)
    parts = {name: _parts(session, name, ids) for name in ("identifiers", "participants", "lines")}
    found = {}
    for row in rows:
        draft = _draft(
            row, tags.get(row.id, {}), {name: parts[name].get(row.id, []) for name in parts}
        )
        if row.on_behalf:
            draft = replace(draft, record=said[row.id])
        # A reporter has all that is read of an organisation; what matching knows of a record is said in one place.
        organisation = cast(Organisation, reporters[row.organisation_id])
        found[row.id] = facts_of_draft(
            draft, id=row.public_id, organisation=organisation, on_behalf=row.on_behalf
        )
    return found


def _columns() -> Select[Any]:
    return select(
        Project.id,
        Project.public_id,
        Project.organisation_id,
        Project.iati_identifier,
        Project.titles,
        Project.descriptions,
        Project.sectors,
        Project.status,
        Project.starts,
        Project.ends,
        Project.visibility,
        Project.on_behalf,
    )


def _draft(
    row: Row[Any], tags: Mapping[str, Sequence[str]], parts: Mapping[str, Rows]
) -> ProjectDraft:
    """What the record says, as far as matching asks."""
    return ProjectDraft(
        titles=row.titles,
        descriptions=row.descriptions,
        iati_identifier=row.iati_identifier,
        other_identifiers=tuple(OtherIdentifier("", each.value) for each in parts["identifiers"]),
        participants=tuple(
            Participant(each.name, each.role, each.ref, None, each.activity_id)
            for each in parts["participants"]
        ),
        countries=_shares(tags, "country"),
        regions=_shares(tags, "region"),
        dac_regions=_shares(tags, "dac-region"),
        pillars=_shares(tags, "pillar"),
        sectors=tuple(Sector(each["code"], each["vocabulary"]) for each in row.sectors),
        measures=frozenset(tags.get("measure", ())),
        mandates=frozenset(tags.get("mandate", ())),
        status=row.status,
        actual_start=row.starts,
        actual_end=row.ends,
        budget=tuple(
            BudgetAmount(
                each.amount_minor,
                each.currency,
                each.type,
                "1",
                each.starts,
                each.ends,
                each.value_date,
            )
            for each in parts["lines"]
        ),
        visibility=row.visibility,
    )


def _shares(tags: Mapping[str, Sequence[str]], vocabulary: str) -> tuple[Share, ...]:
    return tuple(Share(code) for code in tags.get(vocabulary, ()))


def _parts(session: Session, name: str, ids: Collection[int]) -> Mapping[int, list[Row[Any]]]:
    """The rows of one kind of part, by project, in their own order."""
    columns: dict[str, tuple[Any, ...]] = {
        "identifiers": (
            ProjectIdentifier.project_id,
            ProjectIdentifier.value,
            ProjectIdentifier.id,
        ),
        "participants": (
            ProjectOrganisation.project_id,
            ProjectOrganisation.ref,
            ProjectOrganisation.name,
            ProjectOrganisation.role,
            ProjectOrganisation.activity_id,
            ProjectOrganisation.position,
        ),
        "lines": (
            BudgetLine.project_id,
            BudgetLine.amount_minor,
            BudgetLine.currency,
            BudgetLine.type,
            BudgetLine.starts,
            BudgetLine.ends,
            BudgetLine.value_date,
            BudgetLine.position,
        ),
    }
    project_id, *_, order = columns[name]
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    query = select(*columns[name]).where(project_id.in_(ids)).order_by(project_id, order)
    for row in session.execute(query):
        found[row[0]].append(row)
    return found


def _tags(session: Session, ids: Collection[int]) -> Mapping[int, Mapping[str, list[str]]]:
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    query = (
        select(ProjectTag.project_id, ProjectTag.vocabulary, ProjectTag.code)
        .where(ProjectTag.project_id.in_(ids), ProjectTag.vocabulary.in_(VOCABULARIES))
        .order_by(ProjectTag.project_id, ProjectTag.vocabulary, ProjectTag.code)
    )
    for project_id, vocabulary, code in session.execute(query):
        found[project_id][vocabulary].append(code)
    return found


def _reporters(session: Session, ids: Collection[int]) -> dict[int, _Reporter]:
    names: dict[int, list[Any]] = defaultdict(list)
    query = (
        select(OrganisationName.organisation_id, OrganisationName.kind, OrganisationName.value)
        .where(
            OrganisationName.organisation_id.in_(ids),
            OrganisationName.kind == NameKind.IDENTIFIER,
        )
        .order_by(OrganisationName.id)
    )
    for row in session.execute(query):
        names[row.organisation_id].append(row)
    known = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    )
    return {key: _Reporter(name, names[key]) for key, name in known}


def _said_on_behalf(session: Session, ids: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """What a source said of the projects that somebody registered for another organisation."""
    if not ids:
        return {}
    rows = session.execute(select(Project.id, Project.record).where(Project.id.in_(ids)))
    return {row.id: row.record for row in rows}
