"""A gap as a sentence in the reader's language, with its evidence beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select

from tacoord.extensions import db
from tacoord.matching.gaps import Gap, GapKind
from tacoord.models import AssistanceRequest, Project
from tacoord.services.coverage.gaps import INDICATOR_WORDS
from tacoord.services.terms import wording
from tacoord.services.terms.country_names import country_name
from tacoord.services.terms.vocabularies import labels
from tacoord.services.visibility import counted_projects, request_clause
from tacoord.web.filters import day_words, reader_locale
from tacoord.web.gate import viewer


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said, the sign and the word of its kind, its evidence as (words, address), and what to do next."""

    gap: Gap
    sentence: str
    sign: str
    evidence: tuple[tuple[str, str | None], ...]
    country: str


def in_words(gaps: Sequence[Gap]) -> list[Statement]:
    """The gaps as sentences, with the titles of the records that the reader may see."""
    session = db.session()
    projects, requests = record_ids(gaps)
    titles: dict[str, str] = {}
    for table, ids, clause in (
        (Project, projects, counted_projects(viewer())),
        (AssistanceRequest, requests, request_clause(viewer())),
    ):
        rows = select(table.public_id, table.title).where(table.public_id.in_(ids), clause)
        titles.update((row.public_id, row.title) for row in session.execute(rows))
    subjects = {**labels(session, "pillar"), **labels(session, "measure")}
    return [_statement(gap, subjects, titles) for gap in gaps]


def kind_words(kind: GapKind) -> str:
    """The name of a kind of gap."""
    words: dict[GapKind, str] = {
        GapKind.REQUEST_UNANSWERED: _("Request unanswered"),
        GapKind.NEED_INDICATED: _("Need indicated, no project"),
        GapKind.COVERAGE_ENDS: _("Coverage ends"),
        GapKind.NO_PROJECT: _("No project"),
    }
    return words[kind]


def record_ids(gaps: Iterable[Gap]) -> tuple[set[str], set[str]]:
    """The public ids of the projects and of the requests that the evidence names."""
    projects: set[str] = set()
    requests: set[str] = set()
    for gap in gaps:
        projects.update(work.id for work in gap.work)
        requests.update(ask.id for ask in gap.asks)
    return projects, requests


def indicator_words(indicator: str, value: str) -> str:
    """What an indicator says, as words."""
    if value == "yes" and indicator in INDICATOR_WORDS:
        return str(_(INDICATOR_WORDS[indicator]))
    return f"{indicator}: {value}"


def as_of_words(as_of: str) -> str:
    """The date of a source as it is known: a year, "Apr 2009", or a day."""
    return wording.as_of_words(as_of, reader_locale())


def _statement(gap: Gap, subjects: Mapping[str, str], titles: Mapping[str, str]) -> Statement:
    country = country_name(gap.cell.country, str(get_locale()))
    code = gap.cell.measure or gap.cell.pillar
    sentence = _(gap.sentence) % gap.places(
        country=country, subject=subjects.get(code, code), day=day_words, as_of=as_of_words
    )
    sign = "request" if gap.kind is GapKind.REQUEST_UNANSWERED else "gap"
    return Statement(gap, sentence, sign, tuple(_evidence(gap, titles)), country)


def _evidence(gap: Gap, titles: Mapping[str, str]) -> Iterable[tuple[str, str | None]]:
    for work in gap.work:
        title = titles.get(work.id)
        if title:
            until = day_words(work.ends) if work.ends else _("not stated")
            words = _("%(title)s, until %(day)s", title=title, day=until)
            yield words, url_for("projects.show", project_id=work.id)
    for ask in gap.asks:
        title = titles.get(ask.id)
        if title:
            words = _("%(title)s, sent %(day)s", title=title, day=day_words(ask.sent))
            yield words, url_for("assistance.show", request_id=ask.id)
    for sign in gap.signs:
        words = _(
            "%(indicator)s, %(as_of)s (%(source)s)",
            indicator=indicator_words(sign.indicator, sign.value),
            as_of=as_of_words(sign.as_of),
            source=sign.source,
        )
        yield words, None
