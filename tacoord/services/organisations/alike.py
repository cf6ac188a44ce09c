"""Entries of the register that may be one organisation: a list for people to read; nothing is put together by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from tacoord.matching import Likeness, OrganisationIndex, Party
from tacoord.models import NameKind, Organisation
from tacoord.services.visibility import Viewer, organisation_clause

LEAST_LIKE: Final = 0.6
MOST_SHOWN: Final = 200
_MOST_OF_ONE: Final = 3


@dataclass(frozen=True, slots=True)
class Alike:
    """An entry that nobody has verified, another that may be the same organisation, and how alike they are."""

    unverified: Organisation
    other: Organisation
    likeness: Likeness


def look_alikes(session: Session, viewer: Viewer) -> list[Alike]:
    """The pairs that look most alike, of which one is unverified, by falling likeness; at most MOST_SHOWN.

    Only among what `viewer` may know of.
    """
    every = session.scalars(
        select(Organisation)
        .where(organisation_clause(viewer))
        .order_by(Organisation.code)
        .options(selectinload(Organisation.names))
    ).all()
    by_code = {one.code: one for one in every}
    parties = {one.code: _parties(one) for one in every}
    index = OrganisationIndex(parties)
    found: dict[tuple[str, str], Alike] = {}
    for one in every:
        if one.verified:
            continue
        for code, likeness in index.alike(one.code, cutoff=LEAST_LIKE, limit=_MOST_OF_ONE):
            ends = (min(one.code, code), max(one.code, code))
            found.setdefault(ends, Alike(one, by_code[code], likeness))
    ranked = sorted(found.items(), key=lambda item: (-item[1].likeness.score, item[0]))
    return [alike for _, alike in ranked[:MOST_SHOWN]]


def _parties(organisation: Organisation) -> Sequence[Party]:
    """Every way in which an organisation is written."""
    names = [Party(None, organisation.name)]
    if organisation.acronym:
        names.append(Party(None, organisation.acronym))
    for row in organisation.names:
        ref = row.kind is NameKind.IDENTIFIER
        names.append(Party(row.value, None) if ref else Party(None, row.value))
    return list(dict.fromkeys(names))
