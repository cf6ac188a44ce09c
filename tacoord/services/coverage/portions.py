"""Which part of a project falls to each of its places and subjects: 0 to 1, in equal parts where none is stated."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Float, Select, and_, cast, or_, select
from sqlalchemy.orm import Session

from tacoord.models import ProjectTag, Term

COUNTRY: Final = "country"
PLACES: Final = (COUNTRY, "region", "dac-region")
"""The vocabularies that say where; of a project only the first of them that it uses counts."""
NOT_STATED: Final = ""
FEW: Final = 12
"""Of so many places the projects are looked up; where more are asked for, reading all of them is faster."""

_WHOLE: Final = 100.0

Named = Sequence[tuple[str, float | None]]
"""The codes that a project names in one vocabulary, each with its share in per cent where one is stated."""
Portions = Mapping[str, float]


def portions(named: Named, meaning: Mapping[str, str]) -> Portions:
    """The part of the whole that falls to what each code means; codes of one meaning are added up.

    What the stated shares leave of the whole goes to the others in equal parts. Shares that add up to more than the
    whole are made smaller, so that no money is counted twice.
    """
    if not named:
        return {NOT_STATED: 1.0}
    if len(named) == 1:
        code, share = named[0]
        return {meaning.get(code, code): 1.0 if share is None else share / max(_WHOLE, share)}
    stated = sum(share for _code, share in named if share is not None)
    silent = sum(1 for _code, share in named if share is None)
    rest = max(0.0, _WHOLE - stated) / silent if silent else 0.0
    whole = max(_WHOLE, stated)
    found: dict[str, float] = {}
    for code, share in named:
        means = meaning.get(code, code)
        found[means] = found.get(means, 0.0) + (rest if share is None else share) / whole
    return found


class Tags:
    """The codes of some vocabularies that projects name, by project."""

    def __init__(self, named: Mapping[str, Mapping[int, Named]]) -> None:
        self._named = named

    def of(self, project: int, vocabulary: str) -> Named:
        """What the project names in a vocabulary."""
        return self._named[vocabulary].get(project, ())

    def shared(self, first: int, second: int, vocabulary: str) -> tuple[str, ...]:
        """The codes that both projects name in a vocabulary."""
        one, other = self.of(first, vocabulary), self.of(second, vocabulary)
        if len(one) == len(other) == 1:
            return (one[0][0],) if one[0][0] == other[0][0] else ()
        codes = {code for code, _share in other}
        return tuple(code for code, _share in one if code in codes)

    def places_of(self, project: int) -> tuple[str, Named]:
        """The first vocabulary of PLACES in which the project names something, and what."""
        for vocabulary in PLACES:
            if named := self._named[vocabulary].get(project):
                return vocabulary, named
        return COUNTRY, ()


def read_tags(
    session: Session, vocabularies: Collection[str], *wanted: ColumnElement[bool]
) -> Tags:
    """What projects name in these vocabularies; `wanted`: of which projects.

    Projects and their tags are put together by whoever asks: that is several times as fast as a join of wide rows.
    """
    return Tags({each: _named(session, each, wanted) for each in vocabularies})


def _named(
    session: Session, vocabulary: str, wanted: Collection[ColumnElement[bool]]
) -> Mapping[int, Named]:
    share = cast(ProjectTag.percentage, Float)
    rows = (
        select(ProjectTag.project_id, ProjectTag.code, share)
        .where(ProjectTag.vocabulary == vocabulary, *wanted)
        .order_by(ProjectTag.code)
    )
    found: dict[int, Named] = {}
    for project, code, part in plain_rows(session, rows):
        pair = ((code, part),)
        found[project] = (*found[project], *pair) if project in found else pair
    return found


def plain_rows(session: Session, rows: Executable) -> Sequence[Any]:
    """The rows of a narrow query of columns, without what a session does for records: there may be many."""
    session.flush()
    return session.connection().execute(rows).all()  # all at once: row by row takes twice as long


def places_meant(session: Session, *, by_region: bool) -> dict[str, dict[str, str]]:
    """By vocabulary of PLACES, the place that each code stands for: a country, or an M49 region.

    by_region: a country stands for its region. A region of the DAC is the M49 region that it means, and no place where
    it means several.
    """
    found: dict[str, dict[str, str]] = {vocabulary: {} for vocabulary in PLACES}
    rows = select(Term.vocabulary, Term.code, Term.attributes).where(Term.vocabulary.in_(PLACES))
    for vocabulary, code, attributes in session.execute(rows):
        found[vocabulary][code] = _place(vocabulary, code, attributes, by_region)
    return found


def subjects_meant(session: Session, vocabulary: str) -> dict[str, str]:
    """The subject that each code of a vocabulary is a part of; those that are whole stand for themselves."""
    rows = select(Term.code, Term.parent).where(Term.vocabulary == vocabulary)
    return {code: parent for code, parent in session.execute(rows) if parent}


def naming(places: Mapping[str, Mapping[str, str]], within: Collection[str]) -> Select[Any]:
    """The projects (keys) that name a place which lies `within`."""
    chosen = [
        and_(
            ProjectTag.vocabulary == vocabulary,
            ProjectTag.code.in_(sorted(code for code in meant if meant[code] in within)),
        )
        for vocabulary, meant in places.items()
    ]
    return select(ProjectTag.project_id).where(or_(*chosen))


def _place(vocabulary: str, code: str, attributes: Mapping[str, Any], by_region: bool) -> str:
    if vocabulary == COUNTRY:
        return str(attributes.get("region") or NOT_STATED) if by_region else code
    if vocabulary == "region":
        return code
    meant = str(attributes.get("m49") or NOT_STATED)
    return NOT_STATED if " " in meant else meant
