"""What every comparison with the register needs: the weights in use, and how rare its words are, in one statement."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.matching.model import Model
from tacoord.matching.rarity import Rarity
from tacoord.services.overlaps.matching_models import WEIGHTS_IN_USE, model_of
from tacoord.services.overlaps.register_words import LAST_COUNT, rarity_of

_BOTH: Final = select(WEIGHTS_IN_USE.scalar_subquery(), LAST_COUNT.scalar_subquery())


def model_and_rarity(session: Session) -> tuple[Model, Rarity]:
    """The model in use, and how rare words are in this register."""
    weights, count = session.execute(_BOTH).one()
    return model_of(weights), rarity_of(session, count)
