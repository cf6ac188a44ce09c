"""Organisations by identifier, alias, acronym and name."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz.distance import Indel, JaroWinkler

from tacoord.matching.facts import Party
from tacoord.matching.places import countries_in
from tacoord.matching.words import is_cut, number_of, split, stem
from tacoord.paths import DATA

# Codes of kinds of organisations, not of one: "a non-governmental organisation", "recipient government".
_GENERIC_REFS_TEXT = """
    10000 11000 11001 11002 11003 11004 12000 12001 12002 12003 12004 13000 20000 21000 22000 23000
    30000 31000 32000 40000 41000 42000 43000 46000 47000 50000 51000 52000 60000 61000 62000 63000
    90000
"""
_GENERIC_REFS = frozenset(_GENERIC_REFS_TEXT.split())
_FILLERS_TEXT = """
    the of for and on in to a an at de la le les des du et pour el los las y para del di da do dos
    der die das fur und van voor en ltd limited inc llc plc gmbh ev corp corporation company co
    foundation fondation stichting association organisation organization charity registered ngo asbl
"""
_FILLERS = frozenset(_FILLERS_TEXT.split())
# One word written in several ways, or shortened.
_VARIANTS = {
    "organization": "organisation", "org": "organisation", "organisations": "organisation",
    "center": "centre", "program": "programme", "dev": "development", "govt": "government",
    "intl": "international", "int": "international", "natl": "national", "min": "ministry",
    "assoc": "association", "dept": "department", "univ": "university",
}  # fmt: skip
# Branches of one family: "CARE International UK" is not "CARE International".
_BRANCHES = frozenset(
    {"uk", "usa", "us", "gb", "america", "american", "british", "europe", "eu", "ni", "somaliland"}
)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_DASH = re.compile(r"\s+[-–—|]\s+|\s*[|;/]\s*")
_AGENCY = re.compile(r"[A-Z]{2}[0-9]{1,2}")
_ACRONYM = re.compile(r"[A-Z][A-Za-z]{0,2}[A-Z]{1,8}|[A-Z]{2,9}")
_NO_ACRONYMS = frozenset({"UK", "US", "USA", "EU", "UN", "NGO", "INGO", "AND", "OF", "GOV"})

_LONGEST_BEGINNING = 4
_PART_OF_ONE = 0.5
_CROWDED = 50
_WORDS_OF_ACRONYM = 3
# A shorter word with another letter is another word: "SDRO" and "SRO".
_LONG_WORD = 6

# How sure a key is: an exact one counts wholly, initials of a name only against a written acronym.
SURE, INITIALS = 1.0, 0.6
SAME = 0.55
# Two names that differ in their blanks alone: "Green Field" and "Greenfield".
_UNSPACED = 0.95


@lru_cache(maxsize=100_000)
def ref_key(ref: str) -> str | None:
    """The identifier without punctuation and the prefix of DAC channels; None where it names no one.

    The shortest that name somebody are the DAC's agencies of a donor, such as CA-3.
    """
    plain = re.sub(r"[^A-Z0-9]", "", ref.upper())
    if plain.startswith("XMDAC"):
        plain = plain[5:]
        return None if plain in _GENERIC_REFS or not plain else f"ref:DAC{plain}"
    if plain.isdigit():
        return f"ref:DAC{plain}" if len(plain) == 5 and plain not in _GENERIC_REFS else None
    return f"ref:{plain}" if len(plain) >= 4 or _AGENCY.fullmatch(plain) else None


@lru_cache(maxsize=100_000)
def core(name: str) -> tuple[str, ...]:
    """The words of a name that tell it apart, sorted: no legal forms, no "the", no "of"."""
    return tuple(sorted(_telling(name)))


def _telling(name: str) -> list[str]:
    """The words of a name that tell it apart, in their order."""
    words = [_VARIANTS.get(word, stem(word)) for word in _spelled_out(split(name))]
    kept = [word for word in words if word not in _FILLERS and len(word) > 0]
    return kept or words


@lru_cache(maxsize=100_000)
def _unspaced(name: str) -> str | None:
    """The words that tell a name apart, without the blanks between them; None where they are too short to tell."""
    letters = "".join(_telling(name))
    return letters if len(letters) >= _LONG_WORD else None


def _spelled_out(words: list[str]) -> list[str]:
    """The words with "UN" as the "United Nations" that it stands for; alone it stays as it is."""
    if len(words) < 3 or "un" not in words:
        return words
    return [part for word in words for part in (("united", "nations") if word == "un" else (word,))]


@cache
def _aliases() -> tuple[dict[str, str], dict[tuple[str, ...], str]]:
    refs: dict[str, str] = {}
    names: dict[tuple[str, ...], str] = {}
    path = DATA / "matching" / "organisations.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for ref in filter(None, row["refs"].split("|")):
                if key := ref_key(ref):
                    refs.setdefault(key, row["code"])
            for name in row["names"].split("|"):
                names.setdefault(core(name), row["code"])
    return refs, names


@lru_cache(maxsize=200_000)
def keys(ref: str | None, name: str | None) -> tuple[tuple[str, float], ...]:
    """Every key under which an organisation can be met, each with how sure it is, sorted."""
    found: dict[str, float] = {}
    refs, names = _aliases()
    if ref and (key := ref_key(ref)):
        found[key] = SURE
        if key in refs:
            found[f"is:{refs[key]}"] = SURE
    for part in _parts(name or ""):
        words = core(part)
        if not words:
            continue
        if words in names:
            found[f"is:{names[words]}"] = SURE
        if len("".join(words)) > 3 or part == name:
            found["name:" + " ".join(words)] = SURE
        for acronym, sure in _acronyms(part):
            found[f"short:{acronym}"] = max(sure, found.get(f"short:{acronym}", 0.0))
    return tuple(sorted(found.items()))


def _parts(name: str) -> Iterable[str]:
    """The name, and its halves around brackets or a dash where a half is an acronym or a long name.

    "Concern Worldwide (UK)" is not "Concern Worldwide": a bracket with a place stays part of the name.
    """
    yield name
    inside = [text for text in _BRACKETS.findall(name) if text.strip()]
    outside = _BRACKETS.sub(" ", name).strip()
    if inside and outside and all(_is_acronym(text) for text in inside):
        yield outside
        yield from inside
    words = outside.split()
    for short, rest in ((words[-1:], words[:-1]), (words[:1], words[1:])):
        # "United Nations Development Programme UNDP"
        if len(rest) > 1 and _is_acronym(short[0]) and _stands_for(short[0].lower(), rest):
            yield " ".join(rest)
            yield short[0]
    halves = [half for half in _DASH.split(outside) if half.strip()]
    if len(halves) == 2:
        yield from (half for half in halves if _is_acronym(half))
        if _is_acronym(halves[0]) or _is_acronym(halves[1]):
            yield from (half for half in halves if len(half.split()) > 2)


def _is_acronym(text: str) -> bool:
    text = text.strip()
    return bool(_ACRONYM.fullmatch(text)) and text not in _NO_ACRONYMS


def _acronyms(part: str) -> Iterable[tuple[str, float]]:
    if _is_acronym(part):
        yield part.strip().lower(), SURE
    words = [
        word
        for word in split(part)
        if word not in _FILLERS or word in ("organisation", "organization")
    ]
    if 3 <= len(words) <= 8:
        yield "".join(word[0] for word in words), INITIALS


def _stands_for(short: str, words: Sequence[str]) -> bool:
    """Whether an acronym is made of the beginnings of words in their order: "SCODO" of "Solidarity Community
    Development Org". Small words may be passed over, others not, and each gives at most four letters.
    """
    told = [word for word in split(" ".join(words)) if len(word) > 0]
    return len(short) >= 3 and _begins(short, tuple(told))


@lru_cache(maxsize=50_000)
def _begins(short: str, words: tuple[str, ...]) -> bool:
    if not short or not words:
        return not short and all(word in _FILLERS for word in words)
    if words[0] in _FILLERS and _begins(short, words[1:]):
        return True
    return any(
        _begins(short[size:], words[1:])
        for size in range(1, _LONGEST_BEGINNING + 1)
        if size <= len(short) and words[0].startswith(short[:size])
    )


def main_keys(party: Party) -> tuple[str, ...]:
    """The one or two keys by which an organisation is looked up: its alias, else identifier and name."""
    found = [key for key, sure in keys(party.ref, party.name) if sure == SURE]
    aliases = [key for key in found if key.startswith("is:")]
    if aliases:
        return (aliases[0],)
    refs = [key for key in found if key.startswith("ref:")][:1]
    return (*refs, *[key for key in found if key.startswith("name:")][:1])


def numbered_keys(party: Party) -> tuple[tuple[int, float], ...]:
    """As `keys`, each as a stable number."""
    return tuple((number_of(key), sure) for key, sure in keys(party.ref, party.name))


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two organisations are (0 to 1) and by what: identifier, alias, acronym, name, blank or place."""

    score: float
    by: str


def likeness(a: Party, b: Party) -> Likeness:
    """How probably two mentions are one organisation; symmetric, 1 only by identifier or alias.

    Never merge by it: two branches of one family may share all but one word.
    """
    one, two = dict(keys(a.ref, a.name)), dict(keys(b.ref, b.name))
    shared = {key: one[key] * two[key] for key in one.keys() & two.keys()}
    kinds = {
        key.partition(":")[0]: sure
        for key, sure in sorted(shared.items(), key=lambda item: item[1])
    }
    for kind, score, by in (
        ("ref", 1.0, "identifier"),
        ("is", 1.0, "alias"),
        ("name", 0.97, "name"),
    ):
        if kind in kinds:
            return Likeness(score, by)
    aliases = [{key for key in keys_ if key.startswith("is:")} for keys_ in (one, two)]
    if aliases[0] and aliases[1]:
        return Likeness(0.05, "alias")
    joined = _unspaced(a.name or "")
    if joined is not None and joined == _unspaced(b.name or ""):
        return Likeness(_UNSPACED, "blank")
    close = _closeness(a.name or "", b.name or "")
    if kinds.get("short", 0.0) >= SAME or _one_stands_for_other(a.name or "", b.name or ""):
        letters = min(len((a.name or "").strip()), len((b.name or "").strip()))
        return Likeness(max(close.score, 0.9 if letters > 3 else 0.7), "acronym")
    if close.score < _PART_OF_ONE and _named_for_short(a.name or "", aliases[1]) | _named_for_short(
        b.name or "", aliases[0]
    ):
        return Likeness(_PART_OF_ONE, "acronym")
    return close


def _named_for_short(name: str, aliases: set[str]) -> bool:
    """Whether a longer name has the acronym of a known organisation in it: "UNDP Funding Windows"."""
    known = _aliases()[1]
    shorts = (word for word in re.findall(r"\w+", name) if _is_acronym(word))
    return any(f"is:{known.get(core(word))}" in aliases for word in shorts)


def _one_stands_for_other(a: str, b: str) -> bool:
    """Whether one is written as an acronym and the other spells it out."""
    return any(
        _is_acronym(short)
        and len(split(spelled)) > 1
        and _stands_for(short.strip().lower(), [spelled])
        for short, spelled in ((a, b), (b, a))
    )


def _closeness(a: str, b: str) -> Likeness:
    """Names word by word: rare words must find a partner, and a place must not differ."""
    one, two = core(a), core(b)
    if not one or not two:
        return Likeness(0.0, "name")
    if _places(a) != _places(b):
        return Likeness(0.3 * Indel.normalized_similarity(" ".join(one), " ".join(two)), "place")
    weights = {word: len(word) ** 0.5 for word in (*one, *two)}
    met = sum(_met(word, two) * weights[word] for word in one) + sum(
        _met(word, one) * weights[word] for word in two
    )
    score = met / (sum(weights[word] for word in one) + sum(weights[word] for word in two))
    # One whole word without any partner is what tells "Asian" and "African Development Bank" apart.
    alone = _is_one_alone(one, two) and _is_one_alone(two, one)
    return Likeness((0.5 if alone else 0.95) * score, "name")


def _is_one_alone(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether a whole word has no partner; of a script without blanks one sign more changes two pairs of signs."""
    return any(not is_cut(word) and _met(word, others) == 0.0 for word in words)


def _places(name: str) -> set[str]:
    words = split(name)
    return countries_in(words) | _BRANCHES.intersection(words)


def _met(word: str, others: tuple[str, ...]) -> float:
    if word in others:
        return 1.0
    if len(word) < _LONG_WORD:
        return 0.0
    best = max(JaroWinkler.normalized_similarity(word, other) for other in others)
    return best if best >= 0.9 else 0.0


class OrganisationIndex:
    """Known organisations, to ask "is this one probably one of them?"; it suggests, never merges."""

    def __init__(self, known: Mapping[str, Iterable[Party]]) -> None:
        """known: for each organisation's code every way in which it is written."""
        self._parties = {code: tuple(parties) for code, parties in known.items()}
        self._by_key: dict[str, set[str]] = {}
        for code, parties in self._parties.items():
            for party in parties:
                for key in _lookup_keys(party):
                    self._by_key.setdefault(key, set()).add(code)

    def suggest(
        self, party: Party, *, cutoff: float = 0.7, limit: int = 5
    ) -> list[tuple[str, Likeness]]:
        """The likeliest organisations by falling score, equal scores by code; at most `limit`."""
        return self._best([party], None, cutoff, limit)

    def alike(self, code: str, *, cutoff: float, limit: int) -> list[tuple[str, Likeness]]:
        """As `suggest`, for one of the known organisations by all that it is called; itself left out."""
        return self._best(self._parties[code], code, cutoff, limit)

    def _best(
        self, parties: Sequence[Party], own: str | None, cutoff: float, limit: int
    ) -> list[tuple[str, Likeness]]:
        best: dict[str, Likeness] = {}
        for party in parties:
            for code in self._near(party) - {own}:
                found = max((likeness(party, one) for one in self._parties[code]), key=_score)
                if code not in best or found.score > best[code].score:
                    best[code] = found
        kept = [(code, found) for code, found in best.items() if found.score >= cutoff]
        return sorted(kept, key=lambda item: (-item[1].score, item[0]))[:limit]

    def _near(self, party: Party) -> set[str]:
        """Who shares a key; a word that many have in their names says nothing."""
        found = set[str]()
        for key in _lookup_keys(party):
            codes = self._by_key.get(key, set())
            if key.startswith("begins:"):
                codes = codes if _is_acronym(party.name or "") else set()
            if len(codes) <= _CROWDED or not key.startswith("word:"):
                found |= codes
        return found


def _score(found: Likeness) -> float:
    return found.score


def _lookup_keys(party: Party) -> set[str]:
    name = party.name or ""
    own = {key for key, _ in keys(party.ref, party.name)}
    own |= {f"word:{word[:5]}" for word in core(name) if len(word) > 2 or is_cut(word)}
    if letters := _unspaced(name):
        own.add(f"letters:{letters}")
    # An acronym meets the names that begin with its first letter; which of them it stands for, likeness says.
    telling = [word for word in split(name) if word not in _FILLERS]
    if telling and (_is_acronym(name) or len(telling) >= _WORDS_OF_ACRONYM):
        own.add(f"begins:{telling[0][0]}")
    return own
