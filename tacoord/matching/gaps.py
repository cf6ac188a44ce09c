"""Where help is missing: statements about a country and pillar (and measure), each with its evidence."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from tacoord.errors import N_
from tacoord.months import months_between

ENDS_WITHIN_MONTHS: Final = 12


class GapKind(StrEnum):
    """What a gap says, the most pressing first."""

    REQUEST_UNANSWERED = "request_unanswered"
    COVERAGE_ENDS = "coverage_ends"
    NEED_INDICATED = "need_indicated"
    NO_PROJECT = "no_project"


SENTENCES: Final = {
    GapKind.REQUEST_UNANSWERED: N_(
        "%(country)s asked for help on %(subject)s on %(since)s. No offer has been accepted."
    ),
    GapKind.NEED_INDICATED: N_(
        "No project on %(subject)s in %(country)s, though a need was indicated (%(as_of)s)."
    ),
    GapKind.COVERAGE_ENDS: N_(
        "The last project on %(subject)s in %(country)s ends on %(until)s, and nothing follows."
    ),
    GapKind.NO_PROJECT: N_("No project on %(subject)s in %(country)s."),
}
SINCE_SENTENCE: Final = N_("No project on %(subject)s in %(country)s since %(since)s.")


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A country and a pillar, or one measure of the pillar."""

    country: str
    pillar: str
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A project in a cell, with its first and last day where stated.

    over: closed, cancelled or suspended, whatever its dates say.
    """

    id: str
    starts: date | None
    ends: date | None
    over: bool = False

    def runs(self, today: date) -> bool:
        """Whether it is under way on `today`; without an end it runs until somebody says that it is over."""
        return not self.over and not self.comes(today) and (self.ends is None or self.ends >= today)

    def comes(self, today: date) -> bool:
        """Whether it begins after `today`."""
        return not self.over and self.starts is not None and self.starts > today


@dataclass(frozen=True, slots=True)
class Ask:
    """A request in a cell that has no offer: its id and the day it was sent."""

    id: str
    sent: date


@dataclass(frozen=True, slots=True)
class Sign:
    """An indicator of need. as_of: year, year-month or day, as its source dates it."""

    indicator: str
    value: str
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class CellFacts:
    """All that is known of one cell."""

    cell: Cell
    work: Sequence[Work] = ()
    asks: Sequence[Ask] = ()
    signs: Sequence[Sign] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A statement. since: the day it has been true from; until: the day coverage ends, for what ends.

    work, asks, signs: the evidence.
    """

    kind: GapKind
    cell: Cell
    since: date | None = None
    until: date | None = None
    work: tuple[Work, ...] = ()
    asks: tuple[Ask, ...] = ()
    signs: tuple[Sign, ...] = ()

    @property
    def key(self) -> str:
        """The same text for the same gap on every day."""
        cell = self.cell
        return "|".join((self.kind.value, cell.country, cell.pillar, cell.measure or ""))

    @property
    def sentence(self) -> str:
        """The marked template of the statement; its places: country, subject, since, until, as_of."""
        if self.kind is GapKind.NO_PROJECT and self.since is not None:
            return SINCE_SENTENCE
        return SENTENCES[self.kind]

    def places(
        self, *, country: str, subject: str, day: Callable[[date], str], as_of: Callable[[str], str]
    ) -> dict[str, str]:
        """What goes into the places of the sentence.

        country, subject: their names; day, as_of: how the reader writes a day, and the date of an indicator.
        """
        return {
            "country": country,
            "subject": within_sentence(subject),
            "since": day(self.since) if self.since else "",
            "until": day(self.until) if self.until else "",
            "as_of": ", ".join(dict.fromkeys(as_of(sign.as_of) for sign in self.signs)),
        }


def find_gaps(facts: Iterable[CellFacts], *, today: date) -> list[Gap]:
    """Every gap of the cells, the most pressing kind first, then by cell."""
    gaps = [gap for each in facts for gap in _gaps_of(each, today)]
    urgency = {kind: place for place, kind in enumerate(GapKind)}
    return sorted(gaps, key=lambda gap: (urgency[gap.kind], gap.cell.country, gap.key))


def _gaps_of(facts: CellFacts, today: date) -> Iterator[Gap]:
    if facts.asks:
        first = min(ask.sent for ask in facts.asks)
        yield Gap(GapKind.REQUEST_UNANSWERED, facts.cell, since=first, asks=tuple(facts.asks))
    running = [work for work in facts.work if work.runs(today)]
    coming = [work for work in facts.work if work.comes(today)]
    if not running and not coming:
        yield _nobody(facts, today)
    elif not coming:
        yield from _ending(facts.cell, running, today)


def _nobody(facts: CellFacts, today: date) -> Gap:
    """No project now or to come: where a need is indicated, that is the stronger statement."""
    ended = [work.ends for work in facts.work if work.ends is not None and work.ends < today]
    since = max(ended, default=None)
    before = tuple(work for work in facts.work if work.ends is not None and work.ends == since)
    kind = GapKind.NEED_INDICATED if facts.signs else GapKind.NO_PROJECT
    return Gap(kind, facts.cell, since=since, work=before, signs=tuple(facts.signs))


def _ending(cell: Cell, running: Sequence[Work], today: date) -> Iterator[Gap]:
    """Every running project has an end, and the last of them is near."""
    ends = [work.ends for work in running if work.ends is not None]
    if not any(lasts_long(work.ends, today) for work in running):
        last = tuple(sorted(running, key=lambda work: (work.ends or today, work.id)))
        yield Gap(GapKind.COVERAGE_ENDS, cell, until=max(ends), work=last)


def lasts_long(ends: date | None, today: date) -> bool:
    """Whether work that runs goes on for so long that its last day is no gap yet."""
    return ends is None or months_between(today, ends) >= ENDS_WITHIN_MONTHS


def within_sentence(label: str) -> str:
    """A label as it stands inside a sentence: a small first letter, save where it begins an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
