"""The audit trail: only added to, and every break in its chain is found."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tacoord.models import AuditCut, AuditEntry, Role, utcnow
from tacoord.policy import OPERATOR
from tacoord.services import trail
from tacoord.services.accounts.people import close_account
from tests.factories import make_user
from tests.support.databases import engine_for


@pytest.fixture
def three(session: Session) -> Session:
    for number in range(3):
        trail.append(
            session,
            "user.signed_in",
            by=None,
            subject="user",
            subject_id=number,
            details={"browser": "Lynx é"},
            now=utcnow() - timedelta(days=3 - number),
        )
    return session


@pytest.fixture
def unguarded(database_url: str):
    """A trail of three whose guards somebody with the database's own rights has removed."""
    engine = engine_for(database_url)
    with Session(engine) as own:
        for number in range(3):
            trail.append(own, "user.signed_in", by=None, subject="user", subject_id=number)
        for table in ("audit_entries", "audit_cuts"):
            for name in (f"{table}_keep", f"{table}_stay"):
                on = f" ON {table}" if engine.dialect.name == "postgresql" else ""
                own.execute(text(f"DROP TRIGGER {name}{on}"))
        yield own
    engine.dispose()


def test_what_was_written_verifies(three):
    verdict = trail.verify(three)
    assert (verdict.entries, verdict.end.n, verdict.broken_at) == (3, 3, None)


def test_an_empty_trail_verifies(session):
    assert trail.verify(session) == trail.Verdict(0, trail.End(0, trail.BEGINNING))


@pytest.mark.parametrize(
    "statement",
    [
        update(AuditEntry).where(AuditEntry.n == 2).values(action="nothing"),
        delete(AuditEntry).where(AuditEntry.n == 3),
        delete(AuditEntry),
    ],
)
def test_the_database_refuses_to_change_and_to_delete(three, statement):
    with pytest.raises(DatabaseError, match="only added to"), three.begin_nested():
        three.execute(statement)
    assert trail.verify(three).entries == 3


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        (update(AuditEntry).where(AuditEntry.n == 2).values(action="nothing"), 2),
        (update(AuditEntry).where(AuditEntry.n == 3).values(subject_id=7), 3),
        (update(AuditEntry).where(AuditEntry.n == 1).values(at=utcnow()), 1),
        (delete(AuditEntry).where(AuditEntry.n == 2), 2),
        (delete(AuditEntry).where(AuditEntry.n == 1), 1),
    ],
)
def test_a_change_behind_its_back_is_found(unguarded, statement, broken_at):
    unguarded.execute(statement)
    assert trail.verify(unguarded).broken_at == broken_at


def test_a_new_end_in_place_of_the_old_is_found_by_what_was_noted(unguarded):
    noted = trail.verify(unguarded).end
    unguarded.execute(delete(AuditEntry).where(AuditEntry.n == 3))
    assert trail.verify(unguarded).broken_at is None
    assert trail.verify(unguarded, noted=noted).broken_at == 3
    trail.append(unguarded, "user.signed_out", by=None)
    assert trail.verify(unguarded, noted=noted).broken_at == 3


def test_old_entries_go_and_the_rest_still_verifies(three):
    noted = trail.verify(three).end
    assert trail.cut(three, before=utcnow() - timedelta(days=1, hours=12)) == 2
    verdict = trail.verify(three, noted=noted)
    assert (verdict.entries, verdict.end, verdict.broken_at) == (1, noted, None)
    trail.append(three, "user.signed_out", by=None)
    assert trail.verify(three).entries == 2


def test_the_newest_entry_never_goes(three):
    assert trail.cut(three, before=utcnow() + timedelta(days=1)) == 2
    assert three.scalars(select(AuditEntry.n)).all() == [3]


def test_a_cut_stays_for_ever(three):
    trail.cut(three, before=utcnow())
    for statement in (update(AuditCut).values(hash="x"), delete(AuditCut)):
        with pytest.raises(DatabaseError, match="only added to"), three.begin_nested():
            three.execute(statement)


def test_a_cut_that_was_made_up_is_found(unguarded):
    unguarded.execute(insert(AuditCut).values(through=2, hash="0" * 64))
    unguarded.execute(delete(AuditEntry).where(AuditEntry.n <= 2))
    assert trail.verify(unguarded).broken_at == 3


def test_two_who_append_at_once_make_one_chain(database_url: str):
    engine: Engine = engine_for(database_url)
    with Session(engine) as one, Session(engine) as other:
        trail.append(one, "user.signed_in", by=None)
        one.commit()
        trail.append(other, "user.signed_in", by=None)
        other.commit()
        assert trail.verify(one).entries == 2
    engine.dispose()


def test_what_happens_to_accounts_is_in_the_trail_without_names(session):
    admin, user = make_user(session, Role.ADMIN), make_user(session)
    close_account(session, user, by=admin)
    close = session.scalars(select(AuditEntry).order_by(AuditEntry.n.desc())).first()
    assert (close.action, close.by_id, close.subject_id) == ("user.closed", admin.id, user.id)
    assert user.name not in str(close.details)


def test_the_operator_is_nobody_in_the_trail(session):
    trail.append(session, "user.invited", by=OPERATOR)
    assert session.scalars(select(AuditEntry.by_id)).one() is None
