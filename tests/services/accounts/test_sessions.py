"""Sessions: found by a secret of which only a hash is kept, over when unused or old."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tacoord.errors import NotFound
from tacoord.models import AuditEntry, SignIn, User, utcnow
from tacoord.services.accounts import sessions
from tacoord.services.accounts.passwords import set_password
from tests.factories import PASSWORD, make_user

HERE = sessions.Client("Firefox", "Linux", "192.0.2.0/24")


@pytest.fixture
def user(session: Session) -> User:
    return make_user(session)


def begun(session: Session, user: User) -> tuple[str, SignIn]:
    secret = sessions.begin(session, user, client=HERE)
    return secret, sessions.find(session, secret)


def test_only_a_hash_of_the_secret_is_kept(session, user):
    secret, own = begun(session, user)
    assert own.user is user
    assert secret not in own.secret_hash
    assert sessions.find(session, own.secret_hash) is None


@pytest.mark.parametrize(
    ("age", "unused", "living"),
    [
        (timedelta(hours=11), timedelta(minutes=5), True),
        (timedelta(hours=12), timedelta(minutes=5), False),
        (timedelta(hours=3), timedelta(hours=2), False),
        (timedelta(hours=3), timedelta(hours=1, minutes=59), True),
    ],
)
def test_a_session_is_over_when_it_is_old_or_unused(session, user, age, unused, living):
    secret, own = begun(session, user)
    times = {"created_at": utcnow() - age, "seen_at": utcnow() - unused}
    session.execute(update(SignIn).where(SignIn.id == own.id).values(**times))
    assert (sessions.find(session, secret) is not None) == living
    assert len(sessions.list_sessions(session, user)) == living
    assert sessions.drop_old_sessions(session, now=utcnow()) == (not living)


def test_nobody_is_signed_in_to_a_closed_account(session, user):
    secret, _own = begun(session, user)
    user.active = False
    assert sessions.find(session, secret) is None


def test_use_is_noted_each_five_minutes_and_not_at_each_request(session, user):
    _secret, own = begun(session, user)
    assert sessions.to_be_noted(own) is None
    own.seen_at = utcnow() - timedelta(minutes=6)
    session.execute(sessions.to_be_noted(own))
    session.refresh(own)
    assert sessions.to_be_noted(own) is None


def test_one_ends_ones_own_sessions_and_no_others(session, user):
    secret, own = begun(session, user)
    with pytest.raises(NotFound):
        sessions.end(session, own.public_id, by=make_user(session))
    sessions.end(session, own.public_id, by=user)
    session.flush()
    assert sessions.find(session, secret) is None


def test_a_new_password_ends_every_session(session, user):
    secrets = [begun(session, user)[0] for _ in range(3)]
    other, _own = begun(session, make_user(session))
    set_password(user, PASSWORD)
    assert [sessions.find(session, secret) for secret in secrets] == [None] * 3
    assert sessions.find(session, other) is not None


def test_the_trail_says_who_signed_in_from_where_and_no_more(session, user):
    begun(session, user)
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.by_id, entry.subject_id) == ("user.signed_in", user.id, user.id)
    assert entry.details == {
        "method": "password",
        "browser": "Firefox",
        "system": "Linux",
        "network": "192.0.2.0/24",
    }
