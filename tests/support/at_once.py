"""Several at one time: each work in a thread and a session of its own."""

import threading
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tacoord.extensions import announce_writing

Work = Callable[[Session], object]


def at_once(
    engine: Engine, *works: Work, may_fail: tuple[type[Exception], ...] = (Exception,)
) -> list[Exception | None]:
    """Run all works, each to its commit; what each of them failed with. may_fail: with nothing else."""
    start = threading.Barrier(len(works))
    ended: list[Exception | None] = [None] * len(works)

    def run(number: int) -> None:
        with Session(engine) as session:
            start.wait(10)
            try:
                announce_writing(session)
                works[number](session)
                session.commit()
            except may_fail as error:
                ended[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ended
