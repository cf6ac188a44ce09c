"""Candidates by shared blocking keys: who becomes a candidate of whom, and what hidden records may not change."""

import numpy as np
from sqlalchemy.orm import Session

from tacoord.matching.blocking import ORDINARY
from tacoord.matching.candidates import FREQUENCY_CAP
from tacoord.models import Organisation, Project, ProjectState, Source, Visibility
from tacoord.services.overlaps.index import Entry, index_projects
from tacoord.services.overlaps.keys import (
    EVERYBODY,
    SIGNED_IN,
    Sought,
    audience_of,
    candidates_of,
)
from tests.factories import make_organisation

CAP = 5


def bare(
    session: Session, organisation: Organisation, visibility: Visibility = Visibility.PUBLIC
) -> Project:
    """A published project that says nothing, for keys that a test chooses."""
    project = Project(
        organisation=organisation, state=ProjectState.PUBLISHED, visibility=visibility,
        source=Source.FORM, title="-",
    )  # fmt: skip
    session.add(project)
    session.flush()
    return project


def entry(keys: set[int]) -> Entry:
    return Entry(np.array(sorted(keys), np.int64), b"", 1)


def give(session: Session, keys: set[int], *projects: Project) -> None:
    named = entry({ORDINARY | key for key in keys})
    index_projects(session, {project.id: named for project in projects})


def found(session: Session, keys: set[int], project: Project) -> list[int]:
    named = {ORDINARY | key for key in keys}
    sought = Sought(named, audience_of(project), project.id)
    return [one.project_id for one in candidates_of(session, [sought], cap=CAP)[0]]


def test_the_more_and_the_rarer_keys_are_shared_the_earlier_a_candidate_stands(
    session: Session,
) -> None:
    owner = make_organisation(session, "Fund")
    subject, rare, common, both = (bare(session, owner) for _ in range(4))
    give(session, {1}, rare)
    give(session, {2}, common)
    give(session, {1, 2}, both, subject)
    give(session, {2}, bare(session, owner))
    assert found(session, {1, 2}, subject)[:2] == [both.id, rare.id]


def test_a_key_that_too_many_share_names_nobody(session: Session) -> None:
    owner = make_organisation(session, "Fund")
    subject, *others = (bare(session, owner) for _ in range(CAP + 2))
    give(session, {7}, subject, *others[:-2])
    assert found(session, {7}, subject) == [other.id for other in others[:-2]]
    give(session, {7}, *others)
    assert found(session, {7}, subject) == []


def test_an_identifier_names_its_record_however_many_name_it(session: Session) -> None:
    owner = make_organisation(session, "Fund")
    subject, *others = (bare(session, owner) for _ in range(FREQUENCY_CAP + 9))
    index_projects(session, {one.id: entry({7}) for one in (subject, *others)})
    near = candidates_of(session, [Sought({7}, EVERYBODY, subject.id)], most=99)[0]
    assert [one.project_id for one in near] == [other.id for other in others]


def test_hidden_records_crowd_out_nothing_that_others_see(session: Session) -> None:
    owner, hider = make_organisation(session, "Fund"), make_organisation(session, "Quiet Fund")
    subject, other = bare(session, owner), bare(session, owner)
    hidden = [bare(session, hider, Visibility.ORGANISATION) for _ in range(CAP + 3)]
    give(session, {9}, subject, other, *hidden)
    assert found(session, {9}, subject) == [other.id]
    give(session, set(), *hidden[3:])
    assert set(found(session, {9}, subject)) == {other.id, *(one.id for one in hidden[:3])}


def test_a_frequency_counts_the_records_that_all_viewers_of_the_pair_see(session: Session) -> None:
    owner, hider = make_organisation(session, "Fund"), make_organisation(session, "Quiet Fund")
    public = [bare(session, owner) for _ in range(3)]
    registered = [bare(session, owner, Visibility.REGISTERED) for _ in range(3)]
    hidden = bare(session, hider, Visibility.ORGANISATION)
    give(session, {3}, *public, *registered, hidden)
    # 3 public ones are within the cap of 5; with the 3 registered ones they are not.
    assert found(session, {3}, public[0]) == [public[1].id, public[2].id]
    assert found(session, {3}, registered[0]) == []
    assert found(session, {3}, hidden) == []


def test_a_key_of_records_that_are_not_public_names_them_to_those_who_may_see_them(
    session: Session,
) -> None:
    owner = make_organisation(session, "Fund")
    one, two = (bare(session, owner, Visibility.REGISTERED) for _ in range(2))
    hidden, more = (bare(session, owner, Visibility.ORGANISATION) for _ in range(2))
    give(session, {4}, one, two, hidden, more)
    assert found(session, {4}, one) == [two.id, hidden.id, more.id]
    assert found(session, {4}, hidden) == [one.id, two.id, more.id]


def test_names_and_other_keys_of_one_record_are_asked_for_together(session: Session) -> None:
    owner = make_organisation(session, "Fund")
    subject, named, alike = (bare(session, owner) for _ in range(3))
    index_projects(session, {named.id: entry({7}), alike.id: entry({ORDINARY | 7})})
    near = candidates_of(session, [Sought({7, ORDINARY | 7}, EVERYBODY, subject.id)])[0]
    assert [one.project_id for one in near] == [named.id, alike.id]


def test_equal_numbers_are_equal_circles_of_people(session: Session) -> None:
    one, other = make_organisation(session, "One"), make_organisation(session, "Other")
    numbers = [
        audience_of(bare(session, organisation, visibility))
        for organisation in (one, other)
        for visibility in (Visibility.PUBLIC, Visibility.REGISTERED, Visibility.ORGANISATION)
    ]
    assert numbers[:2] == numbers[3:5] == [EVERYBODY, SIGNED_IN]
    assert numbers[2] != numbers[5]
    assert min(numbers[2], numbers[5]) > SIGNED_IN
