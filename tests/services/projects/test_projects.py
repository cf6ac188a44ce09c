"""The register of projects: what goes in comes out, all problems at once, and nothing by accident."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import Conflict, Forbidden, Invalid, NotFound
from tacoord.models import Change, Project, ProjectState, ProjectTag, Role, Source, Visibility
from tacoord.policy import OPERATOR
from tacoord.services.projects.content import clean, content_hash
from tacoord.services.projects.drafts import (
    BudgetAmount,
    Sector,
    Share,
)
from tacoord.services.projects.projects import (
    add_project,
    confirm,
    draft_of,
    facts_of,
    get_project,
    publish,
    restore,
    update_project,
    withdraw,
)
from tacoord.services.visibility import PUBLIC, REGISTERED, viewer_of
from tests.factories import (
    draft,
    full_draft,
    make_group,
    make_organisation,
    make_project,
    make_user,
    open_draft,
)


def test_what_was_registered_is_read_back_whole(session: Session) -> None:
    group = make_group(session)
    said = full_draft(groups=frozenset({group.code}), masks=frozenset())
    project = make_project(session)
    update_project(session, project, said, by=OPERATOR)
    session.flush()
    session.expire_all()
    read = draft_of(project)
    assert content_hash(clean(read)) == content_hash(clean(said))
    assert read.titles == said.titles
    assert read.record == {"scope": "4"}
    assert (project.title, project.starts, project.ends) == (
        "Aide aux victimes",
        date(2024, 2, 1),
        date(2028, 12, 30),
    )
    tags = select(ProjectTag).where(
        ProjectTag.project_id == project.id, ProjectTag.vocabulary == "sector"
    )
    assert [tag.code for tag in session.scalars(tags)] == ["15160"]


def test_the_same_words_again_change_nothing(session: Session) -> None:
    project = make_project(session)
    update_project(session, project, open_draft(), by=OPERATOR)
    version, updated = project.version, project.updated_at
    same = open_draft()
    again = replace(same, countries=same.countries[::-1], titles={**same.titles, "es": "  "})
    assert update_project(session, project, again, by=OPERATOR) is False
    session.flush()
    assert (project.version, project.updated_at) == (version, updated)


def test_every_small_change_is_a_change(session: Session) -> None:
    project = make_project(session)
    update_project(session, project, open_draft(), by=OPERATOR)
    for changed in (
        {"contact_shown": False},
        {"website": None},
        {"sectors": (Sector("15160", "1", Decimal(99)),)},
        {"countries": (Share("KH", Decimal("66.4")), Share("LA", Decimal("33.6")))},
        {"record": {"scope": "5"}},
        {"participants": ()},
    ):
        said = replace(draft_of(project), **changed)
        assert update_project(session, project, said, by=OPERATOR), changed
        session.flush()
        assert content_hash(clean(draft_of(project))) == project.content_hash, changed


def test_all_problems_are_told_at_once(session: Session) -> None:
    wrong = draft(
        titles={"en": " "},
        countries=(
            Share("QQ", Decimal(50)),
            Share("NP", Decimal(50)),
            Share("NP", Decimal(50)),
        ),
        planned_start=date(2026, 5, 2),
        planned_end=date(2026, 5, 1),
        budget=(BudgetAmount(-1, "EUR"),),
        contact_email="nobody",
        visibility=Visibility.GROUP,
        groups=frozenset({"NOSUCH"}),
    )
    with pytest.raises(Invalid) as refused:
        make_project(session, **{n: getattr(wrong, n) for n in wrong.__dataclass_fields__})
    said = {problem.field: str(problem) for problem in refused.value.problems}
    assert said["countries.2.code"] == "Nepal is named twice."
    assert said["countries"].startswith("The shares add up to 150 per cent.")
    assert set(said) == {
        "titles",
        "countries.0.code",
        "countries.2.code",
        "countries",
        "planned_end",
        "budget.0.amount",
        "contact_email",
        "groups",
    }
    assert session.scalar(select(Project)) is None


def test_an_identifier_is_used_once_by_an_organisation(session: Session) -> None:
    organisation = make_organisation(session)
    first = make_project(session, organisation=organisation, iati_identifier="XX-1-9")
    with pytest.raises(Invalid) as refused:
        make_project(session, organisation=organisation, iati_identifier=" XX-1-9 ")
    assert [problem.field for problem in refused.value.problems] == ["iati_identifier"]
    make_project(session, iati_identifier="XX-1-9")
    said = replace(draft_of(first), website="https://example.org")
    assert update_project(session, first, said, by=OPERATOR)


def test_only_the_own_reporters_register_and_edit(session: Session) -> None:
    own, other = make_organisation(session), make_organisation(session)
    reporter = make_user(session, Role.REPORTER, organisation=own)
    stranger = make_user(session, Role.REPORTER, organisation=other)
    with pytest.raises(Forbidden):
        make_project(session, organisation=own, by=stranger)
    project = make_project(session, organisation=own, by=reporter)
    assert project.created_by_id == reporter.id
    for action in (withdraw, confirm):
        with pytest.raises(Forbidden):
            action(session, project, by=stranger)
    with pytest.raises(Forbidden):
        update_project(session, project, draft(), by=stranger)


def test_a_draft_may_lack_things_until_it_is_published(session: Session) -> None:
    project = make_project(session, state=ProjectState.DRAFT, titles={})
    assert project.published_at is None
    with pytest.raises(Invalid) as refused:
        publish(session, project, by=OPERATOR)
    assert [problem.field for problem in refused.value.problems] == ["titles"]
    update_project(session, project, draft(), by=OPERATOR)
    publish(session, project, by=OPERATOR)
    assert project.state is ProjectState.PUBLISHED
    assert project.confirmed_at == project.published_at
    with pytest.raises(Conflict):
        publish(session, project, by=OPERATOR)


def test_who_edits_an_older_version_is_told(session: Session) -> None:
    project = make_project(session)
    seen = project.version
    update_project(session, project, draft(), by=OPERATOR, version=seen)
    session.flush()
    with pytest.raises(Conflict):
        update_project(session, project, draft(), by=OPERATOR, version=seen)


def test_a_withdrawn_record_is_restored_as_it_was(session: Session) -> None:
    registered, unfinished = make_project(session), make_project(session, state=ProjectState.DRAFT)
    for project, state in ((registered, "published"), (unfinished, "draft")):
        withdraw(session, project, by=OPERATOR)
        assert project.state is ProjectState.WITHDRAWN
        with pytest.raises(Conflict):
            withdraw(session, project, by=OPERATOR)
        restore(session, project, by=OPERATOR)
        assert project.state.value == state


def test_drafts_withdrawn_and_restricted_records_are_found_by_their_own_people_alone(
    session: Session,
) -> None:
    organisation = make_organisation(session)
    insider = viewer_of(session, make_user(session, Role.VIEWER, organisation=organisation))
    hidden = [
        make_project(session, organisation=organisation, state=ProjectState.DRAFT),
        make_project(session, organisation=organisation, visibility=Visibility.ORGANISATION),
        make_project(session, organisation=organisation, visibility=Visibility.PUBLIC),
    ]
    withdraw(session, hidden[2], by=OPERATOR)
    for project in hidden:
        assert get_project(session, project.public_id, insider) is project
        for stranger in (PUBLIC, REGISTERED):
            with pytest.raises(NotFound):
                get_project(session, project.public_id, stranger)


def test_what_happened_stands_in_the_sequence_of_changes(session: Session) -> None:
    user = make_user(session, Role.REPORTER)
    project = add_project(
        session,
        draft(),
        organisation=user.organisation,
        by=user,
        source=Source.API,
        state=ProjectState.PUBLISHED,
    )
    update_project(session, project, replace(draft_of(project), status="4"), by=user)
    confirm(session, project, by=user)
    rows = session.scalars(
        select(Change).where(Change.subject == "project").order_by(Change.id)
    ).all()
    assert [(row.action, row.details, row.by_id) for row in rows] == [
        ("project.registered", {"source": "api"}, user.id),
        ("project.changed", {"fields": ["status"]}, user.id),
        ("project.confirmed", {}, user.id),
    ]


def test_matching_is_told_what_the_record_says(session: Session) -> None:
    organisation = make_organisation(session, "Lantern Trust", ref="XX-GOV-9")
    project = make_project(session, organisation=organisation)
    update_project(session, project, open_draft(), by=OPERATOR)
    facts = facts_of(project)
    assert facts.id == project.public_id
    assert (facts.reporter.ref, facts.reporter.name) == ("XX-GOV-9", "Lantern Trust")
    assert facts.countries == ("KH", "LA")
    assert facts.regions == (("1", "689"), ("2", "035"))
    assert facts.sectors == (("1", "15160"), ("99", "A7"))
    assert [(m.amount, m.currency, m.on) for m in facts.budgets] == [
        (1000.5, "USD", date(2024, 3, 1)),
        (7.0, "JPY", None),
    ]
    assert [(p.party.ref, p.role, p.activity_id) for p in facts.participants] == [
        ("XX-GOV-77", "1", None),
        (None, "4", "LT-9"),
    ]


def test_on_behalf_of_others_the_true_reporter_is_told(session: Session) -> None:
    project = add_project(
        session,
        draft(record={"reporting_org": {"ref": "XX-GOV-3", "name": "Far Shore"}}),
        organisation=make_organisation(session),
        by=OPERATOR,
        source=Source.IATI,
        state=ProjectState.PUBLISHED,
        on_behalf=True,
    )
    assert (facts_of(project).reporter.ref, facts_of(project).reporter.name) == (
        "XX-GOV-3",
        "Far Shore",
    )


def test_who_may_change_a_record_may_still_not_open_it_to_more_people(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(session, visibility=Visibility.ORGANISATION)
    reporter = make_user(session, Role.REPORTER, organisation=project.organisation)
    monkeypatch.setitem(policy.RULES, "project.widen", ())
    said = draft_of(project)
    assert update_project(session, project, replace(said, website="https://a.example"), by=reporter)
    with pytest.raises(Forbidden, match=r"project\.widen"):
        update_project(
            session, project, replace(said, visibility=Visibility.REGISTERED), by=reporter
        )
