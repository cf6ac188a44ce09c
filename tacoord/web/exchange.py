"""Import and export: a file in, checked first; what became of it; everything one may see as a file."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask import request as sent
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from wtforms import FileField, SelectField

from tacoord import policy
from tacoord.errors import Conflict, Invalid
from tacoord.extensions import announce_writing, db
from tacoord.models import ImportJob, ImportState, Organisation, utcnow
from tacoord.services.exchange import imports, undoing
from tacoord.services.exchange.exchange import export_iati
from tacoord.services.exchange.exported import note_export
from tacoord.services.exchange.import_report import Outcome
from tacoord.services.exchange.table_exports import TableFormat, export_table
from tacoord.services.exchange.table_template import write_template
from tacoord.services.organisations.organisations import SECRETARIAT
from tacoord.services.projects.source import count_restricted
from tacoord.web.forms import Needed, PageForm, choices
from tacoord.web.gate import actor, allowed, ask_again, settings, viewer

bp = Blueprint("exchange", __name__)

IMPORT: Final = "import"
IN_MEMORY: Final = 8 << 20
CHUNK: Final = 1 << 16
LOOK_AGAIN_SECONDS: Final = 3
MOST_SHOWN: Final = 100
MOST_TAKEN: Final = 200
"""Records shown of one class of problems; the others are counted."""

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES: Final = {
    TableFormat.CSV: ("csv", "text/csv; charset=utf-8"),
    TableFormat.XLSX: ("xlsx", XLSX),
    TableFormat.JSONL: ("jsonl", "application/jsonl; charset=utf-8"),
    TableFormat.HXL: ("hxl.csv", "text/csv; charset=utf-8"),
}


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One thing that is to be said of one record, and where it stands."""

    line: int | None
    called: str | None
    column: str
    sentence: str


@dataclass(slots=True)
class ProblemClass:
    """Records of which the same is to be said, but for the values in it."""

    sentence: str
    refused: bool
    rows: list[ProblemRow] = field(default_factory=list)

    @property
    def differ(self) -> bool:
        """Whether the sentences of the rows say more than that of the class."""
        return any(row.sentence != self.sentence for row in self.rows)


@dataclass(frozen=True, slots=True)
class Taken:
    """A record that a check would let in. becomes: what would happen to it, in words."""

    line: int | None
    identifier: str | None
    title: str | None
    becomes: str


class ImportForm(PageForm):
    """A file, and who reports what is in it."""

    organisation = SelectField(_l("Who reports"))
    file = FileField(
        _l("File"),
        [Needed()],
        description=_l("IATI (XML), Excel (.xlsx), CSV or JSON Lines: what it is, is recognised."),
    )


@bp.get("/imports")
@allowed("export.run")
def index() -> ResponseReturnValue:
    """How do projects come in and out in one go?"""
    return _index_page(_form())


@bp.post("/imports")
@allowed("project.import")
def submit() -> ResponseReturnValue:
    """Take a file; check it, or import it."""
    form = _form()
    if form.validate_on_submit():
        upload = sent.files["file"]
        try:
            job = imports.submit(
                db.session(),
                upload.stream.read(settings().max_upload_bytes + 1),
                name=upload.filename or "",
                organisation=_organisation(form),
                by=actor(),
                dry_run=sent.form.get("do") != IMPORT,
                max_bytes=settings().max_upload_bytes,
            )
        except Invalid as error:
            form.show(error)
        else:
            db.session.commit()
            return redirect(url_for(".show", import_id=job.public_id))
    return _index_page(form, 422)


@bp.get("/imports/<import_id>")
@allowed("project.import")
def show(import_id: str) -> ResponseReturnValue:
    """What became of this file?"""
    job = imports.get_import(db.session(), import_id, viewer())
    waits = job.state in (ImportState.WAITING, ImportState.RUNNING, ImportState.UNDOING)
    done = job.state is ImportState.DONE
    looking = done and not job.dry_run and job.compared_at is None
    good = _good(job)
    page = render_template(
        "exchange/show.html",
        job=job,
        lead=_lead(job),
        waits=waits,
        so_far=job.done if job.state is ImportState.RUNNING else 0,
        undo_words=_undo_words(job),
        looking=looking,
        look_alikes=imports.count_look_alikes(db.session(), job, viewer()),
        importable=imports.may_be_imported(job) and good > 0,
        classes=_classes(job.report),
        taken=_taken(job),
        remarks=[said(remark) for remark in job.remarks],
        here={"import": job.public_id} if good else {},
        shows_projects=not job.dry_run and not waits and good > 0,
        named_rows=job.format != "iati",
        most_shown=MOST_SHOWN,
        most_taken=MOST_TAKEN,
        breadcrumbs=[(url_for(".index"), _("Import and export")), (None, job.file_name)],
    )
    response = make_response(page)
    if waits or looking:
        # A header, not a script: the page looks again by itself in every browser.
        response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


@bp.post("/imports/<import_id>")
@allowed("project.import")
def confirm(import_id: str) -> ResponseReturnValue:
    """Import the file that was checked."""
    session = db.session()
    job = imports.get_import(session, import_id, viewer())
    try:
        earnest = imports.import_checked(session, job, by=actor())
    except Conflict:
        flash(_("This file is no longer here. Send it again."), "warning")
        return redirect(url_for(".index"))
    session.commit()
    return redirect(url_for(".show", import_id=earnest.public_id))


@bp.get("/imports/template.xlsx")
@allowed("project.import")
def template() -> ResponseReturnValue:
    """The workbook to fill in."""
    locale = str(get_locale() or "en")
    return _file(
        lambda stream: write_template(db.session(), stream, locale=locale, say=_),
        "tacoord-projects.xlsx",
        XLSX,
    )


@bp.get("/exports/projects.<form>")
@allowed("export.run")
def export(form: str) -> ResponseReturnValue:
    """Every published project that the reader may know of, as a table."""
    wanted = next((each for each, (ending, _type) in _TYPES.items() if ending == form), None)
    if wanted is None:
        return render_template("error.html", status=404, problems=()), 404
    ending, kind = _TYPES[wanted]
    name = f"tacoord-projects-{utcnow():%Y-%m-%d}.{ending}"
    restricted = count_restricted(db.session(), viewer())
    if restricted and (asked := ask_again()) is not None:
        return asked
    file = _file(
        lambda stream: export_table(db.session(), stream, wanted, viewer=viewer()), name, kind
    )
    _note_export(wanted.value, restricted)
    return file


@bp.get("/exports/iati.xml")
@allowed("export.run")
def iati() -> ResponseReturnValue:
    """Every published project that is open to everybody, as IATI."""
    now = utcnow()
    file = _file(
        lambda stream: export_iati(db.session(), stream, generated_at=now),
        f"tacoord-iati-{now:%Y-%m-%d}.xml",
        "application/xml",
    )
    _note_export("iati", 0)
    return file


def _note_export(form: str, restricted: int) -> None:
    """Who took what out stands in the audit trail before the file leaves."""
    session, by = db.session(), actor()
    session.rollback()
    announce_writing(session)
    note_export(session, form, restricted=restricted, by=by)
    session.commit()


def said(reason: Mapping[str, Any]) -> str:
    """A reason of a report in the reader's language."""
    template = str(_(reason["template"]))
    return template % reason["values"] if reason["values"] else template


def _file(write: Callable[[BinaryIO], object], name: str, kind: str) -> ResponseReturnValue:
    """What `write` writes, as a download; a large one does not stay in memory."""
    stream = cast(BinaryIO, SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 - closed when sent
    write(stream)
    size = stream.tell()
    stream.seek(0)
    response = Response(_chunks(stream), mimetype=kind)
    response.headers["Content-Length"] = str(size)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _form() -> ImportForm:
    form = ImportForm()
    form.organisation.choices = choices([(each.code, _called(each)) for each in _reporters()])
    return form


def _called(organisation: Organisation) -> str:
    if organisation.code == SECRETARIAT:
        return str(_("Whoever the file names (on their behalf)"))
    return organisation.name


def _reporters() -> Sequence[Organisation]:
    """For whom who is signed in may import; the secretariat stands for whoever a file names."""
    own = Organisation.id.in_(viewer().organisation_ids)
    wanted = or_(own, Organisation.code == SECRETARIAT) if viewer().sees_all else own
    found = db.session().scalars(select(Organisation).where(wanted).order_by(Organisation.name))
    return [each for each in found if policy.may(actor(), "project.import", each)]


def _organisation(form: ImportForm) -> Organisation:
    query = select(Organisation).where(Organisation.code == form.organisation.data)
    return db.session().scalars(query).one()


def _index_page(form: ImportForm, status: int = 200) -> ResponseReturnValue:
    may_import = policy.may(actor(), "project.import")
    page = render_template(
        "exchange/index.html",
        form=form,
        may_import=may_import,
        one_reporter=len(form.organisation.choices) == 1,  # type: ignore[arg-type]
        past=imports.list_imports(db.session(), viewer()) if may_import else [],
        state_words=state_words,
        largest=settings().max_upload_bytes >> 20,
    )
    return page, status


def state_words(job: ImportJob) -> tuple[str, str]:
    """Where an import is, in words, and the tone of the mark."""
    match job.state:
        case ImportState.WAITING:
            return _("Waiting"), "stale"
        case ImportState.RUNNING:
            return _("Running"), "request"
        case ImportState.FAILED:
            return _("Broke off") if job.done else _("Nothing could be read"), "gap"
        case ImportState.UNDOING:
            return _("Being taken back"), "request"
        case ImportState.UNDONE:
            return _("Taken back"), "stale"
    if refused := job.counts.get("refused"):
        if refused == sum(job.counts.values()):
            return _("Checked, all are wrong") if job.dry_run else _("All records refused"), "gap"
        words = _("Checked, some are wrong") if job.dry_run else _("Some records refused")
        return words, "overlap"
    return (_("Checked"), "covered") if job.dry_run else (_("Done"), "covered")


def _lead(job: ImportJob) -> str:
    """The answer of the page in a sentence."""
    if job.state is ImportState.WAITING:
        return str(_("The file waits for its turn. You can leave this page; the work goes on."))
    if job.state is ImportState.RUNNING:
        return str(_("The file is being read. You can leave this page; the work goes on."))
    if job.state is ImportState.FAILED:
        return str(_(job.error))
    if job.state is ImportState.UNDOING:
        return str(_("The import is being taken back. You can leave this page; the work goes on."))
    if job.state is ImportState.UNDONE:
        return str(
            _("This import was taken back, as far as nobody had worked on its records since.")
        )
    ending = _("Only checked: nothing was changed.") if job.dry_run else ""
    return " ".join(filter(None, [f"{', '.join(_counted(job))}.", ending]))


def _counted(job: ImportJob) -> Iterator[str]:
    """How many records went in, or can; how many said nothing new, and how many were refused."""
    good = _good(job)
    if job.dry_run:
        yield ngettext("%(num)d record can be imported", "%(num)d records can be imported", good)
    else:
        yield ngettext("%(num)d record went in", "%(num)d records went in", good)
    if same := job.counts.get("unchanged", 0):
        yield (
            ngettext("%(num)d would change nothing", "%(num)d would change nothing", same)
            if job.dry_run
            else ngettext("%(num)d changed nothing", "%(num)d changed nothing", same)
        )
    if bad := job.counts.get("refused", 0):
        yield ngettext("%(num)d was refused", "%(num)d were refused", bad)


def _good(job: ImportJob) -> int:
    """How many records went in, or can: those that were there already, word for word, did not."""
    return sum(job.counts.get(name, 0) for name in ("registered", "updated"))


def _undo_words(job: ImportJob) -> str:
    """What leads to taking the import back, or to what came of that; "" where the reader may do neither."""
    if job.undone_at is not None:
        known = undoing.may_know_fates(job, viewer())
        return str(_("What was taken back")) if known else ""
    may = undoing.may_be_undone(db.session(), job, by=actor())
    return str(_("Take this import back")) if may else ""


def _classes(report: Sequence[Mapping[str, Any]]) -> list[ProblemClass]:
    """The records of a report by what is to be said of them: refusals first, then the most frequent."""
    found: dict[tuple[bool, str], ProblemClass] = {}
    for told in report:
        refused = told["outcome"] == "refused"
        for reason in told["reasons"]:
            group = found.setdefault((refused, reason["template"]), ProblemClass("", refused))
            called = told["identifier"] or told["title"]
            row = ProblemRow(told["line"], called, reason["field"], said(reason))
            group.rows.append(row)
    for (_refused, template), group in found.items():
        sentences = {row.sentence for row in group.rows}
        group.sentence = sentences.pop() if len(sentences) == 1 else _without_values(template)
    return sorted(found.values(), key=lambda each: (not each.refused, -len(each.rows)))


def _taken(job: ImportJob) -> list[Taken]:
    """What a check would let in, new records first, as far as the report names them; of an import nothing."""
    if not job.dry_run:
        return []
    words = {
        Outcome.REGISTERED: _("would be new"),
        Outcome.UPDATED: _("would be changed"),
        Outcome.UNCHANGED: _("unchanged"),
    }
    return [
        Taken(told["line"], told["identifier"], told["title"], becomes)
        for outcome, becomes in words.items()
        for told in sorted(job.report, key=lambda told: told["line"] or 0)
        if told["outcome"] == outcome
    ]


def _without_values(template: str) -> str:
    """A sentence for all values: dots stand for them."""
    return re.sub(r"%\(\w+\)[ds]", "…", str(_(template)))
