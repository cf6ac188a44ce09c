"""A digest in the reader's words: one order and one wording for the mail, its plain text and the page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from tacoord.errors import N_
from tacoord.matching.gaps import SENTENCES, SINCE_SENTENCE, GapKind, within_sentence
from tacoord.models import (
    AssistanceRequest,
    CoordinationGroup,
    GapState,
    Offer,
    OfferState,
    Overlap,
    Project,
    RequestState,
    Verdict,
)
from tacoord.services.digests.content import Content, Found
from tacoord.services.terms.wording import Words

KINDS: Final = {
    "same_activity": N_("Same activity"),
    "funder_implementer": N_("Funder and implementer"),
    "parent_child": N_("Programme and component"),
    "overlapping_effort": N_("Overlapping effort"),
    "complementary": N_("Complementary"),
    "unrelated": N_("Unrelated"),
}
PILLARS: Final = {
    "PROS": N_("Prosecution"),
    "PROT": N_("Protection"),
    "PREV": N_("Prevention"),
    "NCC": N_("National cooperation and coordination"),
    "ICC": N_("International cooperation and coordination"),
}
NOTES: Final = {
    "gaps": N_(
        "Worked out from the records that everybody with an account may see. "
        "On the pages each reader's own records count, too, so the number there can differ."
    )
}
"""What is counted in a section, by its name."""

REQUEST_STATES: Final = {
    RequestState.OPEN: N_("open"),
    RequestState.ACCEPTED: N_("an offer was accepted"),
    RequestState.CLOSED: N_("closed"),
}
OFFER_STATES: Final = {
    OfferState.STANDING: N_("standing offer"),
    OfferState.PENDING: N_("waits for an answer"),
    OfferState.ACCEPTED: N_("accepted"),
    OfferState.DECLINED: N_("declined"),
}
_MOST_PLACES: Final = 3
_DOT: Final = " · "


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a section. titles: people's own words (two for an overlap); sentence: ours, where there are none."""

    url: str
    titles: tuple[str, ...] = ()
    sentence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part. sign: overlap, request, gap, project or stale; more: how many are left out, "" for none;
    whole: words for the list of all, which goes beyond the group's scope, at more_url.

    note: what is counted here, where the reader would count otherwise; "" for nothing.
    """

    name: str
    sign: str
    heading: str
    lines: tuple[Line, ...]
    more: str
    whole: str
    more_url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """An issue in words. number: 0 for a preview; introduction: the secretary's own sentences."""

    words: Words
    group_code: str
    group_name: str
    title: str
    subject: str
    summary: tuple[str, ...]
    introduction: str
    sections: tuple[Section, ...]
    url: str
    group_url: str


def word(
    content: Content,
    group: CoordinationGroup,
    words: Words,
    *,
    base_url: str,
    number: int = 0,
    introduction: str = "",
    url: str = "",
) -> Digest:
    """Say `content` in `words`. base_url: what links begin with; "" for links inside the site."""
    said = headings(content, words) if content.span.since else first_headings(content, words)
    sections = sections_of(content, words, base_url, said)
    day = words.day(content.span.at)
    title = words.gettext(N_("%(group)s digest, %(day)s"), group=group.code, day=day)
    news = [each.heading for each in sections if each.name != "ending"]
    return Digest(
        words=words,
        group_code=group.code,
        group_name=group.name,
        title=title,
        subject=f"{title}: {words.series(news[:2])}" if news else title,
        summary=_summary(content, words, news),
        introduction=introduction,
        sections=sections,
        url=f"{base_url}{url}" if number else "",
        group_url=f"{base_url}/groups/{group.code}",
    )


def _summary(content: Content, words: Words, news: list[str]) -> tuple[str, ...]:
    """The sentences of the first screen."""
    since = content.span.since
    what = words.series(news)
    if news and since:
        first = words.gettext(N_("Since %(day)s: %(what)s."), day=words.day(since), what=what)
    elif news:
        first = words.gettext(N_("In the register so far: %(what)s."), what=what)
    elif since:
        first = words.gettext(
            N_("Nothing has changed in this group's scope since %(day)s."), day=words.day(since)
        )
    else:
        first = words.gettext(N_("Nothing is registered in this group's scope yet."))
    return (first, headings(content, words)["ending"] + ".") if content.ending else (first,)


def sections_of(
    content: Content, words: Words, base_url: str, said: Mapping[str, str]
) -> tuple[Section, ...]:
    """The sections that hold something, in order. said: their headings, by name."""
    return _Wording(content, words, base_url).sections(said)


def agenda_headings(content: Content, words: Words) -> dict[str, str]:
    """As `headings`, for what stands open rather than for what is new."""
    ngettext = words.ngettext
    return {
        **headings(content, words),
        "requests": ngettext(
            "%(num)s open request for assistance",
            "%(num)s open requests for assistance",
            content.requests.total,
        ),
        "gaps": ngettext("%(num)s gap", "%(num)s gaps", content.gaps.total),
    }


def first_headings(content: Content, words: Words) -> dict[str, str]:
    """As `headings`, for a first issue: what it tells of may be old, and is new to its readers alone."""
    ngettext = words.ngettext
    return {
        **agenda_headings(content, words),
        "requests": ngettext(
            "%(num)s request for assistance",
            "%(num)s requests for assistance",
            content.requests.total,
        ),
        "registered": ngettext("%(num)s project", "%(num)s projects", content.registered.total),
    }


def headings(content: Content, words: Words) -> dict[str, str]:
    """What each section holds, in words, by its name."""
    ngettext = words.ngettext
    return {
        "overlaps": ngettext(
            "%(num)s possible overlap to judge",
            "%(num)s possible overlaps to judge",
            content.overlaps.total,
        ),
        "requests": ngettext(
            "%(num)s new request for assistance",
            "%(num)s new requests for assistance",
            content.requests.total,
        ),
        "offers": ngettext(
            "%(num)s offer made or answered",
            "%(num)s offers made or answered",
            content.offers.total,
        ),
        "gaps": ngettext("%(num)s new gap", "%(num)s new gaps", content.gaps.total),
        "registered": ngettext(
            "%(num)s new project", "%(num)s new projects", content.registered.total
        ),
        "changed": ngettext(
            "%(num)s changed project", "%(num)s changed projects", content.changed.total
        ),
        "decided": ngettext(
            "%(num)s overlap judged", "%(num)s overlaps judged", content.decided.total
        ),
        "ending": ngettext(
            "%(num)s project ends within 3 months",
            "%(num)s projects end within 3 months",
            content.ending.total,
        ),
    }


class _Wording:
    """The sections of one reader's digest."""

    def __init__(self, content: Content, words: Words, base_url: str) -> None:
        self._content = content
        self._words = words
        self._base = base_url

    def sections(self, said: Mapping[str, str]) -> tuple[Section, ...]:
        """Those that hold something, in order."""
        content = self._content
        every: tuple[tuple[str, str, Callable[[Any], Line], str], ...] = (
            ("overlaps", "overlap", self._overlap, "/overlaps"),
            ("requests", "request", self._request, "/requests"),
            ("offers", "request", self._offer, "/offers"),
            ("gaps", "gap", self._gap, "/gaps"),
            ("registered", "project", self._project, "/projects"),
            ("changed", "project", self._project, "/projects"),
            ("decided", "covered", self._overlap, "/overlaps"),
            ("ending", "stale", self._project, "/projects"),
        )
        return tuple(
            self._section(name, sign, getattr(content, name), line, path, said[name])
            for name, sign, line, path in every
            if getattr(content, name)
        )

    def _section(
        self,
        name: str,
        sign: str,
        found: Found[Any],
        line: Callable[[Any], Line],
        path: str,
        heading: str,
    ) -> Section:
        left_out = found.total - len(found.rows)
        more = self._words.ngettext("and %(num)s more", "and %(num)s more", left_out)
        return Section(
            name=name,
            sign=sign,
            heading=heading,
            lines=tuple(line(row) for row in found.rows),
            more=more if left_out else "",
            whole=self._text(N_("See the whole list")),
            more_url=f"{self._base}{path}",
            note=self._text(NOTES[name]) if name in NOTES else "",
        )

    def _overlap(self, overlap: Overlap) -> Line:
        first, second = overlap.first, overlap.second
        judged = overlap.verdict is not Verdict.OPEN
        kind = self._words.gettext(KINDS[overlap.verdict if judged else overlap.kind])
        who = dict.fromkeys((first.organisation.name, second.organisation.name))
        return Line(
            url=f"{self._base}/overlaps/{overlap.public_id}",
            titles=(first.title, second.title),
            note=_DOT.join((kind, self._words.series(who))),
        )

    def _project(self, project: Project) -> Line:
        parts = [project.organisation.name, self._countries(project), self._pillars(project)]
        if project.ends:
            parts.append(self._text(N_("until %(day)s"), day=project.ends))
        return Line(
            url=f"{self._base}/projects/{project.public_id}",
            titles=(project.title,),
            note=_DOT.join(filter(None, parts)),
        )

    def _request(self, request: AssistanceRequest) -> Line:
        parts = [self._words.country(request.country)]
        if request.submitted_at:
            parts.append(self._text(N_("sent %(day)s"), day=request.submitted_at))
        if request.needed_by:
            parts.append(self._text(N_("needed by %(day)s"), day=request.needed_by))
        if request.state in REQUEST_STATES:
            parts.append(self._text(REQUEST_STATES[request.state]))
        return Line(
            url=f"{self._base}/requests/{request.public_id}",
            titles=(request.title,),
            note=_DOT.join(parts),
        )

    def _offer(self, offer: Offer) -> Line:
        parts = [offer.organisation.name]
        request = offer.request if offer.request_id in self._content.known_requests else None
        if request is not None:
            parts.append(self._words.country(request.country))
        parts.append(self._text(OFFER_STATES[offer.state]))
        path = f"/requests/{request.public_id}" if request else "/offers"
        return Line(
            url=f"{self._base}{path}",
            titles=(offer.title,),
            note=_DOT.join(parts),
        )

    def _gap(self, gap: GapState) -> Line:
        template = SENTENCES[GapKind(gap.kind.value)]
        values = self._evidence(gap.evidence)
        if gap.kind.value == GapKind.NO_PROJECT and values["since"]:
            template = SINCE_SENTENCE
        subject = within_sentence(self._pillar(gap.pillar))
        asked = {"country": gap.country, "pillar": gap.pillar}
        return Line(
            url=f"{self._base}/gaps?{urlencode(asked)}",
            sentence=self._text(
                template, country=self._words.country(gap.country), subject=subject, **values
            ),
        )

    def _evidence(self, evidence: Mapping[str, Any]) -> dict[str, Any]:
        """What the sentences of gaps ask for: days, and the date of an indicator as its source has it."""
        days = {
            name: date.fromisoformat(evidence[name]) if evidence.get(name) else None
            for name in ("since", "until")
        }
        signs = evidence.get("indicators") or [{}]
        return {**days, "as_of": self._words.as_of(signs[-1].get("as_of", ""))}

    def _countries(self, project: Project) -> str:
        names = [self._words.country(code) for code in project.codes("country")]
        more = len(names) - _MOST_PLACES
        if more > 0:
            rest = self._words.ngettext("%(num)s more", "%(num)s more", more)
            names = [*names[:_MOST_PLACES], rest]
        return self._words.series(names) if names else ""

    def _pillars(self, project: Project) -> str:
        return ", ".join(self._pillar(code) for code in project.codes("pillar"))

    def _pillar(self, code: str) -> str:
        return self._text(PILLARS[code]) if code in PILLARS else code

    def _text(self, message: str, **values: Any) -> str:
        said = {
            name: self._words.day(value) if isinstance(value, date) else value
            for name, value in values.items()
        }
        return self._words.gettext(message, **said)
