"""The time line of projects: words as text, bars as SVG that stretches with the page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Final

from markupsafe import Markup

from tacoord.charts.signs import Sign, sign_in_text

MOST_YEAR_LABELS: Final = 7
NOBODY: Final = Markup('<rect class="tl-bare" width="100%" height="100%"/>')
YEARS_BACK, YEARS_AHEAD = 3, 6
"""How far from today's year the line reaches; what lies further off goes over the edge."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One project. starts, ends: first and last day, None where not stated.

    words: who and when, in the reader's language; it stands under the title.
    """

    title: str
    words: str
    starts: date | None
    ends: date | None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A pillar with its projects in the order to be shown.

    cliff: the last day of coverage, where nothing follows; cliff_words: that, as a sentence.
    """

    label: str
    bars: Sequence[Bar]
    cliff: date | None = None
    cliff_words: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day of one year to the last day of another."""

    first: date
    last: date

    def share(self, day: date) -> float:
        """Where the start of `day` lies, 0 to 100; what lies outside goes to the edge."""
        days = (day - self.first).days
        whole = (self.last - self.first).days + 1
        return round(min(max(days / whole, 0), 1) * 100, 2)


def project_timeline(
    lanes: Sequence[Lane],
    *,
    today: date,
    title: str,
    today_words: str,
    empty_words: str,
    heading: str = "h3",
    year_words: Callable[[int], str] = str,
) -> Markup:
    """Bars by pillar with today's line, and the days on which coverage ends marked.

    All words come in the reader's language: `title` for who listens, `today_words` beside the
    line, `empty_words` in a lane without projects. `heading` is the element of a lane's name.
    Styled by `static/charts.css`; bars shrink with the page, words do not.
    """
    span = span_of([bar for lane in lanes for bar in lane.bars], today)
    return Markup(
        '<div class="time-line" role="group" aria-label="{title}">{axis}{lanes}</div>'
    ).format(
        title=title,
        axis=_axis(span, today, today_words, year_words),
        lanes=Markup("").join(_lane(lane, span, today, empty_words, heading) for lane in lanes),
    )


def span_of(bars: Sequence[Bar], today: date) -> Span:
    """The whole years from the first start to the last end, with this year and the next in them.

    At most YEARS_BACK before this year and YEARS_AHEAD after it.
    """
    starts = [bar.starts.year for bar in bars if bar.starts]
    ends = [bar.ends.year for bar in bars if bar.ends]
    first = max(min([today.year, *starts]), today.year - YEARS_BACK)
    last = min(max([today.year + 1, *ends]), today.year + YEARS_AHEAD)
    return Span(date(first, 1, 1), date(last, 12, 31))


def _axis(span: Span, today: date, words: str, year_words: Callable[[int], str]) -> Markup:
    years = range(span.first.year, span.last.year + 1)
    step = ceil(len(years) / MOST_YEAR_LABELS)
    labels = [
        Markup('<text x="{:g}%" dx="4" y="34">{}</text>').format(
            span.share(date(year, 1, 1)), year_words(year)
        )
        for year in years[::step]
    ]
    here = span.share(today)
    label = Markup(
        '<text class="tl-today-words" x="{:g}%" y="13" text-anchor="{}">{}</text>'
    ).format(here, "start" if here < 10 else "end" if here > 90 else "middle", words)
    return Markup(
        '<div class="tl-row tl-axis" aria-hidden="true"><svg class="tl-track">{}{}{}</svg></div>'
    ).format(_years(span, top="20"), Markup("").join(labels), _today(span, today, top="18") + label)


def _lane(lane: Lane, span: Span, today: date, empty_words: str, heading: str) -> Markup:
    bare = _cliff(span, lane.cliff) if lane.bars else NOBODY
    backdrop = _years(span) + bare + _today(span, today)
    note = lane.cliff_words if lane.bars else empty_words
    head = Markup(
        '<div class="tl-row tl-head"><{tag} class="tl-name">{label}</{tag}>'
        '<svg class="tl-track" aria-hidden="true">{backdrop}</svg>{note}</div>'
    ).format(
        tag=Markup(heading),
        label=lane.label,
        backdrop=backdrop,
        note=_note(note),
    )
    rows = Markup("").join(_row(bar, span, today, backdrop) for bar in lane.bars)
    return Markup('<section>{}<ul role="list">{}</ul></section>').format(head, rows)


def _note(words: str) -> Markup:
    if not words:
        return Markup("")
    return Markup('<p class="tl-note">{} {}</p>').format(sign_in_text(Sign.GAP), words)


def _row(bar: Bar, span: Span, today: date, backdrop: Markup) -> Markup:
    name = Markup('<span dir="auto">{}</span>').format(bar.title)
    if bar.href is not None:
        name = Markup('<a href="{}" dir="auto">{}</a>').format(bar.href, bar.title)
    return Markup(
        '<li class="tl-row"><p class="tl-name">{name} <small>{words}</small></p>'
        '<svg class="tl-track" aria-hidden="true">{backdrop}{bar}</svg></li>'
    ).format(
        name=name,
        words=bar.words,
        backdrop=backdrop,
        bar=Markup("").join(_bar(bar, span, today)),
    )


def _bar(bar: Bar, span: Span, today: date) -> Iterator[Markup]:
    """The bar; a dashed edge where a day is not stated, an arrow where it goes over the edge."""
    left = 0.0 if bar.starts is None else span.share(bar.starts)
    right = 100.0 if bar.ends is None else span.share(date.fromordinal(bar.ends.toordinal() + 1))
    if bar.starts and bar.ends and (bar.ends < span.first or bar.starts > span.last):
        right = left = 0.0 if bar.ends < span.first else 100.0
    kind = "tl-over" if bar.ends and bar.ends < today else "tl-runs"
    if bar.starts and bar.starts > today:
        kind = "tl-planned"
    if bar.starts is None or bar.ends is None:
        kind += " tl-open"
    if right > left:
        yield Markup('<rect class="{}" x="{:g}%" width="{:g}%" y="9" height="14" rx="2"/>').format(
            kind, left, max(round(right - left, 2), 0.6)
        )
    if bar.starts and bar.starts < span.first:
        yield Markup('<path class="tl-arrow" d="M6 11v10L1 16z"/>')
    if bar.ends and bar.ends > span.last:
        yield Markup(
            '<svg x="100%" overflow="visible"><path class="tl-arrow" d="M-6 11v10l5-5z"/></svg>'
        )


def _years(span: Span, top: str = "0") -> Markup:
    return Markup("").join(
        Markup('<line class="tl-year" x1="{x:g}%" x2="{x:g}%" y1="{top}" y2="100%"/>').format(
            x=span.share(date(year, 1, 1)), top=top
        )
        for year in range(span.first.year, span.last.year + 1)
    )


def _cliff(span: Span, cliff: date | None) -> Markup:
    if cliff is None or not span.first <= cliff < span.last:
        return Markup("")
    x = span.share(date.fromordinal(cliff.toordinal() + 1))
    return Markup(
        '<rect class="tl-bare" x="{x:g}%" width="{rest:g}%" y="0" height="100%"/>'
        '<line class="tl-cliff" x1="{x:g}%" x2="{x:g}%" y1="0" y2="100%"/>'
    ).format(x=x, rest=round(100 - x, 2))


def _today(span: Span, today: date, top: str = "0") -> Markup:
    return Markup('<line class="tl-today" x1="{x:g}%" x2="{x:g}%" y1="{top}" y2="100%"/>').format(
        x=span.share(today), top=top
    )
