"""The register of organisations: find the one that is meant, add the one that is new."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict, NotFound
from tacoord.models import (
    MergedOrganisation,
    NameKind,
    Organisation,
    OrganisationName,
    new_public_id,
)
from tacoord.policy import Actor
from tacoord.services.history import note_change
from tacoord.services.organisations.claims import (
    EVERY_ONE,
    free_code,
    free_identifiers,
    owner_of_identifier,
)
from tacoord.services.organisations.names import (
    Keys,
    KnownOrganisation,
    acronym_key,
    identifier_key,
    is_acronym,
    keys_of,
    known_organisations,
    name_key,
)
from tacoord.services.search_text import searchable
from tacoord.services.visibility import Viewer, organisation_clause

SECRETARIAT: Final = "SECRETARIAT"
LONGEST_NAME: Final = 500
Met = dict[NameKind, dict[int, Organisation]]
"""The organisations that are known by what is looked for, by the kind of name, and by key."""

_SUREST_FIRST: Final = (NameKind.IDENTIFIER, NameKind.NAME, NameKind.ALIAS, NameKind.ACRONYM)


def get_organisation(session: Session, code: str, viewer: Viewer) -> Organisation:
    """The organisation with this code. Raises NotFound, also where `viewer` may not know of it."""
    found = find_by_code(session, code, viewer)
    if found is None:
        raise NotFound(f"organisation {code}")
    return found


def find_by_code(session: Session, code: str, viewer: Viewer) -> Organisation | None:
    """The organisation with this code, or the one into which that was merged; or None."""
    return _found_by(session, Organisation.code == code, viewer)


def get_organisation_by_id(session: Session, public_id: str, viewer: Viewer) -> Organisation:
    """The organisation with this public id, or the one into which that was merged.

    Raises NotFound, also where `viewer` may not know of it.
    """
    found = _found_by(session, Organisation.public_id == public_id, viewer)
    if found is None:
        raise NotFound(f"organisation {public_id}")
    return found


def _found_by(
    session: Session, condition: ColumnElement[bool], viewer: Viewer
) -> Organisation | None:
    seen = organisation_clause(viewer)
    found = session.scalar(select(Organisation).where(condition, seen))
    if found is not None:
        return found
    merged = (
        select(MergedOrganisation.into_id)
        .join(Organisation, Organisation.id == MergedOrganisation.organisation_id)
        .where(condition)
    )
    into = session.scalar(merged)
    return session.scalar(select(Organisation).where(Organisation.id == into, seen))


def require_standing(session: Session, organisation: Organisation) -> None:
    """Keep the entry from being merged into another one until the transaction ends.

    Raises Conflict where somebody has just merged it.
    """
    entry = select(Organisation.id).where(Organisation.id == organisation.id)
    session.execute(entry.with_for_update(read=True, key_share=True))
    if session.get(MergedOrganisation, organisation.id) is not None:
        raise Conflict(f"organisation {organisation.code} was merged into another one")


def is_demo(session: Session) -> bool:
    """Whether invented organisations are in the register, so that every page must say so."""
    query = select(Organisation.id).where(Organisation.invented).limit(1)
    return session.scalar(query) is not None


def find(
    session: Session,
    *,
    name: str,
    ref: str | None = None,
    viewer: Viewer,
    besides: Collection[int] = (),
) -> Organisation | None:
    """The one registered organisation that is meant, or None where none or several could be.

    By identifier, else as one known beforehand, else by name or alias, else by acronym; never by likeness, and only
    among those that `viewer` may know of. besides: keys of others that may be meant.
    """
    return _find(session, keys_of(name, ref), _meant(viewer, besides))


def resolve(
    session: Session,
    *,
    name: str,
    ref: str | None = None,
    type: str | None = None,
    by: Actor | None = None,
    invented: bool = False,
    viewer: Viewer,
    besides: Collection[int] = (),
) -> Organisation:
    """The organisation that is meant, among those that `find` finds, or a new unverified one; flushed.

    A name that is met again with an identifier of its own teaches an unverified entry that identifier, unless it has
    one of the same register already: then these are two organisations of one name. Where several have the name, the
    first of which nothing but the name is known is meant, so that each further record does not add another.
    """
    name = " ".join(name.split())[:LONGEST_NAME] or (ref or "").strip()[:LONGEST_NAME]
    keys, seen = keys_of(name, ref), _meant(viewer, besides)
    met = _met(session, keys, seen)
    found = _only_one(session, keys, seen, met) or _plain_namesake(met)
    if (
        found is not None
        and keys.identifier
        and not _has(found, NameKind.IDENTIFIER, keys.identifier)
    ):
        if _has_other_of_register(found, ref or ""):
            found = None
        elif not found.verified:
            free_identifiers(session, [keys.identifier], seen)
            add_names(session, found, NameKind.IDENTIFIER, [ref or ""], seen=seen)
    if found is None:
        return add_organisation(
            session, name=name, ref=ref, type=type, invented=invented, by=by, seen=seen
        )
    if found.type is None and type is not None:
        found.type = type[:8]
    return found


def _meant(viewer: Viewer, besides: Collection[int]) -> ColumnElement[bool]:
    return or_(organisation_clause(viewer), Organisation.id.in_(besides))


def add_organisation(
    session: Session,
    *,
    name: str,
    code: str | None = None,
    ref: str | None = None,
    type: str | None = None,
    country: str | None = None,
    acronym: str | None = None,
    aliases: Iterable[str] = (),
    verified: bool = False,
    invented: bool = False,
    by: Actor | None = None,
    seen: ColumnElement[bool] = EVERY_ONE,
) -> Organisation:
    """Add an organisation with its names; flushed. Without `code` it gets one made of its acronym or name.

    One that is known beforehand also gets the identifiers and names that tacoord knows of it. seen: the organisations
    of which those may know for whom it is added; to the others it is as if they were not there.
    """
    known = known_organisations().get(keys_of(name, ref).known or "")
    identifiers = [ref or "", *(known.identifiers if known else ())]
    # First of all, so that the entry is written once, whether or not somebody hidden had to make way.
    free_identifiers(session, map(identifier_key, identifiers), seen)
    proper = known.names[0] if known and not invented else name
    organisation = Organisation(
        public_id=new_public_id(),
        code=code or free_code(session, known.code if known else acronym or proper, seen),
        name=proper[:LONGEST_NAME],
        acronym=acronym or _acronym_among(name, known),
        type=type[:8] if type else None,
        country=country,
        verified=verified,
        invented=invented,
    )
    session.add(organisation)
    said: dict[NameKind, Sequence[str]] = {
        NameKind.NAME: [organisation.name],
        NameKind.ACRONYM: [organisation.acronym or ""],
        NameKind.ALIAS: [name, *aliases, *(known.names if known else ())],
        NameKind.IDENTIFIER: identifiers,
    }
    for kind, values in said.items():
        add_names(session, organisation, kind, values, seen=seen)
    session.flush()
    note_change(
        session, "organisation.added", organisation, by=by, details={"name": organisation.name}
    )
    return organisation


def add_names(
    session: Session,
    organisation: Organisation,
    kind: NameKind,
    values: Iterable[str],
    *,
    seen: ColumnElement[bool] = EVERY_ONE,
) -> None:
    """Let `organisation` be known by these too. Passes over what it has already, and identifiers of another one that
    is `seen`.
    """
    for value in values:
        key = _key_of(kind, value)
        if not key or _has(organisation, kind, key):
            continue
        if kind is NameKind.ALIAS and _has(organisation, NameKind.NAME, key):
            continue
        if kind is NameKind.IDENTIFIER and owner_of_identifier(session, key, seen) is not None:
            continue
        organisation.names.append(
            OrganisationName(kind=kind, value=value.strip()[:LONGEST_NAME], key=key)
        )
    organisation.search_text = searchable(
        [organisation.name, *(each.value for each in organisation.names)]
    )


def _find(session: Session, keys: Keys, seen: ColumnElement[bool]) -> Organisation | None:
    return _only_one(session, keys, seen, _met(session, keys, seen))


def _met(session: Session, keys: Keys, seen: ColumnElement[bool]) -> Met:
    found: Met = {}
    for row in session.scalars(_mentions(keys, seen)):
        found.setdefault(row.kind, {})[row.organisation_id] = row.organisation
    return found


def _only_one(
    session: Session, keys: Keys, seen: ColumnElement[bool], found: Met
) -> Organisation | None:
    if keys.known and NameKind.IDENTIFIER not in found:
        known = session.scalar(select(Organisation).where(Organisation.code == keys.known, seen))
        if known is not None and not known.invented:
            return known
    for kind in _SUREST_FIRST:
        if len(found.get(kind, ())) == 1:
            return next(iter(found[kind].values()))
    return None


def _plain_namesake(found: Met) -> Organisation | None:
    """Of several organisations of one name, the first that nobody has verified and that has no identifier.

    So two entries of one name, one of which was hidden when the other was made, stay two, and are not three.
    """
    plain = (
        each
        for _key, each in sorted(found.get(NameKind.NAME, {}).items())
        if not each.verified and all(row.kind is not NameKind.IDENTIFIER for row in each.names)
    )
    return next(plain, None)


def _mentions(keys: Keys, seen: ColumnElement[bool]) -> Select[Any]:
    ways = [
        and_(
            OrganisationName.kind.in_((NameKind.NAME, NameKind.ALIAS)),
            OrganisationName.key.in_(keys.names),
        ),
        and_(OrganisationName.kind == NameKind.ACRONYM, OrganisationName.key.in_(keys.acronyms)),
    ]
    if keys.identifier:
        ways.append(
            and_(
                OrganisationName.kind == NameKind.IDENTIFIER,
                OrganisationName.key == keys.identifier,
            )
        )
    query = select(OrganisationName).join(OrganisationName.organisation)
    return query.where(or_(*ways), seen).order_by(OrganisationName.id)


def _has(organisation: Organisation, kind: NameKind, key: str) -> bool:
    return any(each.kind is kind and each.key == key for each in organisation.names)


def _has_other_of_register(organisation: Organisation, ref: str) -> bool:
    """Whether it has an identifier out of the same register (`GB-CHC`): two charities, one name."""
    register = ref.upper().rsplit("-", 1)[0]
    return "-" in ref and any(
        each.kind is NameKind.IDENTIFIER and each.value.upper().rsplit("-", 1)[0] == register
        for each in organisation.names
    )


def _key_of(kind: NameKind, value: str) -> str | None:
    if kind is NameKind.IDENTIFIER:
        return identifier_key(value)
    return acronym_key(value) if kind is NameKind.ACRONYM else name_key(value)


def _acronym_among(name: str, known: KnownOrganisation | None) -> str | None:
    """The known code where that is a name too, else the name where it is written as an acronym."""
    written = [*([known.code] if known and known.code in known.names else []), name]
    return next((each for each in written if is_acronym(each)), None)
