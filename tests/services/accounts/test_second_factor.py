"""Codes of an app, each taken once; recovery codes, each good once; secrets that the database alone does not tell."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Invalid
from tacoord.models import Authenticator, RecoveryCode, User
from tacoord.services.accounts import second_factor
from tests.factories import make_user

KEY = "the key of an installation"
NOW = datetime(2026, 3, 2, 9, 0, 5, tzinfo=UTC)


@pytest.fixture
def user(session: Session) -> User:
    return make_user(session)


@pytest.fixture
def app(session: Session, user: User) -> pyotp.TOTP:
    """The app of `user`, which has been set up at NOW."""
    told = second_factor.begin_authenticator(session, user, key=KEY)
    made = pyotp.TOTP(told.secret.replace(" ", ""))
    second_factor.confirm_authenticator(session, user, made.at(NOW), key=KEY, now=NOW)
    return made


def check(session: Session, user: User, code: str, now: datetime) -> str | None:
    return second_factor.check_code(session, user, code, key=KEY, now=now)


def test_an_app_counts_only_after_its_first_code(session, user):
    told = second_factor.begin_authenticator(session, user, key=KEY)
    made = pyotp.TOTP(told.secret.replace(" ", ""))
    assert pyotp.parse_uri(told.address).secret == made.secret
    assert not second_factor.factors_of(session, user).any
    assert check(session, user, made.at(NOW), NOW) is None
    with pytest.raises(Invalid):
        second_factor.confirm_authenticator(session, user, "000000", key=KEY, now=NOW)
    codes = second_factor.confirm_authenticator(session, user, made.at(NOW), key=KEY, now=NOW)
    assert second_factor.factors_of(session, user) == second_factor.Factors(True, 0, len(codes))


def test_a_code_is_taken_once_and_none_before_it_after_it(session, user, app):
    later = NOW + timedelta(minutes=5)
    assert check(session, user, app.at(later), later) == "code"
    assert check(session, user, app.at(later), later) is None
    assert check(session, user, app.at(later - timedelta(seconds=30)), later) is None
    assert check(session, user, app.at(NOW), NOW) is None


@pytest.mark.parametrize(
    ("off", "taken"), [(-30, False), (-6, False), (0, True), (24, True), (25, False)]
)
def test_a_code_is_good_as_long_as_the_app_shows_it(session, user, app, off, taken):
    later = NOW + timedelta(minutes=5)
    code = app.at(later + timedelta(seconds=off))
    assert (check(session, user, code, later) == "code") == taken


def test_a_code_may_be_typed_with_a_space(session, user, app):
    later = NOW + timedelta(minutes=5)
    code = app.at(later)
    assert check(session, user, f" {code[:3]} {code[3:]}", later) == "code"


@pytest.mark.parametrize("said", ["", "٣٤٥٦٧٨", "12345", "1234567", "abcdef", "🙂"])
def test_what_is_no_code_is_not_taken(session, user, app, said):
    assert check(session, user, said, NOW + timedelta(minutes=5)) is None


def test_the_secret_is_not_in_the_database_and_of_no_use_with_another_key(session, user, app):
    known = session.get_one(Authenticator, user.id)
    assert app.secret not in known.secret
    later = NOW + timedelta(minutes=5)
    other = {"key": "another key", "now": later}
    assert second_factor.check_code(session, user, app.at(later), **other) is None


def test_a_second_app_is_set_up_only_after_the_first_is_removed(session, user, app):
    with pytest.raises(Conflict):
        second_factor.begin_authenticator(session, user, key=KEY)
    second_factor.remove_authenticator(session, user, by=user)
    assert second_factor.factors_of(session, user) == second_factor.Factors(False, 0, 0)
    second_factor.begin_authenticator(session, user, key=KEY)


def test_a_recovery_code_is_good_once_however_it_is_typed(session, user, app):
    first, second, *_rest = second_factor.new_recovery_codes(session, user)
    assert check(session, user, first.lower().replace("-", " "), NOW) == "recovery"
    assert check(session, user, first, NOW) is None
    assert check(session, make_user(session), second, NOW) is None
    assert second_factor.factors_of(session, user).codes == 9


def test_new_recovery_codes_end_the_old_and_only_hashes_are_kept(session, user, app):
    old = second_factor.new_recovery_codes(session, user)[0]
    new = second_factor.new_recovery_codes(session, user)
    assert check(session, user, old, NOW) is None
    kept = session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(kept) == len(set(new)) == 10
    assert not set(new) & set(kept)
