"""What pages and the API write into the audit trail: who saw what is restricted, took it out, widened it, decided."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tacoord.models import (
    AuditEntry,
    Organisation,
    Project,
    Role,
    RoleGrant,
    SignIn,
    User,
    Visibility,
    utcnow,
)
from tacoord.services import trail
from tacoord.services.accounts.accounts import make_token
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.projects.projects import update_project
from tests.factories import draft, make_group, make_organisation, make_project, make_user
from tests.services.asks import ask
from tests.services.pairs import TEXT, TITLE, a_draft, a_project
from tests.web.visits import visit_as


@pytest.fixture
def organisation(store: Session) -> Organisation:
    return make_organisation(store)


@pytest.fixture
def reader(store: Session, organisation: Organisation) -> User:
    made = make_user(store, Role.REPORTER, organisation=organisation)
    store.commit()
    return made


@pytest.fixture
def hidden(store: Session, organisation: Organisation) -> Project:
    made = make_project(store, organisation=organisation, visibility=Visibility.ORGANISATION)
    store.commit()
    return made


def entries(store: Session, action: str) -> list[AuditEntry]:
    store.rollback()
    asked = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.n)
    return list(store.scalars(asked))


def test_who_reads_a_restricted_project_is_written_down_once_an_hour(client, store, reader, hidden):
    visit_as(client, reader)
    for _ in range(3):
        assert client.get(f"/projects/{hidden.public_id}").status_code == 200
    seen = entries(store, "project.seen")
    assert [(each.by_id, each.subject_id) for each in seen] == [(reader.id, hidden.id)]
    later = utcnow() + timedelta(hours=2)
    trail.append_sights(store, [("project", hidden.id)], by=reader, now=later)
    store.commit()
    assert len(entries(store, "project.seen")) == 2
    assert trail.verify(store).broken_at is None


def test_who_reads_what_everybody_may_know_is_not(client, store, reader):
    project = make_project(store)
    store.commit()
    visit_as(client, reader).get(f"/projects/{project.public_id}")
    assert entries(store, "project.seen") == []


def test_who_is_not_let_see_it_has_not_seen_it(client, store, hidden):
    stranger = make_user(store, Role.REPORTER)
    store.commit()
    assert visit_as(client, stranger).get(f"/projects/{hidden.public_id}").status_code == 404
    assert entries(store, "project.seen") == []


def test_a_restricted_request_is_one_of_them(client, store):
    focal = make_user(store, Role.FOCAL_POINT, organisation=make_organisation(store, country="KH"))
    request = ask(store, by=focal, visibility=Visibility.ORGANISATION)
    store.commit()
    visit_as(client, focal).get(f"/requests/{request.public_id}")
    assert [each.subject_id for each in entries(store, "request.seen")] == [request.id]


PROGRAMS_READ = {
    "projects": "project.seen",
    "projects/{id}": "project.seen",
    "projects/{id}/overlaps": "project.seen",
    "overlaps": "project.seen",
    "overlaps/{pair}": "project.seen",
    "similar": "project.seen",
    "requests": "request.seen",
    "requests/{request}": "request.seen",
    "requests/{request}/matches": "project.seen",
    "iati": "project.exported",
}


def test_what_a_program_reads_or_takes_out_is_written_down_whatever_the_operation(
    client, store, organisation, monkeypatch
):
    monkeypatch.setattr(trail, "ONE_SIGHT", timedelta(0))
    organisation.country = "KH"
    reader = make_user(store, Role.FOCAL_POINT, organisation=organisation)
    hidden = a_draft(visibility=Visibility.ORGANISATION)
    other = make_organisation(store)
    reader.grants.append(RoleGrant(role=Role.VIEWER, organisation_id=other.id))
    twins = [a_project(store, each, hidden) for each in (organisation, other)]
    (pair,) = [flag_overlaps(store, each) for each in twins][1]
    request = ask(store, by=reader, visibility=Visibility.ORGANISATION)
    _token, secret = make_token(store, reader, name="x", scopes=(), by=reader)
    store.commit()
    ids = {"id": twins[0].public_id, "pair": pair.public_id, "request": request.public_id}
    alike = {"title": {"en": TITLE}, "description": {"en": TEXT}, "countries": ["KH"]}
    silent = []
    for address, action in PROGRAMS_READ.items():
        before = len(entries(store, action))
        body = alike if address == "similar" else None
        called = client.open(
            f"/api/v1/{address.format(**ids)}",
            method="POST" if body else "GET",
            json=body,
            headers={"Authorization": f"Bearer {secret}"},
            buffered=True,
        )
        assert called.status_code == 200, address
        new = entries(store, action)[before:]
        silent += [] if new and {each.by_id for each in new} == {reader.id} else [address]
    assert silent == []


@pytest.mark.parametrize(
    ("form", "restricted"), [("projects.csv", 1), ("projects.jsonl", 1), ("iati.xml", 0)]
)
def test_who_takes_records_out_is_written_down(
    client: FlaskClient, store, reader, hidden, form, restricted
):
    assert visit_as(client, reader).get(f"/exports/{form}").status_code == 200
    (taken,) = entries(store, "project.exported")
    assert (taken.by_id, taken.details["restricted"]) == (reader.id, restricted)


def test_taking_restricted_records_out_asks_once_more_who_one_is(client, store, reader, hidden):
    visit_as(client, reader)
    store.execute(update(SignIn).values(confirmed_at=utcnow() - timedelta(hours=1)))
    store.commit()
    asked = client.get("/exports/projects.csv")
    assert asked.headers["Location"] == "/account/confirm?next=/exports/projects.csv"
    assert entries(store, "project.exported") == []
    hidden_again = store.get_one(Project, hidden.id)
    hidden_again.visibility = Visibility.REGISTERED
    store.commit()
    assert client.get("/exports/projects.csv").status_code == 200


@pytest.mark.parametrize(
    ("before", "after", "noted"),
    [
        (Visibility.ORGANISATION, Visibility.GROUP, True),
        (Visibility.ORGANISATION, Visibility.PUBLIC, True),
        (Visibility.REGISTERED, Visibility.PUBLIC, True),
        (Visibility.PUBLIC, Visibility.ORGANISATION, False),
        (Visibility.REGISTERED, Visibility.REGISTERED, False),
    ],
)
def test_who_lets_more_people_see_a_record_is_written_down(session, before, after, noted):
    by = make_user(session, Role.REPORTER)
    group = make_group(session)
    project = make_project(session, organisation=by.organisation, visibility=before)
    groups = frozenset({group.code}) if after is Visibility.GROUP else frozenset()
    said = draft(visibility=after, groups=groups)
    update_project(session, project, said, by=by)
    asked = select(AuditEntry).where(AuditEntry.action == "project.widened")
    found = [(each.details["from"], each.details["to"]) for each in session.scalars(asked)]
    assert found == ([(before, after)] if noted else [])


def test_a_further_group_is_more_people(session):
    by = make_user(session, Role.REPORTER)
    one, other = make_group(session), make_group(session)
    hidden = {"visibility": Visibility.GROUP, "groups": frozenset({one.code})}
    project = make_project(session, organisation=by.organisation, **hidden)
    update_project(session, project, draft(**hidden | {"groups": frozenset({other.code})}), by=by)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "project.widened")).one()
    assert entry.details["groups"] == other.code


@pytest.mark.parametrize(("role", "reads"), [(Role.COORDINATOR, True), (Role.ADMIN, False)])
def test_the_trail_is_read_as_far_as_one_may_know_of_the_record(
    client, store, reader, hidden, role, reads
):
    visit_as(client.application.test_client(), reader).get(f"/projects/{hidden.public_id}")
    keeper = make_user(store, role)
    store.commit()
    page = visit_as(client, keeper).get("/admin/audit").text
    assert ("read a restricted project" in page) == reads
    assert (hidden.title in page) == reads
    assert "signed in" in page
    only = client.get("/admin/audit?subject=project").text
    assert "signed in</td>" not in only
