"""A clock that stands still, and ids that are drawn from a seed: so that two runs differ only by what they hold."""

import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from tacoord.models import base


@contextmanager
def standing_clock(moment: datetime) -> Iterator[Callable[[datetime], None]]:
    """Let `utcnow` say `moment`, wherever it was imported to; gives what sets it anew."""
    kept = base.utcnow.__code__
    vars(base)["STANDING_MOMENT"] = moment

    def standing() -> datetime:
        return STANDING_MOMENT  # type: ignore[name-defined,no-any-return]  # noqa: F821

    def turn(then: datetime) -> None:
        vars(base)["STANDING_MOMENT"] = then

    base.utcnow.__code__ = standing.__code__
    try:
        yield turn
    finally:
        base.utcnow.__code__ = kept
        del vars(base)["STANDING_MOMENT"]


@contextmanager
def drawn_ids() -> Iterator[Callable[[object], None]]:
    """Draw ids and secrets from a seed; gives what sows it anew."""
    chance = random.Random(0)
    kept = secrets.token_bytes, secrets.token_hex, secrets.token_urlsafe
    for name, drawn in _drawing(chance).items():
        setattr(secrets, name, drawn)
    try:
        yield lambda seed: chance.seed(str(seed))
    finally:
        secrets.token_bytes, secrets.token_hex, secrets.token_urlsafe = kept


def _drawing(chance: random.Random) -> dict[str, Callable[..., Any]]:
    def drawn(size: int | None = None) -> bytes:
        return chance.randbytes(size or 32)

    def written(size: int | None = None) -> str:
        return drawn(size).hex()

    return {"token_bytes": drawn, "token_hex": written, "token_urlsafe": written}
