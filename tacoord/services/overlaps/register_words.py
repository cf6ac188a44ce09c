"""How common words are in this register: a word that half of its projects use says nothing of a pair.

Only what everybody may read is counted, and all comparisons use one count until the register has changed a good deal:
so no hidden record shows through, and a pair has one score whoever finds it.
"""

from typing import Final, TypeVar

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from tacoord.matching.columns import Columns
from tacoord.matching.rarity import Rarity, WordCounts, frozen
from tacoord.models import Project, ProjectState, RegisterWords, Visibility

T = TypeVar("T")

FEWEST: Final = 200
"""Of fewer records the words are not counted: the counts of the package say more."""
_CHANGE: Final = 0.1


def _last(column: InstrumentedAttribute[T]) -> Select[T]:
    """What the last count says in `column`."""
    return select(column).order_by(RegisterWords.id.desc()).limit(1)


LAST_COUNT: Final = _last(RegisterWords.public_id)

_last_read: tuple[str, Rarity] | None = None
"""The count that this process read last, by its random id: a hundred thousand numbers are read once."""


def rarity_in_use(session: Session) -> Rarity:
    """How rare words are: as last counted in this register, else as the package has it."""
    return rarity_of(session, session.scalar(LAST_COUNT))


def rarity_of(session: Session, key: str | None) -> Rarity:
    """How rare words are by the count of this random id; None: none has been made."""
    global _last_read
    if key is None:
        return frozen()
    held = _last_read
    if held is None or held[0] != key:
        of_id = select(RegisterWords).where(RegisterWords.public_id == key)
        row = session.scalars(of_id).one_or_none()
        if row is None:
            # A sweep has counted anew since the id was read.
            return rarity_in_use(session)
        held = _last_read = key, WordCounts(row.records, dict(row.counts)).rarity()
    return held[1]


def are_outdated(session: Session) -> bool:
    """Whether what is open to everybody has grown or shrunk by a tenth since its words were counted."""
    everybody = select(func.count()).where(
        Project.state == ProjectState.PUBLISHED, Project.visibility == Visibility.PUBLIC
    )
    return _is_due(_counted(session), session.scalar(everybody) or 0)


class Counting:
    """Counts the words while all is compared with all, where that is due. new: the count, to be kept."""

    def __init__(self, session: Session) -> None:
        self._counted = _counted(session)
        self._in_use = rarity_in_use(session)
        self.new: WordCounts | None = None

    def __call__(self, columns: Columns) -> Rarity:
        """How rare words are, for the records of these columns."""
        records = int(columns.public.sum())
        if not _is_due(self._counted, records):
            return self._in_use
        self.new = WordCounts.of(columns.word_counts(columns.public), records)
        return self.new.rarity()


def keep(session: Session, words: WordCounts) -> None:
    """Use this count from now on."""
    session.execute(delete(RegisterWords))
    session.add(
        RegisterWords(records=words.records, counts=[list(one) for one in words.counts.items()])
    )
    session.flush()


def _counted(session: Session) -> int:
    return session.scalar(_last(RegisterWords.records)) or 0


def _is_due(counted: int, records: int) -> bool:
    return records >= FEWEST and abs(records - counted) > _CHANGE * counted
