"""How common words are in a register: counted over what everybody may read, kept until the register has changed."""

from collections.abc import Iterable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.matching.rarity import frozen
from tacoord.models import Project, RegisterWords, Visibility
from tacoord.policy import OPERATOR
from tacoord.services.overlaps import register_words
from tacoord.services.overlaps.register_words import (
    are_outdated,
    rarity_in_use,
    rarity_of,
)
from tacoord.services.overlaps.sweep import changed_projects, sweep
from tacoord.services.projects.projects import withdraw
from tests.factories import make_organisation
from tests.services.pairs import a_draft, a_project

NEW_WORD = "zorblat"
"""A word that no register knew before."""


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_words, "FEWEST", 6)


def many(
    session: Session, titles: Iterable[str], visibility: Visibility = Visibility.PUBLIC
) -> list[Project]:
    owner = make_organisation(session)
    return [
        a_project(session, owner, a_draft(title=title, text="", visibility=visibility))
        for title in titles
    ]


def test_a_word_that_many_projects_use_is_no_longer_rare(session: Session) -> None:
    many(session, [f"{NEW_WORD} response in town {number}" for number in range(9)])
    assert rarity_in_use(session).of_word(NEW_WORD) == frozen().of_word(NEW_WORD) == 1
    sweep(session)
    assert rarity_in_use(session).of_word(NEW_WORD) < 0.8
    assert rarity_in_use(session).of_word("quondam") == pytest.approx(1, abs=0.01)


def test_words_of_what_not_everybody_may_read_are_not_counted(session: Session) -> None:
    many(session, [f"School of town {number}" for number in range(7)])
    many(session, [f"{NEW_WORD} in {number}" for number in range(9)], Visibility.ORGANISATION)
    many(session, [f"{NEW_WORD} at {number}" for number in range(9)], Visibility.REGISTERED)
    sweep(session)
    counted = session.scalars(select(RegisterWords)).one()
    assert counted.records == 7
    assert rarity_in_use(session).of_word(NEW_WORD) == pytest.approx(1, abs=0.01)


def test_a_count_stays_until_the_register_has_changed_by_a_tenth(session: Session) -> None:
    projects = many(session, [f"School of town {number}" for number in range(20)])
    assert are_outdated(session)
    assert changed_projects(session) is None
    sweep(session)
    first = session.scalars(select(RegisterWords.public_id)).one()
    more = many(session, ["One more", "And one more"])
    sweep(session)
    assert session.scalars(select(RegisterWords.public_id)).one() == first
    more += many(session, ["The third that came"])
    assert are_outdated(session)
    sweep(session)
    assert session.scalars(select(RegisterWords.public_id)).one() != first
    for project in projects[:4]:
        withdraw(session, project, by=OPERATOR)
    session.flush()
    assert are_outdated(session)


def test_of_a_small_register_nothing_is_counted(session: Session) -> None:
    many(session, [f"School of town {number}" for number in range(5)])
    sweep(session)
    assert session.scalar(select(func.count()).select_from(RegisterWords)) == 0
    assert rarity_in_use(session) is frozen()


def test_a_count_that_is_gone_when_its_words_are_asked_for_gives_way_to_the_newest(
    session: Session,
) -> None:
    many(session, [f"{NEW_WORD} response in town {number}" for number in range(9)])
    sweep(session)
    assert rarity_of(session, "an id of before") is rarity_in_use(session)
    assert rarity_of(session, None) is frozen()
