"""A text made comparable: its letters, words and stems."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
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


def is_cut(word: str) -> bool:
    """Whether a word of `split` is only signs beside each other in a script without blanks, and no word."""
    return not word.isascii() and _NO_BLANKS.fullmatch(word) is not None


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


def acronyms(text: str) -> set[str]:
    """Words that a text writes in capitals (small letters here), unless the whole text is capitals."""
    if text.isupper():
        return set()
    return {word.lower() for word in _CAPITALS.findall(text)}
