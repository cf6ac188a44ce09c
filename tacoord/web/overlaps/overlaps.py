"""Overlaps: the queue of pairs to be judged, and one pair side by side."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tacoord.errors import Conflict, Forbidden, Invalid, NotFound
from tacoord.extensions import db
from tacoord.models import Kind, Overlap, Project, Verdict
from tacoord.services.exchange.imports import touched_by
from tacoord.services.organisations.organisations import find_by_code
from tacoord.services.overlaps.overlaps import (
    MOST_FLAGS,
    OverlapPage,
    OverlapQuery,
    Sort,
    Stand,
    decide,
    get_overlap,
    hindrance,
    list_overlaps,
    reopen,
)
from tacoord.services.overlaps.query import capped_projects, next_open, organisations_of_queue
from tacoord.services.projects.projects import find_project
from tacoord.services.terms.vocabularies import labels, labels_of
from tacoord.web.forms import say, version_of
from tacoord.web.gate import actor, allowed, viewer
from tacoord.web.overlap_lines import lines_of
from tacoord.web.overlap_words import (
    EFFECTS,
    effect_words,
    kind_labels,
    order_words,
    sort_words,
    stand_words,
)
from tacoord.web.overlaps.side_by_side import heads_of, rows_of
from tacoord.web.query import address_with, chips_of, question
from tacoord.web.reasons import reasons_of, strongest, why_called
from tacoord.web.term_choices import words_of

bp = Blueprint("overlaps", __name__, url_prefix="/overlaps")

_FILTERS: Final = (
    "country",
    "pillar",
    "organisation",
    "kind",
    "score",
    "mine",
    "project",
    "import",
    "verdict",
)
_VOCABULARIES: Final = (
    "region", "pillar", "measure", "exploitation", "target-group", "assistance-kind", "mandate",
    "sector", "activity-status",
)  # fmt: skip


@bp.get("")
@allowed("overlap.list")
def index() -> ResponseReturnValue:
    """What shall be judged next?"""
    query, options = _query(), _options()
    single = question().flag("single")
    found = list_overlaps(db.session(), viewer(), query)
    return render_template(
        "overlaps/index.html",
        lines=lines_of(found.rows, _country_names(), fold=not single),
        found=found,
        query=query,
        total=_total_words(found, query),
        tabs=_tabs(query),
        sorts=_sorts(query),
        chips=chips_of(_filter_words(options), ".index"),
        clear=url_for(".index"),
        options=options,
        order_words=order_words(query.sort),
        capped=capped_projects(db.session(), viewer(), found.rows, MOST_FLAGS),
        most=MOST_FLAGS,
        older=address_with(".index", cursor=found.next) if found.next else None,
        newer=address_with(".index") if query.cursor else None,
        decided=_decided_before(),
        single=address_with(".index", single="1"),
        question=request.query_string.decode(errors="replace"),
        kind_labels=kind_labels(),
    )


@bp.get("/<overlap_id>")
@allowed("overlap.list")
def show(overlap_id: str) -> ResponseReturnValue:
    """Are these the same?"""
    return _page(get_overlap(db.session(), overlap_id, viewer()))


@bp.post("/<overlap_id>/decision", endpoint="decide")
@allowed("overlap.list")
def judge(overlap_id: str) -> ResponseReturnValue:
    """Write down a verdict, or take it back, and go on to the next pair."""
    session, note = db.session(), request.form.get("note", "")
    verdict = _verdict(request.form.get("verdict"))
    version = version_of(request.form.get("version"))
    try:
        if verdict is Verdict.OPEN:
            overlap = reopen(session, overlap_id, by=actor(), note=note, version=version)
        elif verdict is not None:
            overlap = decide(session, overlap_id, verdict, by=actor(), note=note, version=version)
        else:
            return _again(overlap_id, 422, _("Choose one of the verdicts."), note)
    except Conflict:
        words = _("Somebody decided or changed this pair meanwhile. Read it again, then decide.")
        return _again(overlap_id, 409, words, note)
    except Forbidden as error:
        return _again(overlap_id, 403, _(str(error)), note)
    except Invalid as error:
        return _again(overlap_id, 422, " ".join(say(each) for each in error.problems), note)
    session.commit()
    if verdict is Verdict.OPEN:
        flash(_("Your verdict is taken back. The pair waits to be judged again."), "success")
        return redirect(address_with(".show", {"overlap_id": overlap_id}))
    return redirect(_next_address(overlap))


def _page(
    overlap: Overlap, *, status: int = 200, problem: str | None = None, note: str = ""
) -> ResponseReturnValue:
    session = db.session()
    following, anew = next_open(session, viewer(), _query(), after=overlap)
    reasons = reasons_of(overlap.evidence)
    words = labels_of(session, _VOCABULARIES)
    html = render_template(
        "overlaps/show.html",
        overlap=overlap,
        heads=heads_of(overlap.first, overlap.second),
        rows=rows_of(overlap.first, overlap.second, words),
        called=why_called(overlap.kind.value, overlap.evidence),
        reasons=reasons,
        strongest=strongest(reasons),
        hindrance=hindrance(session, actor(), overlap),
        effects=[(verdict, effect_words(verdict)) for verdict in EFFECTS],
        changed=_changed_since(overlap),
        problem=problem,
        note=note,
        question=request.query_string.decode(errors="replace"),
        queue=address_with(".index"),
        following=address_with(".show", {"overlap_id": following.public_id}) if following else None,
        anew=anew,
        decided=_decided_before(),
    )
    return html, status


def _again(overlap_id: str, status: int, problem: str, note: str) -> ResponseReturnValue:
    """The pair as it is now, with what went wrong and the note that was typed."""
    db.session.rollback()
    overlap = get_overlap(db.session(), overlap_id, viewer())
    return _page(overlap, status=status, problem=problem, note=note)


def _next_address(overlap: Overlap) -> str:
    """The next pair of the same queue, or the queue itself when it is empty; both name what was just decided."""
    following, _anew = next_open(db.session(), viewer(), _query(), after=overlap)
    after = overlap.public_id
    if following is None:
        return address_with(".index", after=after)
    return address_with(".show", {"overlap_id": following.public_id}, after=after)


def _decided_before() -> Overlap | None:
    """The pair that the reader has just decided, so that it can be undone from here."""
    public_id = question().place("after")
    if not public_id:
        return None
    try:
        overlap = get_overlap(db.session(), public_id, viewer())
    except NotFound:
        return None
    mine = overlap.decided_by_id == actor().id and overlap.verdict is not Verdict.OPEN
    return overlap if mine else None


def _changed_since(overlap: Overlap) -> list[Project]:
    """The projects that were changed after the pair was decided."""
    if overlap.decided_at is None:
        return []
    return [one for one in (overlap.first, overlap.second) if one.updated_at > overlap.decided_at]


def _query() -> OverlapQuery:
    """What the address asks for."""
    asked, session = question(), db.session()
    organisation = asked.record("organisation", lambda code: find_by_code(session, code, viewer()))
    project = asked.record("project", lambda key: find_project(session, key, viewer()))
    return OverlapQuery(
        country=asked.code("country", words_of("country")),
        pillar=asked.code("pillar", words_of("pillar")),
        organisation=organisation.code if organisation else None,
        kind=asked.choice("kind", Kind),
        min_score=asked.number("score", 0, 1),
        stand=asked.choice("stand", Stand) or Stand.OPEN,
        verdict=asked.choice("verdict", Verdict),
        mine=asked.flag("mine"),
        project=project.public_id if project else None,
        among=asked.record("import", lambda key: touched_by(session, key, viewer())),
        sort=asked.choice("sort", Sort) or Sort.PRIORITY,
        cursor=asked.place("cursor"),
    )


def _verdict(word: str | None) -> Verdict | None:
    return next((verdict for verdict in Verdict if verdict.value == word), None)


def _country_names() -> Mapping[str, str]:
    return labels(db.session(), "country", str(get_locale() or "en"))


def _total_words(found: OverlapPage, query: OverlapQuery) -> str:
    values = {"count": found.total}
    if not found.counted_all:
        return str(_("More than %(count)s pairs.", **values))
    if query.stand is Stand.OPEN:
        return str(_("Pairs to be judged: %(count)s.", **values))
    return str(_("Pairs: %(count)s.", **values))


def _tabs(query: OverlapQuery) -> list[tuple[str, str, bool, None]]:
    return [
        (words, address_with(".index", stand=stand.value), query.stand is stand, None)
        for stand, words in stand_words().items()
    ]


def _sorts(query: OverlapQuery) -> list[tuple[str, str, bool, None]]:
    return [
        (words, address_with(".index", sort=sort.value), query.sort is sort, None)
        for sort, words in sort_words().items()
    ]


def _filter_words(options: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """The words of every value that a filter may have, for the chips."""
    score = request.args.get("score", "")
    words: dict[str, Mapping[str, str]] = {name: {} for name in _FILTERS}
    words |= {name: values for name, values in options.items() if name in request.args}
    words["score"] = {score: _("score from %(score)s", score=score)}
    words["mine"] = {"1": _("my organisation")}
    words["project"] = {value: _("one project") for value in request.args.getlist("project")}
    words["import"] = {value: _("one import") for value in request.args.getlist("import")}
    words["verdict"] = kind_labels()
    words["single"] = {"1": _("each pair by itself")}
    return words


def _options() -> dict[str, Mapping[str, str]]:
    session = db.session()
    return {
        "country": _country_names(),
        "pillar": labels(session, "pillar"),
        "organisation": dict(organisations_of_queue(session, viewer())),
        "kind": {kind.value: kind_labels()[kind.value] for kind in Kind},
    }
