"""Entries that may be one organisation are listed for people to read."""

from sqlalchemy.orm import Session

from tacoord.services.organisations.alike import look_alikes
from tacoord.services.organisations.organisations import resolve
from tacoord.services.visibility import EVERYTHING
from tests.factories import make_organisation, make_project


def test_an_entry_that_nobody_verified_stands_beside_those_like_it(session: Session) -> None:
    known = make_organisation(session, "Harvest Relief and Development Association")
    known.verified = True
    short = resolve(session, name="HARDA", viewer=EVERYTHING)
    spelled = resolve(session, name="Harvest Relief & Developement Association", viewer=EVERYTHING)
    branch = resolve(
        session, name="Harvest Relief and Development Association Kenya", viewer=EVERYTHING
    )
    stranger = resolve(session, name="Union of Lamp Makers", viewer=EVERYTHING)
    for each in (short, spelled, branch, stranger):
        make_project(session, organisation=each)
    pairs = {
        frozenset((one.unverified.code, one.other.code)): one.likeness.by
        for one in look_alikes(session, EVERYTHING)
    }
    assert pairs[frozenset((known.code, short.code))] == "acronym"
    assert pairs[frozenset((known.code, spelled.code))] == "name"
    assert frozenset((known.code, branch.code)) not in pairs
    assert not any(stranger.code in ends for ends in pairs)


def test_two_verified_entries_are_not_listed_and_nothing_is_put_together(session: Session) -> None:
    one, two = (
        make_organisation(session, name) for name in ("Lamp Makers Union", "Lamp Maker Union")
    )
    one.verified, two.verified = True, False
    make_project(session, organisation=two)
    found = look_alikes(session, EVERYTHING)
    assert [(each.unverified, each.other) for each in found] == [(two, one)]
    assert {row.value for row in one.names} == {"Lamp Makers Union"}
    two.verified = True
    session.flush()
    assert look_alikes(session, EVERYTHING) == []


def test_a_blank_more_is_called_a_blank_though_the_entry_has_an_acronym(session: Session) -> None:
    known = make_organisation(session, "Green Field Livelihoods", acronym="GFL", verified=True)
    other = resolve(session, name="Greenfield Livelihoods", viewer=EVERYTHING)
    make_project(session, organisation=other)
    (found,) = look_alikes(session, EVERYTHING)
    assert (found.unverified, found.other) == (other, known)
    assert found.likeness.by == "blank"
    assert found.likeness.score >= 0.9
