"""Two entries that look alike are told apart by a person, who can take it back; both stand in the audit trail."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, Forbidden
from tacoord.models import AuditEntry, Organisation, ProjectState, Role
from tacoord.services.organisations.alike import look_alikes
from tacoord.services.organisations.told_apart import list_told_apart, take_back, tell_apart
from tacoord.services.visibility import EVERYTHING, REGISTERED
from tests.factories import make_organisation, make_project, make_user


@pytest.fixture
def pair(session: Session) -> tuple[Organisation, Organisation]:
    """Two entries of nearly one name, both named by a record."""
    known, spelled = (
        make_organisation(session, name, verified=name.endswith("Union"))
        for name in ("Lamp Makers Union", "Lamp Makers Unions")
    )
    make_project(session, organisation=spelled)
    return known, spelled


Pair = tuple[Organisation, Organisation]


def listed(session: Session) -> list[Pair]:
    return [(each.unverified, each.other) for each in look_alikes(session, EVERYTHING)]


def test_a_pair_that_was_told_apart_leaves_the_list_until_that_is_taken_back(
    session: Session, pair: Pair
) -> None:
    known, spelled = pair
    by = make_user(session, Role.COORDINATOR)
    assert listed(session) == [(spelled, known)]
    tell_apart(session, spelled, known, by=by)
    tell_apart(session, known, spelled, by=by)
    assert listed(session) == []
    assert [{row.first, row.second} for row in list_told_apart(session, EVERYTHING)] == [{*pair}]
    take_back(session, known, spelled, by=by)
    take_back(session, known, spelled, by=by)
    assert listed(session) == [(spelled, known)]
    assert list_told_apart(session, EVERYTHING) == []
    said = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == "organisation").order_by(AuditEntry.n)
    ).all()
    assert said == ["organisation.told-apart", "organisation.may-be-one"]


def test_only_who_looks_after_the_register_tells_apart(session: Session, pair: Pair) -> None:
    for decide in (tell_apart, take_back):
        with pytest.raises(Forbidden):
            decide(session, *pair, by=make_user(session, Role.REPORTER))


def test_one_entry_is_not_different_from_itself(session: Session, pair: Pair) -> None:
    with pytest.raises(Conflict):
        tell_apart(session, pair[0], pair[0], by=make_user(session, Role.ADMIN))


def test_who_may_not_know_of_an_entry_does_not_learn_of_it_here(session: Session) -> None:
    one, hidden = make_organisation(session), make_organisation(session, "Veiled Lantern Trust")
    one.verified, hidden.verified = True, False
    tell_apart(session, one, hidden, by=make_user(session, Role.COORDINATOR))
    assert list_told_apart(session, REGISTERED) == []
    assert len(list_told_apart(session, EVERYTHING)) == 1


def test_entries_that_nothing_names_any_more_are_not_listed(session: Session, pair: Pair) -> None:
    _, spelled = pair
    third = make_organisation(session, "Lamp Maker Unions", verified=False)
    withdrawn = make_project(session, organisation=third)
    assert any(third in ends for ends in listed(session))
    withdrawn.state = ProjectState.WITHDRAWN
    session.flush()
    assert not any(third in ends for ends in listed(session))
    assert any(spelled in ends for ends in listed(session))
