"""XML stream -> Activities, and what was wrong with each of the rest; memory stays small."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import BinaryIO, cast

from lxml import etree
from lxml.etree import _Element

from tacoord.iati.activity import Activity
from tacoord.iati.element import read_activity
from tacoord.iati.faults import Fault, FileProblem, Refused, UnreadableFile, fault
from tacoord.iati.intake import Intake
from tacoord.iati.notes import Limits
from tacoord.iati.texts import line_of, tidy_line

DEFAULT_MAX_BYTES = 50 << 20

Outcome = Activity | Refused | FileProblem

_ROOTS = frozenset(("iati-activities", "iati-activity", "result"))
_FAULT_OF_PARSER_ERROR = {
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: "cut-off",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "unknown-entity",
    etree.ErrorTypes.ERR_INVALID_CHAR: "bad-character",
    etree.ErrorTypes.ERR_RESOURCE_LIMIT: "too-deep",
}


def read(
    stream: BinaryIO,
    *,
    max_bytes: int = DEFAULT_MAX_BYTES,
    known_countries: Collection[str] | None = None,
    limits: Limits | None = None,
) -> Iterator[Outcome]:
    """What becomes of each iati-activity of the file, in its order: an Activity or a Refusal.

    known_countries: the ISO alpha-2 codes that exist; None lets every code pass. A FileProblem
    comes last, where reading had to stop early. Raises UnreadableFile, on the first step, where
    nothing can be read. An activity that is in the file twice comes twice; if the two differ, the
    second is refused.
    """
    intake = Intake(stream, max_bytes=max_bytes)
    if intake.root == "iati-organisations":
        raise UnreadableFile(fault("organisation-file"))
    seen: dict[str, tuple[bytes, int]] = {}
    outcomes = 0
    for outcome in _Reading(intake, known_countries, limits or Limits()).outcomes():
        if isinstance(outcome, FileProblem) and outcomes == 0:
            raise _unreadable(outcome.problem, intake.root)
        outcomes += 1
        yield _unless_repeated(outcome, seen) if isinstance(outcome, Activity) else outcome
    if outcomes == 0 and intake.root != "iati-activities":
        raise _unreadable(None, intake.root)


def _unreadable(problem: Fault | None, root: str) -> UnreadableFile:
    # Of a web page it helps more to know that it is one than where its XML is broken.
    if problem is None or (problem.code == "broken-xml" and root not in _ROOTS):
        problem = fault("wrong-root", root=root)
    return UnreadableFile(problem)


def _unless_repeated(activity: Activity, seen: dict[str, tuple[bytes, int]]) -> Activity | Refused:
    digest = bytes.fromhex(activity.digest())
    first, first_line = seen.setdefault(activity.iati_identifier, (digest, activity.line or 0))
    if first == digest:
        return activity
    reason = fault(
        "repeated-identifier", "iati-identifier", line=activity.line, first_line=first_line
    )
    return Refused(activity.iati_identifier, activity.line, (reason,))


class _Reading:
    """One pass over a file: the parser, and how far it has come."""

    def __init__(
        self, intake: Intake, known_countries: Collection[str] | None, limits: Limits
    ) -> None:
        self._intake = intake
        self._known_countries = known_countries
        self._limits = limits
        self._open: list[_Element] = []
        self._activities = 0
        self._pending_bytes = 0
        self._line = 1
        self._ending = b""
        # Entities: files with a DOCTYPE never come here, so none can be declared, and lxml's
        # default makes an undeclared one an error; resolve_entities=False would drop it unseen.
        self._parser = etree.XMLPullParser(
            events=("start", "end"),
            tag="{*}iati-activity",
            encoding="utf-8",
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def outcomes(self) -> Iterator[Outcome]:
        """Every activity's outcome; a FileProblem last where the end was not reached."""
        try:
            for chunk in self._intake.chunks():
                problem = self._feed(chunk)
                yield from self._finished()
                problem = problem or self._over_limit()
                if problem:
                    yield from self._stopped(problem)
                    return
        except UnreadableFile as error:
            yield from self._finished()
            yield from self._stopped(error.problem)
            return
        problem = self._close()
        yield from self._finished()
        if problem:
            yield from self._stopped(problem)

    def _feed(self, chunk: bytes) -> Fault | None:
        self._pending_bytes += len(chunk)
        self._line += chunk.count(b"\n")
        self._ending = chunk[-100:]
        try:
            self._parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            return _fault_of(error, b">")
        return None

    def _close(self) -> Fault | None:
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            return _fault_of(error, self._ending)
        return None

    def _finished(self) -> Iterator[Activity | Refused]:
        for event, found in self._parser.read_events():
            element = cast("_Element", found)
            if event == "start":
                self._open.append(element)
                continue
            self._open.pop()
            self._pending_bytes = 0
            self._activities += 1
            if self._activities <= self._limits.activities:
                yield self._outcome(element)
            _release(element, inside=bool(self._open))

    def _outcome(self, element: _Element) -> Activity | Refused:
        if self._open:
            identifier = tidy_line(element.findtext("{*}iati-identifier")) or None
            reason = fault("nested-activity", "iati-activity", line=line_of(element))
            return Refused(identifier, line_of(element), (reason,))
        return read_activity(element, known_countries=self._known_countries, limits=self._limits)

    def _over_limit(self) -> Fault | None:
        if self._activities > self._limits.activities:
            return fault("too-many-activities", limit=self._limits.activities)
        if self._pending_bytes > self._limits.activity_bytes:
            limit = max(self._limits.activity_bytes >> 20, 1)
            return fault("activity-too-large", line=self._line, limit_mb=limit)
        return None

    def _stopped(self, problem: Fault) -> Iterator[Outcome]:
        for element in self._open:
            identifier = tidy_line(element.findtext("{*}iati-identifier")) or None
            reason = fault("incomplete-activity", "iati-activity", line=line_of(element))
            yield Refused(identifier, line_of(element), (reason,))
        yield FileProblem(problem if problem.line else replace(problem, line=self._line))


def _release(element: _Element, *, inside: bool) -> None:
    """Free the element and what came before it in the tree: it is not needed again."""
    element.clear()
    if inside:
        return
    for ancestor in (element, *element.iterancestors()):
        parent = ancestor.getparent()
        while parent is not None and ancestor.getprevious() is not None:
            del parent[0]


def _fault_of(error: etree.XMLSyntaxError, ending: bytes) -> Fault:
    kind: int = getattr(error, "code", 0)
    code = _FAULT_OF_PARSER_ERROR.get(kind, "broken-xml")
    # A file cut inside a tag has many names; what they share is that the file does not end in one.
    if code == "broken-xml" and not ending.rstrip().endswith(b">"):
        code = "cut-off"
    return fault(code, line=error.lineno)
