"""A text made comparable: letters, words, numbers of phases, codes and rarity."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import Final

from tacoord.matching.remembered import Remembered

_TAGS = re.compile(r"<[/a-zA-Z!][^<>]{0,200}>|_x000[dD]_|&(?:#?\w{1,8});")
_WORD = re.compile(r"[^\W_]+")
_NO_BLANKS = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_LETTERS = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
    "\u2019": "'",
    "\u02bc": "'",
    "\u2018": "'",
}


class _Plain(dict[int, str | None]):
    """What stands for a sign, for `str.translate`: nothing for diacritics and invisible signs."""

    def __missing__(self, code: int) -> str | None:
        sign = chr(code)
        plain = None if unicodedata.category(sign) in ("Mn", "Cf") else _LETTERS.get(sign, sign)
        self[code] = plain
        return plain


_PLAIN = _Plain()
# What ends a word of Latin letters; looking for the words takes three times as long.
_BLANKS = bytes(code if chr(code).isalnum() else 32 for code in range(128)).ljust(256)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=s\b)|(?<=\b[cdjlmnst])'(?=\w)")
_ROMAN = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
    "xi": 11,
    "xii": 12,
    "xiii": 13,
    "xiv": 14,
    "xv": 15,
}
_SPELLED = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6,
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6, "7th": 7, "8th": 8, "9th": 9, "10th": 10,
    "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "premiere": 1, "deuxieme": 2, "troisieme": 3,
    "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "primera": 1, "segunda": 2, "tercera": 3,
}  # fmt: skip
# A number beside one of these words counts parts of one whole: two numbers are two things.
_PARTS_TEXT = """
    phase phases ph round year stage part lot tranche component cycle series window volume vol batch
    cohort call annee etape partie composante tour fase etapa parte componente ronda ano serie faza
    chast
"""
_PARTS = frozenset(_PARTS_TEXT.split())
# A title with one of these words is that of a part of something larger.
_PIECES_TEXT = """
    component components subcomponent subcomponents subproject subprojects subgrant subaward workpackage
    composante composantes composant componente componentes subproyecto subcomponente komponente
    komponent komponenta компонент компонента подпроект
"""
_PIECES = frozenset(_PIECES_TEXT.split())
_SUB_PIECES = frozenset({"project", "projects", "component", "grant", "award"})
_GLUED = re.compile(r"(phase|round|year|part|lot|stage|fase|faza)(\d+|[ivx]+)")
# By their first letter, and what stands before it after that: it is looked for three times as fast.
_CAPITALS = re.compile(r"[A-Z](?<!\w.)[A-Z0-9]{1,9}\b")
_HASH_BITS = 31


def normalise(text: str) -> str:
    """The text in small letters without diacritics, marks-up, invisible signs and odd blanks."""
    if "<" in text or "&" in text or "_x000" in text:
        text = _TAGS.sub(" ", html.unescape(text))
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return text.translate(_PLAIN)


def split(text: str) -> list[str]:
    """The words of a text in their order, normalised; scripts without blanks give pairs of signs."""
    return split_normal(normalise(text))


def split_normal(text: str) -> list[str]:
    """As `split`, of a text that is normalised already."""
    if "'" in text:
        text = _APOSTROPHE.sub(" ", text)
    if text.isascii():
        return str(text.encode("ascii").translate(_BLANKS), "ascii").split()
    words = _WORD.findall(text)
    if not _NO_BLANKS.search(text):
        return words
    return [part for word in words for part in _parts(word)]


def _parts(word: str) -> Iterable[str]:
    """A word of a script without blanks as its overlapping pairs of signs."""
    at = 0
    for run in _NO_BLANKS.finditer(word):
        if run.start() > at:
            yield word[at : run.start()]
        signs = run.group()
        yield from (signs[i : i + 2] for i in range(max(1, len(signs) - 1)))
        at = run.end()
    if at < len(word):
        yield word[at:]


def stem(word: str) -> str:
    """The word without the commonest endings of a plural; numbers and short words as they are."""
    return _STEMS[word]


def stems(words: Iterable[str]) -> Iterable[str]:
    """The stem of each word."""
    return map(_STEMS.__getitem__, words)


def _stem(word: str) -> str:
    if len(word) < 4 or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


_STEMS: Final = Remembered(_stem)


def hashed(text: str) -> int:
    """A stable number of 64 bits for a text, the same in every process."""
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


NUMBERS: Final = Remembered(hashed)


def number_of(word: str) -> int:
    """A stable number of 31 bits for a word."""
    return NUMBERS[word] >> (64 - _HASH_BITS)


def phases(words: Sequence[str]) -> set[str]:
    """The numbers of phases, rounds, years and parts that a title names ("phase II" is "2").

    A roman numeral of two or more letters and a single "I" or "V" at the end count as well.
    """
    found: set[str] = set()
    if not any(map(_COUNTS.__getitem__, words)):
        return found
    for at, word in enumerate(words):
        if glued := _glued(word):
            found.add(glued)
        elif word in _ROMAN and (len(word) > 1 or at == len(words) - 1) and at > 0:
            found.add(str(_ROMAN[word]))
        elif word in _PARTS:
            for beside in words[at + 1 : at + 2] or ():
                if number := _count(beside):
                    found.add(str(number))
            if at and words[at - 1] in _SPELLED:
                found.add(str(_SPELLED[words[at - 1]]))
    return found


def _glued(word: str) -> str | None:
    """The number that a word such as "phase2" ends with."""
    glued = _GLUED.fullmatch(word)
    return str(_count(glued[2]) or glued[2]) if glued else None


def _counts(word: str) -> bool:
    """Whether a word may say which of several parts is meant."""
    return word in _ROMAN or word in _PARTS or _glued(word) is not None


_COUNTS: Final = Remembered(_counts)


def is_piece(words: Sequence[str]) -> bool:
    """Whether a title says that its project is a component of something larger."""
    if not _PIECES.isdisjoint(words):
        return True
    return "sub" in words and any(
        one == "sub" and other in _SUB_PIECES for one, other in pairwise(words)
    )


def _count(word: str) -> int | None:
    if word.isdigit() and len(word) <= 4:
        return int(word)
    return _ROMAN.get(word) or _SPELLED.get(word)


def numbers(words: Sequence[str]) -> set[str]:
    """Every number in a title, written one way: digits without leading zeros."""
    return {str(int(word)) for word in words if len(word) < 12 and word.isdecimal()}


def codes(words: Iterable[str]) -> set[str]:
    """Words of letters and digits mixed, such as the number of a grant or of a model."""
    return {
        word
        for word in words
        if not word.isalpha()
        and not word.isdecimal()
        and len(word) >= 3
        and word not in _SPELLED
        and any(sign.isdigit() for sign in word)
        and not _GLUED.fullmatch(word)
    }


def acronyms(text: str) -> set[str]:
    """Words that a text writes in capitals (small letters here), unless the whole text is capitals."""
    if text.isupper():
        return set()
    return {word.lower() for word in _CAPITALS.findall(text)}
