"""Administration: is it healthy, what mail went out, what runs by the clock, who did what."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _

from tacoord import policy
from tacoord.errors import NotFound
from tacoord.extensions import db
from tacoord.models import AuditEntry, Change, DeliveryState
from tacoord.services.digests.mail_log import MailQuery, count_mail, list_mail
from tacoord.services.groups.groups import list_groups
from tacoord.services.history import SUBJECTS
from tacoord.services.overlaps.matching_models import current_model
from tacoord.services.upkeep import health, job_runs
from tacoord.services.upkeep.audit import (
    EXPORT,
    PROVIDER,
    TERM,
    AuditQuery,
    Line,
    list_audit,
)
from tacoord.services.upkeep.installation import numbers_of
from tacoord.services.upkeep.job_requests import ask_again, last_runs
from tacoord.services.upkeep.job_schedule import SCHEDULE, Hours
from tacoord.web.admin.change_lines import line_of, subject_words
from tacoord.web.gate import actor, allowed, confirmed, viewer
from tacoord.web.query import address_with, chips_of, page_asked, question

_TRAIL_SUBJECTS: Final = (
    "user",
    "project",
    "request",
    "offer",
    "overlap",
    EXPORT,
    PROVIDER,
    "model",
)

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("")
@allowed("admin.view")
def index() -> ResponseReturnValue:
    """Is it healthy?"""
    session = db.session()
    state = health.readiness(session)
    runs = last_runs(session)
    return render_template(
        "admin/index.html",
        state=state,
        numbers=numbers_of(session, viewer()),
        mail=count_mail(session),
        beat=_ago(state.jobs_age),
        oldest=_ago(state.oldest_mail_age),
        nightly=[(name, job, runs.get(name)) for name, job in SCHEDULE.items() if job.at],
        version=current_model(session).version,
    )


@bp.get("/mail")
@allowed("admin.view")
def mail() -> ResponseReturnValue:
    """What mail went out, what waits, what failed?"""
    session = db.session()
    groups = {line.group.code: line.group.name for line in list_groups(session)}
    query = _mail_query(groups)
    found, counts = list_mail(session, query), count_mail(session)
    every = (_("All"), address_with(".mail", state=None), query.state is None, sum(counts.values()))
    tabs = [
        (
            state_words(state),
            address_with(".mail", state=state.value),
            query.state is state,
            counts[state],
        )
        for state in DeliveryState
    ]
    return render_template(
        "admin/mail.html",
        found=found,
        words={state: state_words(state) for state in DeliveryState},
        counts=counts,
        query=query,
        states=[every, *tabs],
        groups=groups,
        chips=chips_of({"group": {}, "q": {}}, ".mail"),
        **_neighbours(".mail", query.page, found.more),
    )


@bp.get("/jobs")
@allowed("admin.view")
def jobs() -> ResponseReturnValue:
    """What runs by the clock, and how did it end?"""
    session = db.session()
    return render_template(
        "admin/jobs.html",
        jobs=[(name, job, _interval(job)) for name, job in SCHEDULE.items()],
        last=last_runs(session),
        runs=job_runs.list_runs(session, limit=25),
        beat=_ago(health.readiness(session).jobs_age),
        may_run=policy.may(actor(), "job.run"),
    )


@bp.post("/jobs/<name>/run")
@allowed("job.run")
@confirmed
def run_job(name: str) -> ResponseReturnValue:
    """Let a nightly job run at the next tick of the jobs process."""
    job = SCHEDULE.get(name)
    if job is None or job.at is None:
        raise NotFound(f"job {name}")
    ask_again(db.session(), name, by=actor())
    db.session.commit()
    flash(_("The jobs process begins with it within a minute."), "success")
    return redirect(url_for(".jobs"))


@bp.get("/changes")
@allowed("admin.view")
def changes() -> ResponseReturnValue:
    """Who did what, when?"""
    return _lines_page(Change, ".changes", (*SUBJECTS, TERM))


@bp.get("/audit")
@allowed("admin.view")
def audit() -> ResponseReturnValue:
    """Who signed in, saw what is restricted, took it out, widened it, decided?"""
    return _lines_page(AuditEntry, ".audit", _TRAIL_SUBJECTS)


def _lines_page(table: type[Line], endpoint: str, names: Iterable[str]) -> str:
    subjects = {name: subject_words(name) for name in names}
    query = _audit_query(subjects)
    found = list_audit(db.session(), viewer(), query, table)
    return render_template(
        "admin/changes.html",
        trail=table is AuditEntry,
        here=endpoint,
        lines=[line_of(change, about) for change, about in found.rows],
        query=query,
        subjects=subjects,
        chips=chips_of({"subject": subjects, "by": {}, "since": {}, "until": {}}, endpoint),
        **_neighbours(endpoint, query.page, found.more),
    )


def state_words(state: DeliveryState) -> str:
    """Where a copy is, in words."""
    words: dict[DeliveryState, str] = {
        DeliveryState.PENDING: _("Waiting"),
        DeliveryState.SENT: _("Sent"),
        DeliveryState.FAILED: _("Failed"),
        DeliveryState.SKIPPED: _("The reader had left"),
    }
    return words[state]


def _interval(job: Hours) -> str:
    if job.at is not None:
        return str(_("every night after %(hour)s UTC", hour=f"{job.at:%H:%M}"))
    return str(_("every %(time)s", time=format_timedelta(job.every, granularity="second")))


def _ago(age: float | None) -> str | None:
    return None if age is None else str(format_timedelta(timedelta(seconds=age), threshold=1.5))


def _mail_query(groups: Collection[str]) -> MailQuery:
    asked = question()
    return MailQuery(
        state=asked.choice("state", DeliveryState),
        group=asked.code("group", groups),
        text=asked.text("q"),
        page=page_asked(),
    )


def _audit_query(subjects: Collection[str]) -> AuditQuery:
    asked = question()
    return AuditQuery(
        subject=asked.code("subject", subjects),
        by=asked.text("by"),
        since=asked.day("since"),
        until=asked.day("until"),
        page=page_asked(),
    )


def _neighbours(endpoint: str, page: int, more: bool) -> dict[str, str | None]:
    return {
        "older": address_with(endpoint, page=page + 1) if more else None,
        "newer": address_with(endpoint, page=page - 1) if page > 1 else None,
    }
