"""The list of projects as its address asks for it: the question, its filters in words, its orders."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from tacoord.extensions import db
from tacoord.models import Organisation, ProjectState, utcnow
from tacoord.services.exchange.imports import touched_by
from tacoord.services.organisations.organisations import find_by_code
from tacoord.services.projects.query import ProjectPage, ProjectQuery, ProjectSort
from tacoord.services.visibility import Viewer
from tacoord.web.gate import viewer
from tacoord.web.query import address_with, page_asked, question
from tacoord.web.term_choices import words_of

TERM_FILTERS: Final = {
    "country": "country",
    "region": "region",
    "pillar": "pillar",
    "measure": "measure",
    "status": "activity-status",
}
"""The filters that take a code, with the vocabulary of each."""
_MOST_MONTHS: Final = 120


def asked() -> ProjectQuery:
    """The question of the present address."""
    asked = question()
    organisation = asked.record("organisation", _find_organisation)
    return ProjectQuery(
        today=utcnow().date(),
        text=asked.text("q"),
        country=asked.code("country", words_of(TERM_FILTERS["country"])),
        region=asked.code("region", words_of(TERM_FILTERS["region"])),
        pillar=asked.code("pillar", words_of(TERM_FILTERS["pillar"])),
        measure=asked.code("measure", words_of(TERM_FILTERS["measure"])),
        status=asked.code("status", words_of(TERM_FILTERS["status"])),
        organisation=organisation.code if organisation else None,
        running=asked.flag("running"),
        ends_within=asked.whole("ends", 1, _MOST_MONTHS),
        stale=asked.flag("stale"),
        mine=asked.flag("mine"),
        among=asked.record("import", lambda key: touched_by(db.session(), key, viewer())),
        state=asked.choice("state", ProjectState) or ProjectState.PUBLISHED,
        sort=asked.choice("sort", ProjectSort) or ProjectSort.UPDATED_FALLING,
        page=page_asked(),
    )


def chips(query: ProjectQuery) -> list[tuple[str, str]]:
    """(words, address without it) of each filter in force."""
    words: dict[str, str] = {}
    if query.text:
        words["q"] = _("“%(text)s”", text=query.text)
    for name, vocabulary in TERM_FILTERS.items():
        code = getattr(query, name)
        if code:
            words[name] = words_of(vocabulary).get(code, code)
    if query.organisation:
        found = _find_organisation(query.organisation)
        words["organisation"] = found.name if found else query.organisation
    if query.running:
        words["running"] = _("under way today")
    if query.ends_within is not None:
        words["ends"] = ngettext(
            "ends within %(num)s month", "ends within %(num)s months", query.ends_within
        )
    if query.stale:
        words["stale"] = _("not confirmed for half a year")
    if query.among is not None:
        words["import"] = _("of one import")
    if query.mine:
        words["mine"] = _("of my organisation")
    if query.state is not ProjectState.PUBLISHED:
        words["state"] = state_words(query.state)
    return [(said, address_with("projects.index", **{name: None})) for name, said in words.items()]


def tabs(query: ProjectQuery, viewer: Viewer, *, reports: bool) -> Sequence[tuple[Any, ...]]:
    """(words, address, current, count) of the lists: all, and for who reports also the own ones and drafts."""
    everything = not query.mine and query.state is ProjectState.PUBLISHED
    made: list[tuple[Any, ...]] = [(_("All"), url_for("projects.index"), everything, None)]
    if viewer.organisation_ids and reports:
        own = query.mine and query.state is ProjectState.PUBLISHED
        made.append((_("Of my organisation"), url_for("projects.index", mine="1"), own, None))
        for state, words in (
            (ProjectState.DRAFT, _("Drafts")),
            (ProjectState.WITHDRAWN, _("Withdrawn")),
        ):
            address = url_for("projects.index", mine="1", state=state.value)
            made.append((words, address, query.state is state, None))
    return made


def lead(found: ProjectPage, query: ProjectQuery) -> str:
    """How many there are, as the sentence under the title."""
    if not found.counted_all:
        return str(_("More than 10,000 projects. Narrow them down by a filter."))
    if query.state is ProjectState.DRAFT:
        return str(ngettext("%(num)s unfinished draft", "%(num)s unfinished drafts", found.total))
    return str(ngettext("%(num)s project", "%(num)s projects", found.total))


def neighbours(found: ProjectPage) -> Mapping[str, str | None]:
    """The addresses of the pages before and after."""
    return {
        "newer": address_with("projects.index", page=found.page - 1) if found.page > 1 else None,
        "older": address_with("projects.index", page=found.page + 1) if found.more else None,
    }


def state_words(state: ProjectState) -> str:
    """Where a record is on its way."""
    words: dict[ProjectState, str] = {
        ProjectState.DRAFT: _("draft"),
        ProjectState.PUBLISHED: _("registered"),
        ProjectState.WITHDRAWN: _("withdrawn"),
    }
    return words[state]


def _find_organisation(code: str) -> Organisation | None:
    return find_by_code(db.session(), code, viewer())
