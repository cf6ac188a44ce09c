"""The demo: as many of everything as it promises, the same each day, and what is planted in it is found."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.demo.load import load_demo, load_many
from tacoord.demo.many import invent
from tacoord.demo.people import PEOPLE
from tacoord.demo.plants import COUNT, plant
from tacoord.demo.summary import summarise
from tacoord.demo.words import organisations
from tacoord.errors import Conflict
from tacoord.extensions import WritingSteps
from tacoord.models import (
    AssistanceRequest,
    Kind,
    Mask,
    Offer,
    Organisation,
    Overlap,
    Project,
    ProjectTag,
    Role,
    Visibility,
    utcnow,
)
from tacoord.services.first_records import load_first_records
from tacoord.services.overlaps import sweep
from tacoord.services.projects.content import canonical, draft_of, whole_draft_of
from tacoord.services.terms.files import VOCABULARIES

DAY = date(2026, 11, 21)


@pytest.fixture
def demo(session: Session) -> Session:
    load_first_records(session, VOCABULARIES)
    assert load_demo(session, today=utcnow().date(), progress=lambda _: None) == COUNT
    return session


def test_it_has_as_much_of_everything_as_it_promises(demo: Session) -> None:
    def count(query: object) -> int:
        return demo.scalar(query) or 0  # type: ignore[call-overload]

    countries = select(func.count(ProjectTag.code.distinct())).where(
        ProjectTag.vocabulary == "country"
    )
    assert count(select(func.count(Project.id))) == COUNT == 120
    assert count(countries) == 40
    invented = {each.name for each in organisations()}
    assert len(invented) >= 25
    assert invented <= set(demo.scalars(select(Organisation.name)))
    assert count(select(func.count(AssistanceRequest.id))) >= 3
    assert count(select(func.count(Offer.id))) >= 3
    public = select(func.count(Project.id)).where(Project.visibility == Visibility.PUBLIC)
    assert COUNT / 2 <= count(public) < COUNT
    assert {person.role for person in PEOPLE} == set(Role)
    assert count(select(func.count(Project.id)).where(~Project.invented)) == 0
    with pytest.raises(Conflict):  # it goes into an empty register only
        load_demo(demo, today=DAY, progress=lambda _: None)


def test_two_projects_keep_a_part_to_their_own_people_who_can_sign_in(demo: Session) -> None:
    masks = {
        project: frozenset(map(Mask, project.masks))
        for project in demo.scalars(select(Project))
        if project.masks
    }
    assert set(masks.values()) == {
        frozenset({Mask.PLACES}),
        frozenset({Mask.PARTICIPANTS, Mask.DESCRIPTION}),
    }
    for project, withheld in masks.items():
        whole, shown = whole_draft_of(project), draft_of(project)
        assert (shown.countries != whole.countries) == (Mask.PLACES in withheld)
        assert (shown.participants != whole.participants) == (Mask.PARTICIPANTS in withheld)
        assert (shown.descriptions != whole.descriptions) == (Mask.DESCRIPTION in withheld)
        assert project.organisation.code in {person.organisation for person in PEOPLE}


def test_what_is_planted_is_found_and_so_is_every_kind(demo: Session) -> None:
    truth = {each.draft.iati_identifier: each.truth for each in plant(today=utcnow().date())}
    steps = WritingSteps(demo)
    for _ in sweep.save(demo, sweep.compare(demo)):
        steps.end()
    kinds, families = Counter[Kind](), Counter[str]()
    for overlap in demo.scalars(select(Overlap)):
        kinds[overlap.kind] += 1
        one, other = (truth[p.iati_identifier] for p in (overlap.first, overlap.second))
        families[one.rpartition("-")[0] if one == other else "different"] += one == other
    assert families["same"] == 5
    assert families["funder"] == 8
    assert {kind for kind, number in kinds.items() if number} == set(Kind)
    summary = summarise(demo, now=utcnow())
    assert (summary.projects, summary.invented) == (COUNT, True)
    assert sum(summary.overlaps.values()) == kinds.total()
    assert len(summary.gaps) >= 2


def test_the_same_day_gives_the_same_demo() -> None:
    once, again = plant(today=DAY), plant(today=DAY)
    assert [canonical(each.draft) for each in once] == [canonical(each.draft) for each in again]


def test_as_many_as_asked_for_are_generated_each_time_the_same() -> None:
    once, again = (list(invent(500, today=DAY)) for _ in range(2))
    assert [canonical(each.draft) for each in once] == [canonical(each.draft) for each in again]
    assert [canonical(e.draft) for e in invent(100, today=DAY)] == [
        canonical(each.draft) for each in once[:100]
    ]
    twice = sum(number > 1 for number in Counter(each.truth for each in once).values())
    assert 10 <= twice <= 40  # about a twentieth is registered twice
    identifiers = [each.draft.iati_identifier for each in once]
    assert len(set(identifiers)) == 500


def test_as_many_as_asked_for_are_loaded(session: Session) -> None:
    load_first_records(session, VOCABULARIES)
    done: list[int] = []
    assert load_many(session, 130, today=DAY, progress=done.append) == 130
    assert done[-1] == 130
    assert session.scalar(select(func.count(Project.id))) == 130
    first = session.scalars(select(Project).order_by(Project.id)).first()
    assert first is not None
    assert first.invented
    assert first.participants
