"""A project made ready for comparison: everything that is worked out once a record, not once a pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Any

import msgspec

from tacoord.matching import money, names, numbering, places, words
from tacoord.matching.facts import Day, Facts, Participant, Party, Precision
from tacoord.matching.languages import TELLING, language_of, script_of

# What lies further down in a long description says little more and costs as much.
_LONGEST_TEXT = 3_000
_MOST_WORDS = 250
_LONGEST_TITLE = 80
_SHORT_TEXT = 40
_MOST_ORDERED = 120
_MOST_PARTIES = 60
_MOST_COUNTRIES = 60
_MOST_REMEMBERED = 10_000
_FUNDING = frozenset({"1", "2"})
_DOING = frozenset({"3", "4"})
_DAC_PURPOSE = frozenset({"1", "DAC"})
_DAC_CATEGORY = frozenset({"2", "DAC-3"})


class Face(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Title and description in one language; a record is compared by its best-fitting face.

    language: "" where it is not told. script: that of the text, "" without a letter.
    """

    language: str
    script: str
    title: str  # normalised words, sorted
    text: str  # as `title`, of title and description together where both are short
    title_words: tuple[str, ...]
    text_words: tuple[str, ...]
    ordered: tuple[str, ...]
    capitals: frozenset[str]
    phases: frozenset[str]
    piece: bool  # the title is that of a component
    numbers: frozenset[str]
    codes: frozenset[str]


Keys = tuple[tuple[int, float], ...]


class Prepared(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is compared of a record. Days are ordinals, money is in major units."""

    facts: Facts
    faces: tuple[Face, ...]
    countries: frozenset[str]
    countries_told: bool
    reporter: Keys
    funders: Keys
    doers: Keys
    parties_told: bool  # the record lists who pays and who carries out
    own_words: frozenset[str]
    own_keys: tuple[str, ...]
    party_keys: tuple[str, ...]
    links: tuple[str, ...]
    start: Day | None
    end: Day | None
    dates_weak: bool
    amount: float | None
    currency: str | None
    dollars: float | None
    sectors: frozenset[str]
    themes: frozenset[str]
    main_identifier: frozenset[str]
    identifiers: frozenset[str]
    named: frozenset[str]


def prepare(facts: Facts) -> Prepared:
    """Work out what is compared; the same facts give the same result in every process."""
    faces = _faces(facts)
    told = frozenset(facts.countries[:_MOST_COUNTRIES])
    in_text = frozenset() if told else _countries_in_text(facts)
    year = next((day.value.year for day in (facts.start, facts.end) if day), None)
    whole = money.total(facts.budgets, year=year)
    dollars = [money.in_dollars(budget, year=year) for budget in facts.budgets]
    return Prepared(
        facts=facts,
        faces=faces,
        countries=told or in_text,
        countries_told=bool(told),
        start=facts.start,
        end=facts.end,
        dates_weak=bool(facts.start and facts.end and _ends_before(facts.start, facts.end)),
        amount=whole[0] if whole else None,
        currency=whole[1] if whole else None,
        dollars=sum(filter(None, dollars)) if dollars and None not in dollars else None,
        sectors=_sectors(facts),
        themes=frozenset(
            [f"p:{code}" for code in facts.pillars]
            + [f"m:{code}" for code in facts.measures]
            + [f"d:{code}" for code in facts.mandates]
        ),
        main_identifier=frozenset(filter(None, [_identifier(facts.iati_identifier)])),
        identifiers=frozenset(filter(None, map(_identifier, _own_identifiers(facts)))),
        named=frozenset(filter(None, (_identifier(p.activity_id) for p in facts.participants))),
        **_organisations(facts.reporter, facts.participants),
    )


def _faces(facts: Facts) -> tuple[Face, ...]:
    languages = list(dict.fromkeys([*facts.titles, *facts.descriptions]))
    faces = [
        _face(facts.titles.get(one, ""), facts.descriptions.get(one, ""), one)
        for one in sorted(languages)
    ]
    titled = [face for face in faces if face.title_words]
    # A description in a language without a title belongs to the only title there is.
    if len(titled) == 1 and len(faces) > 1:
        language = next(one for one in sorted(facts.titles) if words.split(facts.titles[one]))
        described = " ".join(facts.descriptions[one] for one in sorted(facts.descriptions))
        return (_face(facts.titles[language], described, language),)
    return tuple(titled or faces or [_face("", "", "")])


def _face(title: str, description: str, language: str) -> Face:
    title, description = title[:_LONGEST_TEXT], description[:_LONGEST_TEXT]
    plain = words.normalise(title)
    ordered = words.split_normal(plain)[:_LONGEST_TITLE]
    described = words.split(description)
    stems = dict.fromkeys(words.stems(ordered))
    phases = numbering.phases(plain, ordered)
    # Most titles are of letters alone.
    others = [word for word in ordered if not word.isalpha()]
    return Face(
        language=language_of(language),
        script=script_of(plain) or script_of(words.normalise(description[:TELLING])),
        title=" ".join(sorted(ordered)),
        text=_short_text(ordered, described),
        title_words=tuple(stems),
        text_words=tuple(dict.fromkeys(chain(stems, words.stems(described))))[:_MOST_WORDS],
        ordered=(*ordered, *described[:_MOST_ORDERED]),
        capitals=frozenset(words.acronyms(title) | words.acronyms(description)),
        phases=frozenset(phases),
        piece=numbering.is_piece(plain, ordered),
        numbers=frozenset(numbering.numbers(others) | phases),
        codes=frozenset(numbering.codes(others)),
    )


def _short_text(title: Sequence[str], description: Sequence[str]) -> str:
    """All words sorted, where there is a description and it is short; of long texts spelling says nothing."""
    if not description or len(title) + len(description) > _SHORT_TEXT:
        return ""
    return " ".join(sorted((*title, *description)))


def _countries_in_text(facts: Facts) -> frozenset[str]:
    named = {
        code
        for text in facts.titles.values()
        for code in places.countries_in(words.split(text[:500]))
    }
    if not named:
        texts = (text[:400] for text in facts.descriptions.values())
        named = {code for text in texts for code in places.countries_in(words.split(text))}
    return frozenset(named)


# A reporter has the same few partners in most of its records.
@lru_cache(maxsize=_MOST_REMEMBERED)
def _organisations(
    reporter: Party | None, participants: tuple[Participant, ...]
) -> Mapping[str, Any]:
    """What is compared of the organisations of a record, by the attributes of Prepared."""
    own_keys = names.main_keys(reporter) if reporter else ()
    party_keys = _party_keys(participants, own_keys)
    return MappingProxyType(
        {
            "reporter": _keys([reporter] if reporter else []),
            "funders": _keys(_parties(participants, _FUNDING, reporter)),
            "doers": _keys(_parties(participants, _DOING, reporter)),
            "parties_told": _lists(participants, _FUNDING) and _lists(participants, _DOING),
            "own_words": _own_words(reporter),
            "own_keys": own_keys,
            "party_keys": party_keys,
            "links": tuple(" ".join(sorted((own, key))) for key in party_keys for own in own_keys),
        }
    )


def _parties(
    participants: Iterable[Participant], roles: frozenset[str], reporter: Party | None
) -> list[Party]:
    """The organisations in some roles; one without a role may stand in any."""
    chosen = [
        p.party for p in participants if p.role in roles or p.role not in {"1", "2", "3", "4"}
    ]
    return [party for party in dict.fromkeys(chosen) if party != reporter][:_MOST_PARTIES]


def _lists(participants: Iterable[Participant], roles: frozenset[str]) -> bool:
    return any(each.role in roles for each in participants)


def _keys(parties: Iterable[Party]) -> Keys:
    best: dict[int, float] = {}
    for party in parties:
        for key, sure in names.numbered_keys(party):
            best[key] = max(sure, best.get(key, 0.0))
    return tuple(sorted(best.items()))


def _own_words(reporter: Party | None) -> frozenset[str]:
    """What the reporter is called, by its words and its acronym, to be met in the other's text."""
    if reporter is None or not reporter.name:
        return frozenset()
    return frozenset(names.core(reporter.name))


def _party_keys(participants: Sequence[Participant], own: Sequence[str]) -> tuple[str, ...]:
    """By which the organisations are looked up that take part, without the reporter."""
    found = (key for p in participants[:_MOST_PARTIES] for key in names.main_keys(p.party))
    return tuple(key for key in dict.fromkeys(found) if key not in own)


def _ends_before(start: Day, end: Day) -> bool:
    if Precision.YEAR in (start.precision, end.precision):
        return end.value.year < start.value.year
    return end.value < start.value


def _sectors(facts: Facts) -> frozenset[str]:
    """DAC purposes of five digits and their categories of three."""
    found: set[str] = set()
    for vocabulary, code in facts.sectors:
        if vocabulary in _DAC_PURPOSE or vocabulary in _DAC_CATEGORY:
            found.add(code)
            if len(code) == 5:
                found.add(code[:3])
        else:
            found.add(f"{vocabulary}:{code}")
    return frozenset(found)


def _own_identifiers(facts: Facts) -> Iterable[str | None]:
    yield facts.iati_identifier
    yield from facts.other_identifiers


def _identifier(text: str | None) -> str | None:
    """An identifier without its punctuation; one that is too short names too many things."""
    plain = "".join(sign for sign in (text or "").upper() if sign.isalnum())
    return plain if len(plain) >= 6 and any(sign.isdigit() for sign in plain) else None
