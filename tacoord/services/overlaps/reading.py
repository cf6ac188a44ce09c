"""All published projects that are open to whoever judges, read and prepared for a comparison of all with all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from tacoord.matching.collection import Chunk, chunk_of, no_collecting
from tacoord.matching.engine import Engine
from tacoord.matching.facts import Facts
from tacoord.matching.packed import pack, unpack
from tacoord.matching.prepared import prepare
from tacoord.models import PreparedProject, Project, ProjectState, Visibility
from tacoord.services.overlaps.index import Entry, is_current
from tacoord.services.overlaps.similar import numbered
from tacoord.services.overlaps.steps import Progress, batches, tell
from tacoord.services.projects.facts import read_facts

OPEN: Final = (Visibility.PUBLIC, Visibility.REGISTERED)
_READ: Final = 1_000
_CHUNK: Final = 2_000

_Read = Facts | bytes
"""A project as it was read: prepared, where the index holds it as it is now."""


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
        tasks = (batch for _, batch in batches(self._projects(), _CHUNK))
        for chunk, packed in engine.map(_prepared, tasks):
            for row, record in packed.items():
                key = chunk.columns.ids[row]
                self.entries[self.ids[key]] = Entry(
                    chunk.keys.of(row).copy(), record, self._changed[key]
                )
            yield chunk

    def _projects(self) -> Iterator[_Read]:
        open_to_all = (Project.state == ProjectState.PUBLISHED, Project.visibility.in_(OPEN))
        every = self.session.scalars(
            select(Project.id).where(*open_to_all).order_by(Project.id)
        ).all()
        for done, ids in batches(every, _READ):
            rows = self._rows(ids)
            changed = [row for row in rows if row.record is None]
            facts = read_facts(self.session, [row.id for row in changed]) if changed else {}
            self.ids.update((numbered(row.id), row.id) for row in rows)
            self._changed.update((numbered(row.id), row.version) for row in changed)
            for row in rows:
                yield row.record or replace(facts[row.id], id=numbered(row.id))
            tell(self.progress, "projects read", done, len(every))

    def _rows(self, ids: Sequence[int]) -> Sequence[Row[int, int, bytes]]:
        return self.session.execute(
            select(Project.id, Project.version, PreparedProject.record)
            .outerjoin(PreparedProject, is_current())
            .where(Project.id.in_(ids))
            .order_by(Project.id)
        ).all()


def _prepared(task: Sequence[_Read]) -> tuple[Chunk, dict[int, bytes]]:
    """A chunk, and as bytes by row those of its records that were not prepared before."""
    with no_collecting():
        records = [unpack(one) if isinstance(one, bytes) else prepare(one) for one in task]
        packed = {row: pack(records[row]) for row, one in enumerate(task) if isinstance(one, Facts)}
        return chunk_of(records), packed
