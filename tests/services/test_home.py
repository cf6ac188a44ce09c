"""What waits for whom, and what changed since somebody was last here."""

from datetime import timedelta

import pytest

from tacoord.models import (
    DeliveryState,
    DigestDefinition,
    DigestDelivery,
    DigestIssue,
    Frequency,
    IssueState,
    Kind,
    Overlap,
    ProjectState,
    Role,
    Visibility,
    utcnow,
)
from tacoord.services.assistance.assistance import accept, offer, save_request
from tacoord.services.home import TaskKind, list_news, list_tasks, news_since
from tacoord.services.projects.drafts import Share
from tacoord.services.projects.projects import update_project
from tacoord.services.visibility import viewer_of
from tests.factories import draft, make_group, make_organisation, make_project, make_user
from tests.services.asks import ask, focal_point, offer_draft, request_draft

LONG_AGO = timedelta(days=400)


def tasks(session, user):
    found = list_tasks(session, user, viewer_of(session, user), now=utcnow())
    return {task.kind: task for task in found}


def flag(session, one, two):
    first, second = sorted((one, two), key=lambda row: row.id)
    pair = Overlap(
        first_id=first.id,
        second_id=second.id,
        kind=Kind.SAME_ACTIVITY,
        score=0.9,
        model_version="1",
    )
    session.add(pair)
    session.flush()
    return pair


@pytest.mark.parametrize("role", list(Role))
def test_in_an_empty_register_nothing_waits_for_anybody(session, role):
    found = tasks(
        session, make_user(session, role, organisation=make_organisation(session, verified=True))
    )
    assert found == {}


def test_reviewers_judge_overlaps_that_they_may_see(session):
    flag(session, make_project(session), make_project(session))
    hidden = make_project(session, visibility=Visibility.ORGANISATION)
    flag(session, make_project(session), hidden)
    assert tasks(session, make_user(session, Role.REVIEWER))[TaskKind.JUDGE_OVERLAPS].count == 1
    assert tasks(session, make_user(session, Role.COORDINATOR))[TaskKind.JUDGE_OVERLAPS].count == 2
    assert TaskKind.JUDGE_OVERLAPS not in tasks(session, make_user(session, Role.REPORTER))


def test_reporters_see_look_alikes_of_their_own_projects(session):
    reporter = make_user(session, Role.REPORTER)
    own = make_project(session, organisation=reporter.organisation)
    flag(session, own, make_project(session))
    flag(session, make_project(session), make_project(session))
    assert tasks(session, reporter)[TaskKind.OWN_OVERLAPS].count == 1


def test_reporters_confirm_records_that_are_older_than_half_a_year_and_go_on(session):
    reporter = make_user(session, Role.REPORTER)
    for age in (timedelta(days=200), timedelta(days=180)):
        make_project(session, organisation=reporter.organisation).confirmed_at = utcnow() - age
    over = make_project(
        session,
        organisation=reporter.organisation,
        planned_start=None,
        planned_end=utcnow().date() - timedelta(days=1),
    )
    over.confirmed_at = utcnow() - LONG_AGO
    make_project(session).confirmed_at = utcnow() - LONG_AGO
    session.flush()
    assert tasks(session, reporter)[TaskKind.CONFIRM_PROJECTS].count == 1


def test_drafts_wait_for_who_wrote_them(session):
    reporter, government = make_user(session, Role.REPORTER), focal_point(session)
    mine = make_project(session, organisation=reporter.organisation, state=ProjectState.DRAFT)
    make_project(session, state=ProjectState.DRAFT)
    kept = save_request(session, request_draft(), by=government)
    assert tasks(session, reporter)[TaskKind.FINISH_PROJECTS].first is mine
    assert tasks(session, government)[TaskKind.FINISH_REQUESTS].first is kept
    assert TaskKind.FINISH_REQUESTS not in tasks(session, focal_point(session))


def test_requests_near_the_own_work_wait_until_one_has_offered(session):
    helper = make_user(session, Role.REPORTER)
    make_project(session, organisation=helper.organisation, countries=(Share("LA"),))
    near = ask(session)
    ask(session, by=focal_point(session, "SN"))
    ask(session, pillars=frozenset({"PREV"}))
    task = tasks(session, helper)[TaskKind.ANSWER_REQUESTS]
    assert (task.count, task.first) == (1, near)
    offer(session, offer_draft(), by=helper, request=near)
    assert TaskKind.ANSWER_REQUESTS not in tasks(session, helper)


def test_who_works_nowhere_yet_is_shown_every_request(session):
    ask(session)
    ask(session, by=focal_point(session, "SN"))
    assert tasks(session, make_user(session, Role.ORG_ADMIN))[TaskKind.ANSWER_REQUESTS].count == 2


def test_offers_wait_for_the_government_that_asked(session):
    government = focal_point(session)
    asked = ask(session, by=government)
    made = offer(session, offer_draft(), by=make_user(session, Role.REPORTER), request=asked)
    assert tasks(session, government)[TaskKind.ANSWER_OFFERS].first is made
    assert TaskKind.ANSWER_OFFERS not in tasks(session, focal_point(session))
    accept(session, made, by=government)
    assert TaskKind.ANSWER_OFFERS not in tasks(session, government)


def test_focal_points_are_told_what_ends_in_their_country(session):
    soon = utcnow().date() + timedelta(days=60)
    make_project(session, planned_end=soon)
    task = tasks(session, focal_point(session))[TaskKind.COVERAGE_ENDS]
    assert (task.count, task.about) == (1, "KH")
    assert TaskKind.COVERAGE_ENDS not in tasks(session, focal_point(session, "SN"))


def test_secretaries_are_told_when_their_digest_goes_out_or_that_it_does_not(session):
    group = make_group(session)
    secretary = make_user(session, Role.SECRETARY, group=group)
    task = tasks(session, secretary)[TaskKind.READ_DIGEST]
    assert (task.at, task.about) == (None, group.code)
    session.add(DigestDefinition(group=group, frequency=Frequency.WEEKLY))
    session.flush()
    due = tasks(session, secretary)[TaskKind.READ_DIGEST].at
    assert due is not None
    assert utcnow() < due <= utcnow() + timedelta(days=7)


def test_coordinators_verify_organisations_and_admins_see_failed_mail(session):
    make_organisation(session)
    assert (
        tasks(session, make_user(session, Role.COORDINATOR))[TaskKind.VERIFY_ORGANISATIONS].count
        >= 1
    )
    admin = make_user(session, Role.ADMIN)
    assert TaskKind.FAILED_MAIL not in tasks(session, admin)
    definition = DigestDefinition(group=make_group(session), frequency=Frequency.WEEKLY)
    session.add(definition)
    session.flush()
    issue = DigestIssue(
        definition_id=definition.id,
        period="2026-11-16",
        number=1,
        state=IssueState.COMPOSED,
        due_at=utcnow(),
    )
    session.add(issue)
    session.flush()
    session.add(
        DigestDelivery(
            issue_id=issue.id,
            user_id=admin.id,
            state=DeliveryState.FAILED,
            message_id="<one@example.org>",
        )
    )
    session.flush()
    assert tasks(session, admin)[TaskKind.FAILED_MAIL].count == 1


def news(session, user, since=timedelta(hours=1), **more):
    return list_news(session, user, viewer_of(session, user), since=utcnow() - since, **more)


def test_news_tell_each_record_once_by_the_last_thing_that_happened(session):
    reader, writer = make_user(session), make_user(session, Role.REPORTER)
    project = make_project(session, organisation=writer.organisation)
    update_project(session, project, draft(), by=writer)
    asked = ask(session)
    assert [(each.action, each.record) for each in news(session, reader)] == [
        ("request.submitted", asked),
        ("project.changed", project),
    ]


def test_news_leave_out_what_one_did_oneself_and_what_one_may_not_see(session):
    writer = make_user(session, Role.REPORTER)
    make_project(session, organisation=writer.organisation, by=writer)
    make_project(session, visibility=Visibility.ORGANISATION)
    make_project(session, state=ProjectState.DRAFT)
    save_request(session, request_draft(), by=focal_point(session))
    assert news(session, writer) == []


def test_news_begin_with_the_visit_before_and_are_few(session):
    reader = make_user(session)
    for _ in range(4):
        make_project(session)
    assert len(news(session, reader, most=3)) == 3
    assert news(session, reader, since=timedelta(0)) == []
    now = utcnow()
    assert now - news_since(reader, now) == timedelta(days=30)
    reader.previous_sign_in_at = now - timedelta(days=2)
    assert now - news_since(reader, now) == timedelta(days=2)
