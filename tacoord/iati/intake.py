"""The bytes of a stranger's file, checked and in UTF-8, before an XML parser sees them."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from tacoord.iati.faults import UnreadableFile, fault

CHUNK = 1 << 16
_LONGEST_PROLOG = 1 << 20
_LONGEST_NAME = 300
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# Encodings in which a "<" is the byte "<" and nothing else, so that no DOCTYPE can hide.
_SUPPORTED = re.compile(r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|windows-125\d|cp125\d|latin-?1")
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00")
_PROLOG_PART = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_WEB_PAGE = re.compile(r"<!DOCTYPE\s+html\b", re.IGNORECASE)
_ROOT = re.compile(r"<(?:[^\s<>/!?:]+:)?([^\s<>/!?:]+)[\s/>]")


class Intake:
    """The chunks of a stream in UTF-8, and the local name of the root element.

    Raises UnreadableFile for an empty, compressed or oversized file, for one that does not begin
    with XML, and for a DOCTYPE: nothing has been parsed by then.
    """

    def __init__(self, stream: BinaryIO, *, max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._taken = 0
        self._refuse_known_size()
        self._head = self._take()
        self.encoding = _encoding(self._head)
        self.root = self._find_root()

    def chunks(self) -> Iterator[bytes]:
        """The whole file in UTF-8; raises UnreadableFile where it grows too large or is broken."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        raw, line = self._head, 1
        while True:
            try:
                text = decoder.decode(raw, final=not raw)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(self.encoding, "ignore")
                yield good.encode()
                raise UnreadableFile(
                    fault(
                        "encoding-broken",
                        line=line + good.count("\n"),
                        encoding=self.encoding.removesuffix("-sig").upper(),
                    )
                ) from error
            line += text.count("\n")
            if text:
                yield text.encode()
            if not raw:
                return
            raw = self._take()

    def _take(self) -> bytes:
        raw = self._stream.read(CHUNK)
        self._taken += len(raw)
        if self._taken > self._max_bytes:
            raise self._too_large()
        return raw

    def _refuse_known_size(self) -> None:
        # Better to take nothing of a file that is too large than its first part.
        if not self._stream.seekable():
            return
        here = self._stream.tell()
        size = self._stream.seek(0, io.SEEK_END) - here
        self._stream.seek(here)
        if size > self._max_bytes:
            raise self._too_large()

    def _too_large(self) -> UnreadableFile:
        return UnreadableFile(fault("file-too-large", limit_mb=max(self._max_bytes >> 20, 1)))

    def _find_root(self) -> str:
        while True:
            text = self._head.decode(self.encoding, "replace")
            rest = _after_prolog(text)
            if _WEB_PAGE.match(rest):
                raise UnreadableFile(fault("wrong-root", root="html"))
            if rest.startswith("<!DOCTYPE"):
                raise UnreadableFile(fault("doctype", line=_line(text, rest)))
            root = _ROOT.match(rest)
            if root:
                return root[1]
            # The head may end inside a comment, or inside the name of the root.
            unfinished = rest.startswith(("<!", "<?")) or len(rest) < _LONGEST_NAME
            more = self._take() if unfinished else b""
            if not more or len(self._head) > _LONGEST_PROLOG:
                raise UnreadableFile(fault("not-xml" if text.strip() else "empty-file"))
            self._head += more


def _encoding(head: bytes) -> str:
    if not head:
        raise UnreadableFile(fault("empty-file"))
    if head.startswith(_COMPRESSED):
        raise UnreadableFile(fault("compressed-file"))
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    declared = _DECLARED.match(head)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    # A file that can be read up to "UTF-16" in single bytes is not in UTF-16.
    if name.startswith("utf-16"):
        name = "utf-8"
    if not _SUPPORTED.fullmatch(name):
        raise UnreadableFile(fault("encoding-unknown", encoding=name))
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise UnreadableFile(fault("encoding-unknown", encoding=name)) from error


def _after_prolog(text: str) -> str:
    position = 1 if text.startswith("\ufeff") else 0
    while part := _PROLOG_PART.match(text, position):
        position = part.end()
    return text[position:]


def _line(text: str, rest: str) -> int:
    return 1 + text.count("\n", 0, len(text) - len(rest))
