"""What an installation starts with: vocabularies, indicators of need, coordination groups with members."""

from collections import Counter
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import CoordinationGroup, GroupTag, Member, Organisation
from tacoord.policy import OPERATOR
from tacoord.services.organisations.organisations import add_organisation, find
from tacoord.services.terms import vocabularies
from tacoord.services.terms.files import VOCABULARIES, GroupRow, read_groups
from tacoord.services.visibility import EVERYTHING

_UN_AND_LIKE = "40"  # the IATI organisation type "Multilateral"


def load_first_records(session: Session, folder: Path = VOCABULARIES) -> dict[str, Counter[str]]:
    """Bring terms, indicators and groups up to date with their files; a second run changes nothing.

    Groups that are there already keep what their secretaries made of them. Returns `added`, `changed` and `unchanged`
    for each of `terms`, `indicators`, `groups`. Raises Invalid with every problem of every file.
    """
    return {
        "terms": vocabularies.load(session, folder),
        "indicators": vocabularies.load_indicators(session),
        "groups": _load_groups(session),
    }


def _load_groups(session: Session) -> Counter[str]:
    counts: Counter[str] = Counter(added=0, changed=0, unchanged=0)
    known = set(session.scalars(select(CoordinationGroup.code)))
    for row in read_groups():
        if row.code in known:
            counts["unchanged"] += 1
        else:
            _add_group(session, row)
            counts["added"] += 1
    return counts


def _add_group(session: Session, row: GroupRow) -> None:
    group = CoordinationGroup(
        code=row.code, name=row.name, kind=row.kind, scope=row.scope, source=row.source
    )
    for code in row.scope_codes:
        vocabulary = "region" if code.isdigit() else vocabularies.COUNTRY
        group.tags.append(GroupTag(vocabulary=vocabulary, code=code))
    seats = {organisation.id: organisation for organisation in _members(session, row)}
    group.members.extend(Member(organisation=organisation) for organisation in seats.values())
    session.add(group)
    session.flush()


def _members(session: Session, row: GroupRow) -> list[Organisation]:
    """The organisations that sit in the group; those not yet registered are added, looked at by us."""
    return [
        find(session, name=name, viewer=EVERYTHING)
        or add_organisation(session, name=name, type=_UN_AND_LIKE, verified=True, by=OPERATOR)
        for name in row.members
    ]
