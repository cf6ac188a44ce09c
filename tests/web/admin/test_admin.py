"""Administration as people use it: people and their roles, terms, the model, mail, jobs, changes."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord import jobs
from tacoord.models import (
    Change,
    DeliveryState,
    DigestDefinition,
    DigestDelivery,
    DigestIssue,
    IssueState,
    JobRun,
    MatchingModel,
    Role,
    Term,
    TokenScope,
    User,
    Verdict,
    Visibility,
    utcnow,
)
from tacoord.services.accounts.accounts import make_token
from tacoord.services.digests.schedules import ensure_definitions
from tacoord.services.overlaps.overlaps import decide, flag_overlaps
from tacoord.services.registration import register_project
from tacoord.services.terms import vocabularies
from tacoord.services.upkeep import health
from tacoord.services.upkeep.job_schedule import SCHEDULE
from tests.factories import PASSWORD, draft, make_group, make_organisation, make_project, make_user
from tests.services.pairs import a_draft, a_project
from tests.support.accessibility import violations
from tests.web.visits import visit_as

Enter = Callable[..., User]


@pytest.fixture
def enter(store: Session, client: FlaskClient) -> Enter:
    def sign_in(role: Role, **values: object) -> User:
        user = make_user(store, role, **values)
        store.commit()
        visit_as(client, user)
        return user

    return sign_in


def words(answer: object) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.text)
    return re.sub(r"\s+", " ", text)


def link_in(answer: object) -> str:
    return re.search(r'value="http://localhost(/account/set-password/[^"]+)"', answer.text)[1]


def add(client: FlaskClient, organisation: str, role: str, email: str = "new@example.org"):
    said = {
        "email": email,
        "name": "New Person",
        "organisation": organisation,
        "role": role,
        "group": "",
    }
    return client.post("/admin/people/new", data=said)


def test_somebody_added_on_the_page_can_sign_in_by_the_link(client, enter, store):
    admin = enter(Role.ORG_ADMIN)
    answer = add(client, admin.organisation.code, "reporter")
    assert answer.status_code == 201
    newcomer = client.application.test_client()
    said = {"password": "six plain words make one", "again": "six plain words make one"}
    assert newcomer.post(link_in(answer), data=said).status_code == 302
    assert newcomer.get("/projects/new").status_code == 200
    noted = store.scalars(select(Change.action).order_by(Change.id)).all()
    assert noted[-3:] == ["user.added", "user.invited", "user.password_set"]


@pytest.mark.parametrize("role", ["admin", "coordinator", "reviewer", "focal-point", "secretary"])
def test_an_administrator_of_an_organisation_gives_no_role_that_reaches_beyond_it(
    client, enter, store, role
):
    admin = enter(Role.ORG_ADMIN)
    assert add(client, admin.organisation.code, role).status_code == 422
    assert store.scalar(select(User).where(User.email == "new@example.org")) is None


def test_an_administrator_of_an_organisation_adds_nobody_to_another(client, enter, store):
    enter(Role.ORG_ADMIN)
    other = make_organisation(store, verified=True)
    store.commit()
    assert add(client, other.code, "reporter").status_code == 422


def test_an_account_with_a_greater_role_cannot_be_taken_over(client, enter, store):
    admin = enter(Role.ORG_ADMIN)
    boss = make_user(store, Role.COORDINATOR, organisation=admin.organisation, password=PASSWORD)
    elsewhere = make_user(store, Role.REPORTER)
    store.commit()
    assert "Close the account" not in client.get(f"/admin/people/{boss.public_id}").text
    for deed in ("link", "close"):
        assert client.post(f"/admin/people/{boss.public_id}/{deed}").status_code == 403
    answer = add(client, admin.organisation.code, "viewer", email=elsewhere.email)
    assert answer.status_code == 422
    assert "/account/set-password/" not in answer.text
    assert client.get(f"/admin/people/{elsewhere.public_id}").status_code == 404
    assert client.post(f"/admin/people/{elsewhere.public_id}/link").status_code == 404


def test_nobody_raises_themselves(client, enter, store):
    for role, wish in ((Role.ADMIN, "coordinator"), (Role.ORG_ADMIN, "reporter")):
        user = enter(role, organisation=make_organisation(store, verified=True))
        code = user.organisation.code
        assert add(client, code, wish, email=user.email).status_code == 403
        said = {"organisation": code, "role": wish, "group": ""}
        answer = client.post(f"/admin/people/{user.public_id}/roles", data=said)
        assert answer.status_code == 403


def test_somebody_of_another_organisation_is_added_by_the_administrator_of_the_site(
    client, enter, store
):
    enter(Role.ADMIN)
    there = make_organisation(store, verified=True)
    elsewhere = make_user(store, Role.REVIEWER)
    store.commit()
    assert add(client, there.code, "viewer", email=elsewhere.email).status_code == 201


def test_a_role_is_given_and_taken_and_nobody_takes_their_own_administration(client, enter, store):
    admin = enter(Role.ORG_ADMIN)
    person = make_user(store, Role.VIEWER, organisation=admin.organisation)
    store.commit()
    code = admin.organisation.code
    place = f"/admin/people/{person.public_id}"
    said = {"organisation": code, "role": "reporter", "group": ""}
    assert client.post(f"{place}/roles", data=said).status_code == 302
    assert client.post(f"{place}/roles", data=said).status_code == 422
    assert client.post(f"{place}/roles/take", data={"role": f"reporter {code}"}).status_code == 302
    assert client.post(f"{place}/roles/take", data={"role": f"reporter {code}"}).status_code == 404
    own = f"/admin/people/{admin.public_id}/roles/take"
    assert client.post(own, data={"role": f"org-admin {code}"}).status_code == 409
    assert client.post(f"/admin/people/{admin.public_id}/close").status_code == 409


def test_a_closed_account_ends_everything_and_can_be_opened_again(client, enter, store):
    enter(Role.ADMIN)
    person = make_user(store, Role.REPORTER, password=PASSWORD)
    store.commit()
    theirs = client.application.test_client()
    said = {"email": person.email, "password": PASSWORD}
    theirs.post("/account/sign-in", data=said)
    place = f"/admin/people/{person.public_id}"
    assert client.post(f"{place}/close").status_code == 302
    assert theirs.get("/account").status_code == 302
    assert theirs.post("/account/sign-in", data=said).status_code == 422
    assert person.name not in client.get("/admin/people").text
    assert person.name in client.get("/admin/people?closed=1").text
    assert client.post(f"{place}/open").status_code == 302
    assert theirs.post("/account/sign-in", data=said).status_code == 302


def test_people_are_found_by_name_role_and_organisation(client, enter, store):
    enter(Role.ADMIN)
    one = make_user(store, Role.REVIEWER, name="Zinaida Example")
    other = make_user(store, Role.REPORTER, name="Anselm Example")
    store.commit()
    for query in ("q=zina", "role=reviewer", f"organisation={one.organisation.code}"):
        text = client.get(f"/admin/people?{query}").text
        assert one.name in text
        assert other.name not in text


def test_a_term_is_added_and_offered_no_more_and_the_files_do_not_undo_it(client, enter, store):
    enter(Role.ADMIN)
    said = {
        "code": "PROT-99",
        "label": "A measure of ours",
        "pillar": "PROT",
        "parent": "",
        "source": "",
    }
    assert client.post("/admin/vocabularies/measure", data=said).status_code == 302
    assert client.post("/admin/vocabularies/measure", data=said).status_code == 422
    assert store.get(Term, ("measure", "PROT-99")).attributes == {"pillar": "PROT"}
    place = "/admin/vocabularies/measure/PROT-1"
    assert client.post(place, data={"active": "0"}).status_code == 302
    vocabularies.load(store)
    store.commit()
    assert not store.get(Term, ("measure", "PROT-1"), populate_existing=True).active
    assert "PROT-1" not in vocabularies.term_sets(store)["measure"]
    store.commit()
    assert client.post(place, data={"active": "1"}).status_code == 302
    noted = store.scalars(
        select(Change.action).where(Change.subject == "term").order_by(Change.id)
    ).all()
    assert noted == ["term.added", "term.closed", "term.opened"]


@pytest.mark.parametrize(
    "wrong",
    [{"code": "prot 1"}, {"label": ""}, {"pillar": ""}, {"code": "prot-1"}, {"parent": "NOPE"}],
)
def test_a_term_that_is_wrong_is_not_added(client, enter, store, wrong):
    enter(Role.ADMIN)
    said = {
        "code": "PROT-99",
        "label": "Ours",
        "pillar": "PROT",
        "parent": "",
        "source": "",
        **wrong,
    }
    assert client.post("/admin/vocabularies/measure", data=said).status_code == 422
    assert store.get(Term, ("measure", "PROT-99")) is None


def test_standards_do_not_grow_here(client, enter, store):
    enter(Role.ADMIN)
    said = {"code": "QQ", "label": "Nowhere", "parent": "", "source": ""}
    assert client.post("/admin/vocabularies/country", data=said).status_code == 409
    assert "Add a term" not in client.get("/admin/vocabularies/country").text


def test_the_model_page_tells_how_often_scores_were_right(client, enter, store):
    for name in ("Alder Fund", "Birch Society"):
        flagged = flag_overlaps(store, a_project(store, make_organisation(store, name), a_draft()))
    reviewer = make_user(store, Role.REVIEWER)
    store.commit()
    enter(Role.COORDINATOR)
    open_page = client.get("/admin/model")
    assert flagged[0].public_id in open_page.text
    assert "No reviewer has judged" in words(open_page)
    decide(store, flagged[0].public_id, Verdict.SAME_ACTIVITY, by=reviewer)
    store.commit()
    assert "The 1 verdict below" in words(client.get("/admin/model"))


def test_a_version_of_the_model_is_chosen(client, enter, store):
    enter(Role.COORDINATOR)
    assert client.post("/admin/model/use", data={"version": "1"}).status_code == 302
    assert store.scalar(select(MatchingModel.version).where(MatchingModel.in_use)) == "1"
    assert client.post("/admin/model/use", data={"version": "none"}).status_code == 404


def test_the_mail_log_names_readers_tries_and_why_it_failed(client, enter, store):
    reader = make_user(store, Role.VIEWER)
    make_group(store, "SAHEL")
    ensure_definitions(store)
    definition = store.scalars(
        select(DigestDefinition).where(DigestDefinition.group.has(code="SAHEL"))
    ).one()
    issue = DigestIssue(
        definition=definition,
        period="2026-11-21",
        number=1,
        state=IssueState.COMPOSED,
        due_at=utcnow(),
    )
    store.add(
        DigestDelivery(
            issue=issue, user=reader, state=DeliveryState.FAILED, message_id="<1@x>", attempts=5,
            error="550 no such mailbox",
        )
    )  # fmt: skip
    enter(Role.ADMIN)
    for query in ("", "?state=failed", "?group=SAHEL", f"?q={reader.email}"):
        assert "550 no such mailbox" in client.get(f"/admin/mail{query}").text
    assert "550 no such mailbox" not in client.get("/admin/mail?state=sent").text
    assert "some failed" in words(client.get("/admin"))


def test_a_job_that_is_asked_for_runs_at_the_next_tick(app, client, enter, store):
    enter(Role.ADMIN)
    with app.app_context():
        assert jobs.tick("gaps")
        assert not jobs.tick("gaps")
    assert client.post("/admin/jobs/gaps/run").status_code == 302
    with app.app_context():
        assert jobs.tick("gaps")
        assert not jobs.tick("gaps")
    assert len(store.scalars(select(JobRun).where(JobRun.job == "gaps")).all()) == 2
    assert "gaps are open" in words(client.get("/admin/jobs"))


def test_a_running_job_is_not_asked_for_again(client, enter, store):
    enter(Role.ADMIN)
    store.add(JobRun(job="overlaps", period="2026-11-21"))
    store.commit()
    assert client.post("/admin/jobs/overlaps/run").status_code == 409


def test_every_job_has_its_hours_and_every_hour_its_job():
    assert jobs.JOBS.keys() == SCHEDULE.keys()


def test_health_is_said_in_words(client, enter, store):
    enter(Role.ADMIN)
    assert "never started" in words(client.get("/admin"))
    health.beat(store)
    store.commit()
    assert "Everything runs." in words(client.get("/admin"))


def test_changes_are_told_as_far_as_one_may_see_the_record(client, enter, store):
    reporter = make_user(store, Role.REPORTER)
    for title, visibility in (
        ("Open one", Visibility.PUBLIC),
        ("Hidden one", Visibility.ORGANISATION),
    ):
        register_project(
            store, draft(titles={"en": title}, visibility=visibility), by=reporter,
            organisation=reporter.organisation, source=make_project(store).source,
        )  # fmt: skip
    enter(Role.ADMIN)
    told = words(client.get("/admin/changes"))
    assert "registered a project Open one" in told
    assert "Hidden one" not in told
    enter(Role.COORDINATOR)
    assert "Hidden one" in words(client.get(f"/admin/changes?by={reporter.email}"))
    assert "Open one" not in words(client.get("/admin/changes?subject=organisation"))
    assert "Open one" not in words(client.get("/admin/changes?until=2001-01-01"))


def test_what_a_new_token_may_do_is_told_among_the_changes(client, enter, store):
    reporter = make_user(store, Role.REPORTER)
    make_token(store, reporter, name="export", scopes=[TokenScope.OVERLAPS], by=reporter)
    make_token(store, reporter, name="looks", scopes=(), by=reporter)
    enter(Role.ADMIN)
    told = words(client.get("/admin/changes"))
    assert "export; reading, overlaps" in told
    assert "looks; reading only" in told


@pytest.mark.looks_only
def test_the_pages_can_be_used_by_everybody(live_server: str, page: Page, store: Session):
    admin = make_user(store, Role.ADMIN, password=PASSWORD)
    store.commit()
    page.goto(f"{live_server}/account/sign-in?next=/admin")
    page.get_by_label("E-mail").fill(admin.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    for name in ("Overview", "People", "Vocabularies", "Model", "Mail", "Jobs", "Changes"):
        page.get_by_label("Administration").get_by_role("link", name=name).click()
        page.wait_for_load_state()
        assert violations(page) == [], name
