import gzip
import io
import time

import pytest

from tacoord.iati.activity import Activity
from tacoord.iati.faults import MESSAGES, FileProblem, Refused, UnreadableFile
from tacoord.iati.notes import Limits
from tacoord.iati.reader import read
from tests.iati.samples import activity_xml, codes_of, file_xml, outcomes

GOOD = file_xml(activity_xml("A"))
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 10}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/hostname">]>'


def unreadable(content: bytes | str) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        outcomes(content)
    return caught.value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b" \n\t ", "empty-file"),
        (b"\xef\xbb\xbf", "empty-file"),
        (b"Dear all, please find attached", "not-xml"),
        (b"identifier;title\n" + b"A;B\n" * 20_000, "not-xml"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not-xml"),
        (gzip.compress(GOOD.encode()), "compressed-file"),
        (b"PK\x03\x04 and more", "compressed-file"),
        (b"<iati-organisations version='2.03'/>", "organisation-file"),
        (b"<html><body>Not found<br></body></html>", "wrong-root"),
        (b"<!doctype html><html><body>Not found</body></html>", "wrong-root"),
        (b"<rss version='2.0'><channel/></rss>", "wrong-root"),
        (GOOD.replace("UTF-8", "UTF-7").encode(), "encoding-unknown"),
        (GOOD.replace("UTF-8", "EBCDIC-CP-US").encode(), "encoding-unknown"),
        (b"<iati-activities", "not-xml"),
        (b"<iati-activities version", "cut-off"),
        (b"<iati-activities><iati-activ", "cut-off"),
        (b"<iati-activities></iati-activity>", "broken-xml"),
        (b"<!-- " + b"x" * (2 << 20), "not-xml"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_has_one_clear_line(content: bytes, code: str) -> None:
    error = unreadable(content)
    assert error.problem.code == code
    assert str(error) == str(error.problem) == MESSAGES[code] % error.problem.values
    assert "\n" not in str(error)


@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, "<!DOCTYPE iati-activities>"])
@pytest.mark.parametrize("before", ["", "<!-- " + "x" * 200_000 + " -->", "<?a b?>\n\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_doctype_is_refused_before_anything_is_parsed(
    doctype: str, before: str, encoding: str
) -> None:
    body = activity_xml("A", title="<title>&a8;</title>")
    content = f'<?xml version="1.0"?>{before}{doctype}<iati-activities>{body}</iati-activities>'
    started = time.monotonic()
    assert unreadable(content.encode(encoding)).problem.code == "doctype"
    assert time.monotonic() - started < 1


def test_a_doctype_after_the_beginning_is_no_xml() -> None:
    found = outcomes(f"<iati-activities>{activity_xml('A')}{LAUGHS}</iati-activities>")
    assert [codes_of(outcome) for outcome in found] == [[], ["broken-xml"]]


@pytest.mark.parametrize("cut", [1, 8, 20, 30, 45, 80, 120, 160])
def test_what_comes_before_a_cut_is_kept(cut: int) -> None:
    found = outcomes(file_xml(activity_xml("A"), activity_xml("B"))[: -len("\n") - cut])
    assert isinstance(found[0], Activity)
    assert isinstance(found[-1], FileProblem)
    assert codes_of(found[-1]) == ["cut-off"]
    assert found[-1].problem.line in (4, 5)
    assert len(found) == 3


def test_the_activity_that_a_cut_falls_into_is_refused_by_its_identifier() -> None:
    content = file_xml(activity_xml("A"), activity_xml("B"))
    refused, problem = outcomes(content[: content.index("</title>", 400)])[1:]
    assert isinstance(refused, Refused)
    assert (refused.iati_identifier, refused.line) == ("B", 4)
    assert codes_of(refused) == ["incomplete-activity"]
    assert codes_of(problem) == ["cut-off"]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("<title>&nbsp;</title>", "unknown-entity"),
        ("<title>\x01</title>", "bad-character"),
        ("<title>&#0;</title>", "bad-character"),
        ("<title>Q&A</title>", "broken-xml"),
        ("<title>one</titel>", "broken-xml"),
        ("<x>" * 400, "too-deep"),
        ("<a b='1' b='2'/>", "broken-xml"),
    ],
)
def test_broken_xml_stops_reading_with_its_line_and_keeps_what_came_before(
    broken: str, code: str
) -> None:
    padding = "<description>x</description>\n" * 9_000
    content = file_xml(activity_xml("A"), activity_xml("B", more=broken + padding))
    found = outcomes(content)
    assert [codes_of(outcome) for outcome in found] == [[], ["incomplete-activity"], [code]]
    assert isinstance(found[2], FileProblem)
    assert found[2].problem.line == 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_unicode_encoding_is_read(encoding: str) -> None:
    title = "<title>Réseaux d’entraide 人口贩运</title>"
    [found] = outcomes(file_xml(activity_xml("A", title=title)).encode(encoding))
    assert isinstance(found, Activity)
    assert found.title == "Réseaux d’entraide 人口贩运"


def test_a_declared_encoding_of_the_west_is_read() -> None:
    content = file_xml(activity_xml("A", title="<title>Réseau “A”</title>"))
    declared = content.replace("UTF-8", "windows-1252").encode("cp1252")
    [found] = outcomes(declared)
    assert isinstance(found, Activity)
    assert found.title == "Réseau “A”"


def test_bytes_that_are_not_in_the_encoding_stop_reading_at_their_line() -> None:
    content = file_xml(activity_xml("A"), activity_xml("B", title="<title>Réseau</title>"))
    found = outcomes(content.encode("latin-1"))
    assert [codes_of(outcome) for outcome in found] == [
        [], ["incomplete-activity"], ["encoding-broken"],
    ]  # fmt: skip
    assert isinstance(found[2], FileProblem)
    assert found[2].problem.line == 4
    assert "UTF-8" in str(found[2].problem)


class Pipe(io.RawIOBase):
    """Bytes that can be read once and have no known length."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = list(parts)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._parts.pop(0) if self._parts else b""


def test_a_file_known_to_be_too_large_is_not_begun() -> None:
    with pytest.raises(UnreadableFile) as caught:
        next(read(io.BytesIO(b" " * (1 << 20) + GOOD.encode()), max_bytes=1 << 20))
    assert str(caught.value) == "The file is larger than 1 MB."


def test_a_stream_that_grows_too_large_is_left() -> None:
    pipe = Pipe(b"<iati-activities>" + activity_xml("A").encode(), b" " * 500, b" " * 9_000)
    found = list(read(pipe, max_bytes=5_000))  # type: ignore[arg-type]
    assert [codes_of(outcome) for outcome in found] == [[], ["file-too-large"]]


class EndlessText(io.RawIOBase):
    """An activity whose text does not end before 200 MB; counts what was asked for."""

    def __init__(self, opening: bytes) -> None:
        self._opening = opening
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self.given > 200 << 20:
            return b""
        part, self._opening = self._opening or b"x" * 65_536, b""
        self.given += len(part)
        return part


def first_code(stream: EndlessText) -> str:
    try:
        return codes_of(next(read(stream, max_bytes=300 << 20)))[0]  # type: ignore[arg-type]
    except UnreadableFile as error:
        return error.problem.code


@pytest.mark.parametrize(
    "opening",
    [
        b"<iati-activities><iati-activity><title>",
        b"<iati-activities><iati-activity default-currency='",
        b"<iati-activities><!-- ",
        b"<iati-activities><",
    ],
)
def test_a_text_without_end_is_left_early(opening: bytes) -> None:
    stream = EndlessText(opening)
    assert first_code(stream) in {
        "too-deep", "activity-too-large", "incomplete-activity", "cut-off", "not-xml",
    }  # fmt: skip
    assert stream.given < 25 << 20


def test_an_activity_without_end_is_left_early() -> None:
    endless = "<sector code='15160'/>\n" * 3_000
    content = file_xml(activity_xml("A"), activity_xml("B", more=endless * 4))
    found = list(read(io.BytesIO(content.encode()), limits=Limits(activity_bytes=100_000)))
    assert [codes_of(outcome) for outcome in found] == [
        [], ["incomplete-activity"], ["activity-too-large"],
    ]  # fmt: skip
