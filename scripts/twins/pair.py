"""Two registers that differ only in what most people may not read: for trials of what shows through.

One holds records that the other has not; and some records that both have withhold other values in each. The clock
stands still and ids are drawn from a seed, so that what differs afterwards, differs because of what is hidden. Only for
trials: nothing here is part of the product.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tacoord.models import Overlap, Project, new_public_id
from twins.clock import drawn_ids, standing_clock
from twins.lives import common_pair, hide, judge, live_on, withhold
from twins.places import Place
from twins.worlds import BEGIN, World, fill, let_in, migrate, open_world, run_jobs


@dataclass
class Twins:
    """without, holding: the two registers. sow, turn: as `drawn_ids` and `standing_clock` give them."""

    without: World
    holding: World
    sow: Callable[[object], None]
    turn: Callable[[datetime], None]


@contextmanager
def twins(place: Place, folder: Path, *, hidden: int) -> Iterator[Twins]:
    """Two registers with one past; `hidden` records are put into one of them, and then the same happens in both."""
    with standing_clock(BEGIN) as turn, drawn_ids() as sow:
        url = place.new()
        migrate(url)
        first = open_world(url, folder / "first")
        fill(first, sow)
        first.close()
        made = [open_world(place.copy(url), folder / name) for name in ("without", "holding")]
        both = Twins(made[0], made[1], sow, turn)
        try:
            _part(both, hidden)
            yield both
        finally:
            for world in made:
                world.close()
            place.clear()


def _part(both: Twins, hidden: int) -> None:
    """Hide, and let a month pass."""
    worlds = (both.without, both.holding)
    both.turn(BEGIN + timedelta(hours=1))
    hide(both.holding, hidden, both.sow)
    both.turn(BEGIN + timedelta(hours=1, minutes=30))
    for which, world in enumerate(worlds):
        withhold(world, which, both.sow)
    align(*worlds)
    both.turn(BEGIN + timedelta(hours=2))
    for world in worlds:
        live_on(world, both.sow)
    align(*worlds)
    judged = common_pair(both.without)
    both.turn(BEGIN + timedelta(days=32))
    for world in worlds:
        judge(world, judged, both.sow)
        both.sow("jobs")
        run_jobs(world)
    align(*worlds)
    both.turn(BEGIN + timedelta(days=32, hours=1))
    for world in worlds:
        let_in(world, both.sow)


def align(model: World, other: World) -> None:
    """Give the pairs that both worlds know the random ids that they have in `model`: chance is no difference."""
    with model.session() as session:
        ids = {ends: public_id for public_id, ends in _pairs(session)}
    with other.session() as session:
        known = [(public_id, ends) for public_id, ends in _pairs(session)]
        wanted = frozenset(ids.values())
        # A pair that only `other` knows may have drawn an id that another pair shall have.
        moved = [each for each in known if each[1] in ids or each[0] in wanted]
        for turn in ("for a moment", "for good"):
            for number, (public_id, ends) in enumerate(moved):
                before = f"~{number}" if turn == "for good" else public_id
                after = (ids.get(ends) or new_public_id()) if turn == "for good" else f"~{number}"
                session.execute(
                    update(Overlap).where(Overlap.public_id == before).values(public_id=after)
                )


def _pairs(session: Session) -> list[tuple[str, frozenset[str]]]:
    names = {
        row.id: row.public_id for row in session.execute(select(Project.id, Project.public_id))
    }
    rows = session.execute(select(Overlap.public_id, Overlap.first_id, Overlap.second_id))
    return [(row[0], frozenset({names[row[1]], names[row[2]]})) for row in rows]
