"""Entries of the register that may be one organisation: a list for people to read; nothing is put together by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import CompoundSelect, select, union
from sqlalchemy.orm import Session, selectinload

from tacoord.matching import Likeness, OrganisationIndex, Party
from tacoord.models import (
    Member,
    NameKind,
    Organisation,
    Project,
    ProjectOrganisation,
    ProjectState,
    User,
)
from tacoord.services.organisations.told_apart import list_told_apart
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

    Only among what `viewer` may know of, without pairs that somebody told apart, without pairs of which one alone is
    invented for the demo, and without entries that nothing names any more.
    """
    every = session.scalars(
        select(Organisation)
        .where(organisation_clause(viewer))
        .order_by(Organisation.code)
        .options(selectinload(Organisation.names))
    ).all()
    named = set(session.scalars(_named()))
    apart = {(row.first_id, row.second_id) for row in list_told_apart(session, viewer)}
    by_code = {one.code: one for one in every}
    parties = {one.code: _parties(one) for one in every}
    index = OrganisationIndex(parties)
    found: dict[tuple[str, str], Alike] = {}
    left = {one.code for one in every if one.verified or one.id in named}
    for one in every:
        if one.verified or one.code not in left:
            continue
        for code, likeness in index.alike(one.code, cutoff=LEAST_LIKE, limit=_MOST_OF_ONE):
            ends = (min(one.code, code), max(one.code, code))
            both = tuple(sorted((one.id, by_code[code].id)))
            if code not in left or both in apart or one.invented != by_code[code].invented:
                continue
            found.setdefault(ends, Alike(one, by_code[code], likeness))
    ranked = sorted(found.items(), key=lambda item: (-item[1].likeness.score, item[0]))
    return [alike for _, alike in ranked[:MOST_SHOWN]]


def _named() -> CompoundSelect[int]:
    """Asks for the keys of the entries that something names: a record that is not withdrawn, an account, a group.

    Taking an import back withdraws its records; the organisations that they alone named stay in the register, and
    are nobody's concern here.
    """
    stands = Project.state != ProjectState.WITHDRAWN
    takes_part = select(ProjectOrganisation.organisation_id).join(Project).where(stands)
    return union(
        select(Project.organisation_id).where(stands),
        takes_part.where(ProjectOrganisation.organisation_id.is_not(None)),
        select(User.organisation_id),
        select(Member.organisation_id),
    )


def _parties(organisation: Organisation) -> Sequence[Party]:
    """Every way in which an organisation is written."""
    names = [Party(None, organisation.name)]
    if organisation.acronym:
        names.append(Party(None, organisation.acronym))
    for row in organisation.names:
        ref = row.kind is NameKind.IDENTIFIER
        names.append(Party(row.value, None) if ref else Party(None, row.value))
    return list(dict.fromkeys(names))
