"""An import taken back: what would happen to each of its records, and what did."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from tacoord.errors import Conflict
from tacoord.extensions import db
from tacoord.models import Fate, ImportJob, ImportState
from tacoord.services.exchange import undoing
from tacoord.services.exchange.imports import get_import
from tacoord.web.gate import actor, allowed, viewer

bp = Blueprint("import_undo", __name__)

MOST_SHOWN: Final = 200
"""Records shown of one fate; the others are counted."""

_ORDER: Final = tuple(sorted(Fate, key=lambda fate: fate in undoing.UNDOES))


@dataclass(frozen=True, slots=True)
class FateGroup:
    """The records with one fate, and what that means."""

    words: str
    records: Sequence[undoing.Record]


@bp.get("/imports/<import_id>/undo")
@allowed("project.import")
def show(import_id: str) -> ResponseReturnValue:
    """What would happen, or did, if this import is taken back?"""
    job = get_import(db.session(), import_id, viewer())
    if job.state in (ImportState.UNDOING, ImportState.UNDONE):
        if not undoing.may_know_fates(job, viewer()):
            return redirect(url_for("exchange.show", import_id=job.public_id))
    elif not undoing.may_be_undone(db.session(), job, by=actor()):
        flash(_("This import cannot be taken back."), "warning")
        return redirect(url_for("exchange.show", import_id=job.public_id))
    records = undoing.records_of(db.session(), job, viewer(), by=actor())
    return render_template(
        "exchange/undo.html",
        job=job,
        lead=_lead(job, records),
        asks=job.undone_at is None,
        undoes=any(record.fate in undoing.UNDOES for record in records),
        groups=_groups(job, records),
        most_shown=MOST_SHOWN,
        breadcrumbs=[
            (url_for("exchange.index"), _("Import and export")),
            (url_for("exchange.show", import_id=job.public_id), job.file_name),
            (None, _("Take back")),
        ],
    )


@bp.post("/imports/<import_id>/undo")
@allowed("project.import")
def confirm(import_id: str) -> ResponseReturnValue:
    """Take the import back."""
    session = db.session()
    job = get_import(session, import_id, viewer())
    try:
        undoing.ask_for_undoing(session, job, by=actor())
    except Conflict:
        flash(_("This import cannot be taken back."), "warning")
    else:
        session.commit()
    return redirect(url_for("exchange.show", import_id=import_id))


def _lead(job: ImportJob, records: Sequence[undoing.Record]) -> str:
    """The answer of the page in a sentence or two."""
    if job.state is ImportState.UNDOING:
        return str(_("The import is being taken back. You can leave this page; the work goes on."))
    undone = sum(record.fate in undoing.UNDOES for record in records)
    stay = len(records) - undone
    if job.state is ImportState.UNDONE:
        done = ngettext(
            "%(num)d record was taken back.", "%(num)d records were taken back.", undone
        )
    else:
        done = ngettext(
            "%(num)d record would be taken back.", "%(num)d records would be taken back.", undone
        )
    if not stay:
        return str(done)
    kept = ngettext(
        "%(num)d stays as it is, because somebody has worked on it since.",
        "%(num)d stay as they are, because somebody has worked on them since.",
        stay,
    )
    return f"{done} {kept}"


def _groups(job: ImportJob, records: Sequence[undoing.Record]) -> list[FateGroup]:
    """The records by what becomes of them; those that stay come first."""
    words = _done_words() if job.undone_at else _asked_words()
    groups = (
        FateGroup(words[fate], [record for record in records if record.fate is fate])
        for fate in _ORDER
    )
    return [group for group in groups if group.records]


def _asked_words() -> dict[Fate, str]:
    return {
        Fate.WITHDRAWN: _("Would be withdrawn: this import registered it"),
        Fate.PUT_BACK: _("Would say again what it said before this import"),
        **_stay_words(),
    }


def _done_words() -> dict[Fate, str]:
    return {
        Fate.WITHDRAWN: _("Withdrawn: this import had registered it"),
        Fate.PUT_BACK: _("Says again what it said before this import"),
        **_stay_words(),
    }


def _stay_words() -> dict[Fate, str]:
    return {
        Fate.CHANGED: _("Stays: somebody changed it since"),
        Fate.CONFIRMED: _("Stays: somebody confirmed it since"),
        Fate.JUDGED: _("Stays: somebody judged a pair of it"),
        Fate.NAMED: _("Stays: another record names its identifier"),
        Fate.NOT_ALLOWED: _("Stays: you may not change it"),
        Fate.NOT_VALID: _("Stays: what it said before is no longer allowed"),
    }
