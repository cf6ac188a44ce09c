"""Which language a text is told to be in, and which script its letters are of."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from tacoord.matching.remembered import Remembered

# ISO 639-2 codes of languages that aid is often written in, both the terminological and the bibliographic ones.
_THREE_LETTERS: Final = {
    "ara": "ar", "chi": "zh", "zho": "zh", "deu": "de", "ger": "de", "dut": "nl", "nld": "nl", "eng": "en",
    "fra": "fr", "fre": "fr", "ita": "it", "jpn": "ja", "kor": "ko", "nor": "no", "nob": "no", "por": "pt",
    "rus": "ru", "spa": "es", "swe": "sv",
}  # fmt: skip
# What BCP 47 writes where no one language is told.
_UNTOLD: Final = frozenset({"", "und", "mul", "mis", "zxx", "x"})
_LATIN: Final = re.compile(r"[a-z]")
# So many letters tell the script; a title of another script may have a few names in Latin letters.
TELLING: Final = 200
_LATIN_SHARE: Final = 2 / 3
# Japanese is written in three at once.
_ONE_SCRIPT: Final = {"hiragana": "cjk", "katakana": "cjk"}


def language_of(tag: str) -> str:
    """The language of a tag such as `en-GB`, two small letters where it has such a code; "" where none is told."""
    language = tag.strip().casefold().replace("_", "-").partition("-")[0]
    return "" if language in _UNTOLD else _THREE_LETTERS.get(language, language)


def script_of(plain: str) -> str:
    """The script of a normalised text ("latin", "cyrillic", "cjk"), "" without a letter.

    Names and acronyms in Latin letters make no Latin text of one in another script.
    """
    if plain.isascii():
        return "latin" if _LATIN.search(plain) else ""
    scripts = [_SCRIPTS[sign] for sign in plain[:TELLING] if sign.isalpha()]
    others = [script for script in scripts if script != "latin"]
    if len(others) <= len(scripts) * (1 - _LATIN_SHARE):
        return "latin" if scripts else ""
    return max(sorted(set(others)), key=others.count)


def _script(sign: str) -> str:
    name = unicodedata.name(sign, "").partition(" ")[0].lower()
    return _ONE_SCRIPT.get(name, name)


_SCRIPTS: Final = Remembered(_script)
