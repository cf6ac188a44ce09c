"""The terms of the vocabularies: load them from files, list them, say what a code means."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from difflib import get_close_matches
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.errors import Invalid, NotFound
from tacoord.models import Indicator, Term
from tacoord.services.terms.country_names import country_name
from tacoord.services.terms.files import (
    VOCABULARIES,
    IndicatorRow,
    TermRow,
    UnreadableVocabulary,
    read_indicators,
    read_vocabularies,
    vocabulary_names,
)

COUNTRY = "country"

TermSets = Mapping[str, Set[str]]
"""The codes of each vocabulary, by its name."""


def load(session: Session, folder: Path = VOCABULARIES) -> Counter[str]:
    """Bring the terms up to date with the files of `folder`; nothing is deleted, and a second run changes nothing.

    A term that was switched off here stays so.
    Returns how many terms were `added`, `changed` and `unchanged`. Raises Invalid with every problem of every file.
    """
    counts: Counter[str] = Counter(added=0, changed=0, unchanged=0)
    terms = {(term.vocabulary, term.code): term for term in session.scalars(select(Term))}
    try:
        rows = list(read_vocabularies(folder, known=terms.keys()))
    except UnreadableVocabulary as error:
        raise Invalid(error.problems) from None
    for row in rows:
        term = terms.get((row.vocabulary, row.code))
        if term is None:
            session.add(Term(vocabulary=row.vocabulary, code=row.code, **_values(row)))
            counts["added"] += 1
        else:
            counts["changed" if _take(term, row) else "unchanged"] += 1
    session.flush()
    return counts


def load_indicators(session: Session) -> Counter[str]:
    """Bring the indicators of need up to date with the files that tacoord comes with."""
    counts: Counter[str] = Counter(added=0, changed=0, unchanged=0)
    known = {(i.country, i.indicator, i.as_of): i for i in session.scalars(select(Indicator))}
    for row in read_indicators():
        counts[
            _take_indicator(session, known.get((row.country, row.indicator, row.as_of)), row)
        ] += 1
    session.flush()
    return counts


def term_sets(session: Session) -> dict[str, frozenset[str]]:
    """The codes of every vocabulary that may still be used, by its name."""
    sets: dict[str, set[str]] = {name: set() for name in vocabulary_names()}
    for vocabulary, code in session.execute(select(Term.vocabulary, Term.code).where(Term.active)):
        sets.setdefault(vocabulary, set()).add(code)
    return {vocabulary: frozenset(codes) for vocabulary, codes in sets.items()}


def codes_of(session: Session, vocabulary: str) -> frozenset[str]:
    """The codes of one vocabulary, those too that are no longer used: records still have them."""
    return frozenset(session.scalars(select(Term.code).where(Term.vocabulary == vocabulary)))


def list_terms(session: Session, vocabulary: str) -> Sequence[Term]:
    """The terms of one vocabulary in its own order. Raises NotFound for a name that is no vocabulary."""
    if vocabulary not in vocabulary_names():
        near = get_close_matches(vocabulary, vocabulary_names(), n=1)
        meant = f"do you mean {near[0]}? there are" if near else "there are"
        raise NotFound(f"no vocabulary {vocabulary}; {meant}: {', '.join(vocabulary_names())}")
    query = select(Term).where(Term.vocabulary == vocabulary).order_by(Term.sort, Term.code)
    return session.scalars(query).all()


def labels(session: Session, vocabulary: str, locale: str = "en") -> dict[str, str]:
    """What each code of a vocabulary is called, in its own order; countries by Babel, in alphabetical order."""
    terms = list_terms(session, vocabulary)
    if vocabulary != COUNTRY:
        return {term.code: term.label for term in terms}
    named = {term.code: country_name(term.code, locale) for term in terms}
    return dict(sorted(named.items(), key=lambda pair: pair[1].casefold()))


def labels_of(session: Session, wanted: Iterable[str]) -> dict[str, dict[str, str]]:
    """The labels of several vocabularies at once: by vocabulary, then by code."""
    names = tuple(wanted)
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    query = select(Term.vocabulary, Term.code, Term.label).where(Term.vocabulary.in_(names))
    for vocabulary, code, label in session.execute(
        query.order_by(Term.vocabulary, Term.sort, Term.code)
    ):
        found[vocabulary][code] = label
    return found


def count_terms(session: Session) -> Mapping[str, int]:
    """How many terms each vocabulary has."""
    query = (
        select(Term.vocabulary, func.count().label("terms"))
        .group_by(Term.vocabulary)
        .order_by(Term.vocabulary)
    )
    return {row.vocabulary: row.terms for row in session.execute(query)}


def _values(row: TermRow) -> dict[str, object]:
    return {
        "parent": row.parent or None,
        "label": row.label,
        "sort": row.sort,
        "source": row.source,
        "attributes": dict(row.attributes),
    }


def _take(term: Term, row: TermRow) -> bool:
    """Let `term` say what the file says; whether that changed anything."""
    values = _values(row)
    changed = any(getattr(term, name) != value for name, value in values.items())
    if changed:
        for name, value in values.items():
            setattr(term, name, value)
    return changed


def _take_indicator(session: Session, known: Indicator | None, row: IndicatorRow) -> str:
    if known is None:
        session.add(
            Indicator(
                country=row.country,
                indicator=row.indicator,
                value=row.value,
                as_of=row.as_of,
                source=row.source,
            )
        )
        return "added"
    if (known.value, known.source) == (row.value, row.source):
        return "unchanged"
    known.value, known.source = row.value, row.source
    return "changed"
