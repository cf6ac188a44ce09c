"""Texts of an XML element made tidy, and the language that each is in."""

import re
from collections.abc import Iterator
from typing import cast

from lxml.etree import _Element

UNDETERMINED = "und"
"""The language code for "the file does not say"."""

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")


# Control characters that are really the quotation marks and dashes of Windows-1252.
_CONTROLS = {code: bytes([code]).decode("cp1252", "ignore") or None for code in range(0x80, 0xA0)}


def tidy_line(text: str | None) -> str:
    """`text` on one line: every run of white space is one space, none at the ends."""
    return " ".join((text or "").translate(_CONTROLS).split())


def tidy_text(text: str | None) -> str:
    """`text` with its paragraphs kept: no spaces around lines, no more than one empty line."""
    shown = (text or "").translate(_CONTROLS)
    lines = _SPACES.sub(" ", "\n".join(shown.splitlines())).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


def without_forbidden(text: str) -> str:
    """`text` without the characters that XML 1.0 cannot hold."""
    return _FORBIDDEN.sub("", text)


def language(raw: str | None, default: str) -> str:
    """The language part of `raw` ("EN", "fr-CA") in small letters, else `default`."""
    part = re.split("[-_]", (raw or "").strip().lower(), maxsplit=1)[0]
    return part if re.fullmatch("[a-z]{2,3}", part) else default


def narratives(element: _Element, default: str) -> Iterator[tuple[str, str]]:
    """Language and raw text of each narrative of a 2.x element, or of a 1.x element's own text."""
    own = language(element.get(LANG), default)
    found = False
    for narrative in element.iterchildren("narrative"):
        found = True
        yield language(narrative.get(LANG), own), full_text(narrative)
    if not found:
        yield own, full_text(element)


def line_of(element: _Element) -> int | None:
    """The line of the file where the element begins."""
    return cast("int | None", element.sourceline)


def full_text(element: _Element) -> str:
    """All text in the element, also in elements that do not belong there."""
    if len(element) == 0:
        return element.text or ""
    return "".join(str(part) for part in element.itertext())


def texts(element: _Element, default: str) -> dict[str, str]:
    """Language to one-line text; the first text of a language is kept, empty ones are not."""
    said: dict[str, str] = {}
    for lang, raw in narratives(element, default):
        line = tidy_line(raw)
        if line:
            said.setdefault(lang, line)
    return said
