"""Seats in groups, and who reads their digest."""

import pytest

from tacoord.errors import Conflict, Forbidden, Invalid, NotFound
from tacoord.models import Role
from tacoord.policy import OPERATOR
from tacoord.services.groups import groups, subscriptions
from tacoord.services.visibility import viewer_of
from tests.factories import make_group, make_organisation, make_user


@pytest.fixture
def group(session):
    return make_group(session)


def test_a_seat_is_given_once(session, group):
    office = make_organisation(session)
    person = make_user(session, organisation=office)
    groups.add_seat(session, group, organisation=office, by=OPERATOR)
    groups.add_seat(session, group, user=person, by=OPERATOR)
    for taken in ({"organisation": office}, {"user": person}):
        with pytest.raises(Conflict):
            groups.add_seat(session, group, by=OPERATOR, **taken)
    with pytest.raises(Invalid):
        groups.add_seat(session, group, by=OPERATOR)
    [line] = [line for line in groups.list_groups(session) if line.group is group]
    assert (line.organisations, line.people) == (1, 1)


def test_a_seat_opens_the_records_of_the_group_and_removing_it_closes_them(session, group):
    office = make_organisation(session)
    colleague = make_user(session, organisation=office)
    seat = groups.add_seat(session, group, organisation=office, by=OPERATOR)
    subscriptions.subscribe(session, group, colleague)
    assert group.id in viewer_of(session, colleague).group_ids
    assert groups.remove_seat(session, group, seat, by=OPERATOR) == 2
    assert group.id not in viewer_of(session, colleague).group_ids
    assert list(subscriptions.list_readers(session, group)) == []


def test_only_the_groups_own_secretary_changes_its_seats(session, group):
    office = make_organisation(session)
    secretary = make_user(session, Role.SECRETARY, group=group)
    stranger = make_user(session, Role.SECRETARY, group=make_group(session))
    with pytest.raises(Forbidden):
        groups.add_seat(session, group, organisation=office, by=stranger)
    seat = groups.add_seat(session, group, organisation=office, by=secretary)
    with pytest.raises(Forbidden):
        groups.remove_seat(session, group, seat, by=stranger)


def test_a_seat_of_another_group_is_not_found(session, group):
    other = make_group(session)
    seat = groups.add_seat(session, other, organisation=make_organisation(session), by=OPERATOR)
    with pytest.raises(NotFound):
        groups.get_seat(session, group, seat.public_id)


def test_who_sits_nowhere_in_the_group_cannot_subscribe(session, group):
    with pytest.raises(Forbidden):
        subscriptions.subscribe(session, group, make_user(session))


def test_a_reader_stops_and_starts_again_and_keeps_the_seat(session, group):
    person = make_user(session)
    seat = groups.add_seat(session, group, user=person, by=OPERATOR)
    assert list(subscriptions.list_readers(session, group)) == [person]
    subscriptions.unsubscribe(session, group, person)
    subscriptions.unsubscribe(session, group, person)
    assert not subscriptions.reads(session, group, person)
    assert groups.find_seat(session, group, user=person) is seat
    subscriptions.subscribe(session, group, person)
    assert subscriptions.reads(session, group, person)


def test_the_link_in_a_mail_names_one_reader_of_one_group(session, group):
    person = make_user(session)
    token = subscriptions.stop_token("secret", group, person)
    assert subscriptions.read_stop_token(session, "secret", token) == (group, person)
    for wrong in (token[:-1], token + "x", "", "a.b", token[1:]):
        with pytest.raises(NotFound):
            subscriptions.read_stop_token(session, "secret", wrong)
    with pytest.raises(NotFound):
        subscriptions.read_stop_token(session, "another secret", token)
