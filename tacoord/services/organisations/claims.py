"""Which code and which identifiers an organisation may have: no two that the same people may know of have one.

What is hidden claims nothing. Were a code or an identifier refused because an organisation has it that only hidden
records name, the refusal would tell that it is there; so the hidden one, which nobody has verified, gives it up.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, not_, or_, select, true
from sqlalchemy.orm import Session

from tacoord.matching.words import normalise
from tacoord.models import (
    MergedOrganisation,
    NameKind,
    Organisation,
    OrganisationName,
    new_public_id,
)

EVERY_ONE: Final[ColumnElement[bool]] = true()
"""For those who may know of every organisation."""

LONGEST_CODE: Final = 64


def free_code(session: Session, wish: str, seen: ColumnElement[bool]) -> str:
    """A code that no organisation among `seen` has: the wish in capital letters, with a number where it is taken."""
    stem = (
        re.sub(r"[^A-Z0-9]+", "-", normalise(wish).upper())
        .strip("-")[: LONGEST_CODE - 20]
        .strip("-")
    )
    stem = stem or unspeaking_code()
    begins = Organisation.code.startswith(stem, autoescape=True)
    taken = set(session.scalars(select(Organisation.code).where(begins, _claiming(seen))))
    number = 2
    code = stem
    while code in taken:
        code, number = f"{stem}-{number}", number + 1
    _take_code(session, code, seen)
    return code


def free_identifiers(
    session: Session, keys: Iterable[str | None], seen: ColumnElement[bool]
) -> None:
    """Take comparable identifiers from organisations that are not `seen`; they keep them as other names."""
    hidden = session.scalars(_identified(filter(None, keys)).where(not_(seen))).all()
    for row in hidden:
        row.kind = NameKind.ALIAS
    if hidden:
        session.flush()


def owner_of_identifier(session: Session, key: str, seen: ColumnElement[bool]) -> int | None:
    """The database key of the organisation among `seen` that has this comparable identifier, or None."""
    found: OrganisationName | None = session.scalar(_identified([key]).where(seen))
    return found.organisation_id if found else None


def _claiming(seen: ColumnElement[bool]) -> ColumnElement[bool]:
    """The organisations whose codes are taken: those that are seen, and those that were merged into one of them."""
    into = select(Organisation.id).where(seen).correlate(None)
    merged = select(MergedOrganisation.organisation_id).where(MergedOrganisation.into_id.in_(into))
    return or_(seen, Organisation.id.in_(merged))


def _take_code(session: Session, code: str, seen: ColumnElement[bool]) -> None:
    hidden = session.scalar(
        select(Organisation)
        .where(Organisation.code == code, not_(_claiming(seen)))
        .with_for_update()
    )
    if hidden is not None:
        hidden.code = unspeaking_code()
        session.flush()


def _identified(keys: Iterable[str]) -> Select[Any]:
    return (
        select(OrganisationName)
        .join(OrganisationName.organisation)
        .where(OrganisationName.kind == NameKind.IDENTIFIER, OrganisationName.key.in_(list(keys)))
    )


def unspeaking_code() -> str:
    """A code that nobody can guess, and that says nothing of a name."""
    return f"ORG-{new_public_id()[:8].upper()}"
