"""All published projects that are open to whoever judges, read and prepared for a comparison of all with all."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from tacoord.matching.candidates import KEY_VERSION
from tacoord.matching.collection import Chunk, chunk_of, no_collecting
from tacoord.matching.engine import Engine
from tacoord.matching.facts import Facts
from tacoord.matching.packed import pack
from tacoord.matching.prepared import prepare
from tacoord.models import Project, ProjectState, Visibility
from tacoord.services.overlaps.index import Entry
from tacoord.services.overlaps.similar import numbered
from tacoord.services.projects.facts import read_facts

Progress = Callable[[str, int, int | None], None]
OPEN: Final = (Visibility.PUBLIC, Visibility.REGISTERED)
_READ: Final = 1_000
_CHUNK: Final = 2_000

T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """Reads the register once. What it notes is whole when all chunks have come.

    ids: the key of each project by that key as a text. entries: what goes into the index, of the projects that do not
    stand there as they are now.
    """

    session: Session
    progress: Progress | None
    ids: dict[str, int] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    _changed: dict[str, int] = field(default_factory=dict)

    def chunks(self, engine: Engine) -> Iterator[Chunk]:
        """All projects prepared, in the order of the table."""
        tasks = (
            (batch, frozenset(one.id for one in batch if one.id in self._changed))
            for _, batch in batches(self._facts(), _CHUNK)
        )
        for chunk, packed in engine.map(_prepared, tasks):
            for row, record in packed.items():
                key = chunk.columns.ids[row]
                self.entries[self.ids[key]] = Entry(
                    chunk.keys.of(row).tolist(), record, self._changed[key]
                )
            yield chunk

    def _facts(self) -> Iterator[Facts]:
        last = 0
        while page := self._page(last):
            last = page[-1].id
            facts = read_facts(self.session, [row.id for row in page])
            for row in page:
                self.ids[numbered(row.id)] = row.id
                stale = row.compared_at is None or row.compared_at < row.updated_at
                if stale or row.key_version != KEY_VERSION:
                    self._changed[numbered(row.id)] = row.version
            yield from (replace(one, id=numbered(key)) for key, one in facts.items())
            tell(self.progress, "projects read", len(self.ids), None)

    def _page(self, last: int) -> Sequence[Row[int, datetime | None, datetime, int | None, int]]:
        return self.session.execute(
            select(
                Project.id,
                Project.compared_at,
                Project.updated_at,
                Project.key_version,
                Project.version,
            )
            .where(
                Project.state == ProjectState.PUBLISHED,
                Project.visibility.in_(OPEN),
                Project.id > last,
            )
            .order_by(Project.id)
            .limit(_READ)
        ).all()


def _prepared(task: tuple[Sequence[Facts], Collection[str]]) -> tuple[Chunk, dict[int, bytes]]:
    """A chunk, and as bytes by row those of its records that go into the index."""
    facts, changed = task
    with no_collecting():
        records = [prepare(one) for one in facts]
        packed = {row: pack(one) for row, one in enumerate(records) if one.facts.id in changed}
        return chunk_of(records), packed


def batches(values: Iterable[T], size: int) -> Iterator[tuple[int, list[T]]]:
    """Lists of at most `size` values in order, each with how many there were up to its end."""
    source, done = iter(values), 0
    while batch := list(islice(source, size)):
        done += len(batch)
        yield done, batch


def tell(progress: Progress | None, stage: str, done: int, whole: int | None) -> None:
    """Say how far a stage is, to whoever wants to know."""
    if progress:
        progress(stage, done, whole)
