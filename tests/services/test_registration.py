"""Registering, changing and withdrawing flag overlaps, in one piece with the record."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.errors import Invalid
from tacoord.models import Overlap, Project, ProjectState, Source
from tacoord.policy import OPERATOR
from tacoord.services.overlaps.overlaps import overlaps_of_project
from tacoord.services.projects.drafts import ProjectDraft
from tacoord.services.projects.projects import draft_of
from tacoord.services.registration import (
    change_project,
    publish_draft,
    register_project,
    restore_project,
    save_draft,
    withdraw_project,
)
from tacoord.services.visibility import EVERYTHING
from tests.factories import draft, make_organisation

TITLE = {"en": "Night shelter for fishers on the Tonle Sap pier"}


def register(session: Session, **values: object) -> tuple[Project, list[Overlap]]:
    return register_project(
        session,
        draft(titles=TITLE, **values),
        organisation=make_organisation(session),
        by=OPERATOR,
        source=Source.FORM,
    )


def test_the_second_record_of_one_activity_is_flagged_with_its_evidence(session: Session) -> None:
    first, nothing = register(session)
    second, flagged = register(session)
    assert nothing == []
    assert [{overlap.first_id, overlap.second_id} for overlap in flagged] == [{first.id, second.id}]
    assert flagged[0].evidence


def test_a_draft_is_flagged_when_it_is_registered_and_not_before(session: Session) -> None:
    register(session)
    unfinished = save_draft(
        session,
        draft(titles={}),
        organisation=make_organisation(session),
        by=OPERATOR,
        source=Source.FORM,
    )
    assert unfinished.state is ProjectState.DRAFT
    whole = replace(draft_of(unfinished), titles=TITLE)
    change_project(session, unfinished, whole, by=OPERATOR)
    assert session.scalar(select(func.count(Overlap.id))) == 0
    assert len(publish_draft(session, unfinished, whole, by=OPERATOR)) == 1


def test_a_change_that_makes_it_alike_flags_it(session: Session) -> None:
    register(session)
    other, _ = register_project(
        session,
        ProjectDraft(titles={"en": "Radio drama in six parts"}),
        organisation=make_organisation(session),
        by=OPERATOR,
        source=Source.FORM,
    )
    assert overlaps_of_project(session, other, EVERYTHING) == []
    changed, flagged = change_project(session, other, draft(titles=TITLE), by=OPERATOR)
    assert (changed, len(flagged)) == (True, 1)
    assert change_project(session, other, draft_of(other), by=OPERATOR) == (False, [])


def test_a_withdrawn_record_takes_its_pairs_out_and_brings_them_back(session: Session) -> None:
    register(session)
    second, _ = register(session)
    withdraw_project(session, second, by=OPERATOR)
    assert overlaps_of_project(session, second, EVERYTHING) == []
    _, flagged = register(session)
    assert all(second.id not in (one.first_id, one.second_id) for one in flagged)
    assert len(restore_project(session, second, by=OPERATOR)) == 2


def test_what_is_refused_leaves_nothing_behind(session: Session) -> None:
    with pytest.raises(Invalid):
        register(session, website="nowhere")
    assert session.scalar(select(func.count(Project.id))) == 0
