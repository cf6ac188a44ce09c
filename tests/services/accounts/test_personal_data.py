"""What is kept of a person: all of it can be taken, and nothing of it is left after erasing but numbers."""

import json

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Forbidden
from tacoord.models import Member, ProjectRole, Role, TokenScope, User, utcnow
from tacoord.policy import OPERATOR
from tacoord.services import trail
from tacoord.services.accounts import personal_data, second_factor, sessions
from tacoord.services.accounts.accounts import change_settings, make_token
from tacoord.services.accounts.asking import ask_for_account
from tacoord.services.accounts.invitations import invite
from tacoord.services.projects.sharing import RoleDraft, give_role
from tests.factories import PASSWORD, make_group, make_organisation, make_project, make_user

NAME, EMAIL, TOKEN = "Amara Diallo", "amara@harbour.example", "my nightly script"


@pytest.fixture
def user(session: Session) -> User:
    """Somebody who has used everything."""
    made = make_user(session, Role.REPORTER, email=EMAIL, name="A. Diallo", password=PASSWORD)
    change_settings(session, made, name=NAME, locale="fr", time_zone="Africa/Dakar")
    sessions.begin(session, made, client=sessions.Client("Firefox", "Linux", "192.0.2.0/24"))
    make_token(session, made, name=TOKEN, scopes=TokenScope, by=made)
    second_factor.begin_authenticator(session, made, key="key")
    invite(session, made, by=OPERATOR)
    group = make_group(session)
    session.add(Member(group_id=group.id, organisation_id=made.organisation_id, user_id=made.id))
    make_project(session, organisation=made.organisation, by=made)
    said = {"name": NAME, "organisation": "Harbour", "reason": "To register"}
    ask_for_account(session, email=EMAIL, **said)
    lender = make_user(session, Role.ORG_ADMIN)
    lent = make_project(session, organisation=lender.organisation, by=lender)
    give_role(session, lent, RoleDraft(EMAIL, Role.VIEWER, utcnow().date()), by=lender)
    session.flush()
    return made


def test_everything_is_told_and_no_secret(session, user):
    told = personal_data.personal_data(session, user)
    words = json.dumps(told)
    for said in (NAME, EMAIL, TOKEN, "Firefox", "Africa/Dakar", "project.registered"):
        assert said in words
    (lent,) = told["project_roles"]
    assert (lent["role"], lent["until"]) == ("viewer", utcnow().date().isoformat())
    assert "user.signed_in" in [each["action"] for each in told["audit_trail"]]
    assert told["tokens"][0]["scopes"] == ["projects", "overlaps", "assistance"]
    assert user.password_hash not in words
    assert "$argon2" not in words


def test_an_open_account_is_not_erased_and_only_the_administrator_erases(session, user):
    with pytest.raises(Conflict):
        personal_data.erase(session, user, by=OPERATOR)
    user.active = False
    keeper = make_user(session, Role.ORG_ADMIN, organisation=user.organisation)
    with pytest.raises(Forbidden):
        personal_data.erase(session, user, by=keeper)


def test_nothing_is_left_of_an_erased_person_and_the_trail_is_whole(session, user):
    make_organisation(session)
    user.active = False
    before = trail.verify(session)
    personal_data.erase(session, user, by=OPERATOR)
    after = trail.verify(session, noted=before.end)
    assert after.broken_at is None
    assert after.entries == before.entries + 1
    assert session.scalars(select(Member).where(Member.user_id == user.id)).all() == []
    assert session.scalars(select(ProjectRole)).all() == []
    everything = _everything(session)
    for said in (NAME, "Diallo", EMAIL, TOKEN, "harbour.example", "Africa/Dakar"):
        assert said not in everything


def _everything(session: Session) -> str:
    """Every row of every table, as text."""
    tables = inspect(session.connection()).get_table_names()
    return "\n".join(
        str(row)
        for table in tables
        if table != "terms"
        for row in session.execute(text(f'SELECT * FROM "{table}"'))
    )
