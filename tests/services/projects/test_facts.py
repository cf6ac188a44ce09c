"""Facts read by plain rows are those of the whole records."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.matching import Party
from tacoord.models import Project, ProjectState, Source
from tacoord.policy import OPERATOR
from tacoord.services.projects.content import facts_of_draft
from tacoord.services.projects.drafts import (
    BudgetAmount,
    OtherIdentifier,
    Participant,
    ProjectDraft,
    Sector,
    Share,
)
from tacoord.services.projects.facts import read_facts
from tacoord.services.projects.projects import add_project, facts_of
from tests.factories import make_organisation
from tests.services.pairs import a_draft

FULL = replace(
    a_draft(),
    titles={"en": "Shelter", "fr": "Abri"},
    iati_identifier="XX-1-7",
    other_identifiers=(OtherIdentifier("A1", "AAA-9"), OtherIdentifier("B1", "BBB-2")),
    participants=(
        Participant("Second Bureau", "4", ref="XX-2", activity_id="XX-2-7"),
        Participant("First Fund", "1"),
    ),
    countries=(Share("KH"), Share("TH")),
    regions=(Share("035"),),
    sectors=(Sector("15160"), Sector("nine", "99")),
    measures=frozenset({"PROT-2", "PROT-1"}),
    mandates=frozenset({"GPA-18"}),
    status="2",
    planned_start=date(2023, 1, 1),
    actual_end=date(2026, 5, 5),
    budget=(
        BudgetAmount(5_000_00, "USD", starts=date(2024, 1, 1), ends=date(2024, 12, 31)),
        BudgetAmount(6_000_00, "USD", type="2", starts=date(2024, 1, 1), ends=date(2024, 12, 31)),
        BudgetAmount(700, "JPY", value_date=date(2025, 2, 2)),
    ),
)
ON_BEHALF = replace(a_draft(), record={"reporting_org": {"ref": "XX-9", "name": "Ninth Fund"}})
EMPTY = ProjectDraft(titles={"": "Only a title"})


def test_a_reporter_whose_name_the_source_leaves_out_has_the_name_of_the_register(
    session: Session,
) -> None:
    owner = make_organisation(session, "Ninth Fund", ref="XX-9")
    draft = replace(a_draft(), record={"reporting_org": {"ref": "N9"}})
    facts = facts_of_draft(draft, id="", organisation=owner, on_behalf=True)
    assert facts.reporter == Party("N9", "Ninth Fund")


@pytest.mark.parametrize(
    ("draft", "on_behalf"),
    [(FULL, False), (ON_BEHALF, True), (EMPTY, False)],
    ids=["full", "on behalf", "empty"],
)
def test_they_are_the_same(session: Session, draft: ProjectDraft, on_behalf: bool) -> None:
    owner = make_organisation(session, "Owner", ref="XX-1")
    project = add_project(
        session, draft, organisation=owner, by=OPERATOR, source=Source.FORM,
        state=ProjectState.PUBLISHED, on_behalf=on_behalf,
    )  # fmt: skip
    session.expire_all()
    whole = session.scalars(select(Project)).one()
    assert read_facts(session, [project.id]) == {project.id: facts_of(whole)}
