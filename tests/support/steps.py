"""Transactions for services that work in steps, as a door would open them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy.orm import Session

from tacoord.extensions import announce_writing


def steps_on(open_session: Callable[[], Session]) -> Callable[[], AbstractContextManager[Session]]:
    """Gives a function that opens a transaction, committed at the end of its block."""

    @contextmanager
    def step() -> Iterator[Session]:
        with open_session() as session:
            announce_writing(session)
            yield session
            session.commit()

    return step
