"""What every comparison needs is what is in use, asked for in one statement."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from tacoord.matching.model import Model
from tacoord.matching.rarity import frozen
from tacoord.policy import OPERATOR
from tacoord.services.overlaps import register_words
from tacoord.services.overlaps.in_use import model_and_rarity
from tacoord.services.overlaps.matching_models import current_model, keep_model, use_model
from tacoord.services.overlaps.register_words import rarity_in_use
from tacoord.services.overlaps.sweep import sweep
from tests.factories import make_organisation
from tests.services.pairs import a_draft, a_project


def test_in_a_new_register_both_are_those_of_the_package(session: Session) -> None:
    model, rarity = model_and_rarity(session)
    assert model == Model.load()
    assert rarity is frozen()


def test_a_chosen_model_and_counted_words_are_what_is_in_use(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_words, "FEWEST", 6)
    owner = make_organisation(session)
    for number in range(9):
        a_project(session, owner, a_draft(title=f"Zorblat response in town {number}", text=""))
    sweep(session)
    shipped = Model.load()
    careful = replace(
        shipped, version="local-1", same=replace(shipped.same, base=shipped.same.base - 1)
    )
    keep_model(session, careful, report={})
    use_model(session, "local-1", by=OPERATOR)
    model, rarity = model_and_rarity(session)
    assert model == current_model(session) == careful
    assert rarity is rarity_in_use(session)
    assert rarity.of_word("zorblat") < 0.8
