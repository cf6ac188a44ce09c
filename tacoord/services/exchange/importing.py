"""Take drafts out of a file into the register: new ones are registered, known ones changed, the others refused.

Nothing is compared here: the doors let `overlap_sweep` do it for all changed records at once, which takes a tenth of
the time. Should the process die in between, the next sweep finds what was not compared.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final, Protocol

from sqlalchemy import func, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tacoord import policy
from tacoord.errors import Conflict, Forbidden, Invalid, Problem
from tacoord.iati.faults import Fault
from tacoord.models import Organisation, Overlap, Project, ProjectState, Source, utcnow
from tacoord.policy import Actor
from tacoord.services.exchange.import_memory import Memory
from tacoord.services.exchange.import_report import ImportReport, Outcome, reason, reasons_of
from tacoord.services.organisations import organisations
from tacoord.services.overlaps import sweep as overlap_sweep
from tacoord.services.overlaps.known_records import (
    as_known,
    find_as_secretariat,
    find_known,
    find_reporter,
    foreign_ref,
    said_reporter,
    without_reporter,
)
from tacoord.services.projects import projects
from tacoord.services.projects.content import clean, content_hash, draft_of, whole_draft_of
from tacoord.services.projects.drafts import EARLIEST, ProjectDraft
from tacoord.services.projects.masking import said_no_more
from tacoord.services.terms.vocabularies import TermSets, term_sets
from tacoord.services.visibility import Viewer, viewer_of

BATCH: Final = 25
"""Records of one step: so long other writers have to wait."""


class Steps(Protocol):
    """Short transactions one after the other, so that others can write in between."""

    def begin(self) -> None:
        """End what was begun, if anything, and announce that the next one writes."""

    def end(self) -> None:
        """Keep what was done since it began; or undo it, if this is a dry run."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record out of a file: a draft, or the reasons why there is none.

    line: where it stands (a line or a row); identifier: what it calls itself; public_id: the id of the record that it
    means. silent: fields of which the file says nothing, which an update leaves as they are. notes: what was left out.
    in_terms: puts problems of a draft at the places of the file (columns, names of JSON). title: what to call it where
    it has no identifier. said_at: when the source itself says that this was last true, where it says so.
    """

    line: int | None
    identifier: str | None
    draft: ProjectDraft | None = None
    public_id: str | None = None
    silent: frozenset[str] = frozenset()
    reasons: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    in_terms: Callable[[Iterable[Problem]], Iterable[Problem]] = list
    title: str | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why nothing more could be read of the file."""

    problem: Fault


def take(
    session: Session,
    items: Iterable[Incoming | Stopped],
    *,
    organisation: Organisation,
    by: Actor,
    source: Source,
    dry_run: bool = False,
    steps: Steps,
    progress: Callable[[ImportReport], None] | None = None,
    import_id: int | None = None,
) -> ImportReport:
    """Register, change or refuse each record, each in a savepoint of its own; says what became of them.

    organisation: who reports; with the secretariat, each record names its own reporter. dry_run: nothing shall stay,
    so that a record that comes twice in a file must be remembered. progress: gets the report as it stands after each
    step. import_id: the import that remembers what it did, so that it can be taken back. Raises Forbidden where `by`
    may import nothing for `organisation`.
    """
    policy.require(by, "project.import", organisation)
    report = ImportReport(dry_run=dry_run)
    memory = Memory(session, import_id)
    taking = _Taking(session, organisation, source, report, memory)
    for batch in _batches(items):
        steps.begin()
        taking.begin()
        for item in batch:
            if isinstance(item, Stopped):
                report.problem = item.problem
            else:
                taking.take(item, by=by)
        steps.end()
        if progress:
            progress(report)
    return report


def compare_changed(
    session: Session,
    changed: Collection[int],
    steps: Steps,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Counter[str]:
    """Compare projects (by key) with the whole register, and flag look-alikes; how many pairs are new, by kind."""
    if not changed:
        return Counter()
    newest = session.scalar(select(func.max(Overlap.id))) or 0
    if len(changed) <= overlap_sweep.FEW_CHANGED:
        walk = overlap_sweep.sweep_changed(session, sorted(changed), progress, begin=steps.begin)
    else:
        compared = overlap_sweep.compare(session, progress=progress)
        walk = overlap_sweep.save(session, compared, progress, begin=steps.begin)
    for _ in walk:
        steps.end()
    kinds = select(Overlap.kind, func.count()).where(Overlap.id > newest).group_by(Overlap.kind)
    found = Counter({kind.value: count for kind, count in session.execute(kinds).all()})
    steps.end()
    return found


def _batches(items: Iterable[Incoming | Stopped]) -> Iterator[list[Incoming | Stopped]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


class _Refusal(Exception):
    """The record cannot be taken, for one reason."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


class _Taking:
    """One run: where it stands, and what it has met."""

    def __init__(
        self,
        session: Session,
        organisation: Organisation,
        source: Source,
        report: ImportReport,
        memory: Memory,
    ) -> None:
        self._session = session
        self._organisation = organisation
        self._source = source
        self._report = report
        self._memory = memory
        self._met: dict[tuple[str, str], str] = {}
        self._reporters: dict[tuple[str, str | None], int] = {}
        self._unknown: set[tuple[str, str | None]] = set()
        self._terms: TermSets = {}

    def begin(self) -> None:
        """Read once a step what each of its records asks for."""
        self._terms = term_sets(self._session)

    def take(self, item: Incoming, *, by: Actor) -> None:
        """Enter one record and count it; whatever is wrong with it refuses this one alone."""
        outcome, reasons = Outcome.REFUSED, item.reasons
        if item.draft is not None:
            try:
                outcome = self._entered(item, item.draft, by)
                reasons = (*item.notes, *self._on_reporter(item, item.draft, outcome))
            except Invalid as error:
                reasons = reasons_of(item.in_terms(error.problems), line=item.line)
            except _Refusal as error:
                reasons = (error.fault,)
            except Forbidden:
                reasons = (reason("not-allowed", line=item.line),)
            except (DataError, RecursionError):
                reasons = (reason("cannot-be-kept", line=item.line),)
            except (IntegrityError, StaleDataError, Conflict):
                reasons = (reason("changed-meanwhile", line=item.line),)
        self._report.count(
            outcome,
            line=item.line,
            identifier=item.identifier,
            title=item.title or _title_of(item.draft),
            reasons=reasons,
        )

    def _entered(self, item: Incoming, draft: ProjectDraft, by: Actor) -> Outcome:
        try:
            with self._session.begin_nested():
                return self._enter(item, draft, by)
        except (IntegrityError, StaleDataError):
            # Another session has just added the same organisation or record; now it is there to be found.
            with self._session.begin_nested():
                return self._enter(item, draft, by)

    def _enter(self, item: Incoming, draft: ProjectDraft, by: Actor) -> Outcome:
        if self._organisation.code == organisations.SECRETARIAT:
            project = find_as_secretariat(
                self._session, draft, item.public_id, viewer=viewer_of(self._session, by)
            )
            if project is not None:
                return self._change(project, draft, item, by)
        reporter, on_behalf = self._reporter(item, draft, by)
        if not on_behalf:
            draft = without_reporter(draft)
        project = find_known(self._session, reporter, draft, item.public_id)
        if project is not None:
            return self._change(project, draft, item, by)
        if self._report.dry_run and (met := self._meet(reporter, draft)):
            return met
        project = projects.add_project(
            self._session,
            draft,
            organisation=reporter,
            by=by,
            source=self._source,
            state=ProjectState.PUBLISHED,
            on_behalf=on_behalf,
            terms=self._terms,
        )
        _date_back(project, item)
        self._memory.registered(project, item.line)
        self._report.changed.append(project.id)
        return Outcome.REGISTERED

    def _change(self, project: Project, draft: ProjectDraft, item: Incoming, by: Actor) -> Outcome:
        draft = as_known(draft, project, item.silent)
        back = self._memory.was_taken_back(project)
        if content_hash(clean(draft)) == project.content_hash and not back:
            return Outcome.UNCHANGED
        before, stood_at = whole_draft_of(project), project.updated_at
        silent = item.silent | said_no_more(clean(draft), draft_of(project))
        if silent:
            draft = replace(draft, **{name: getattr(before, name) for name in silent})
        if back:
            projects.restore(self._session, project, by=by)
        changed = projects.update_project(self._session, project, draft, by=by, terms=self._terms)
        if not changed and not back:
            return Outcome.UNCHANGED
        _date_back(project, item)
        self._report.changed.append(project.id)
        if back:
            self._memory.registered(project, item.line)
            return Outcome.REGISTERED
        self._memory.updated(project, item.line, before, stood_at)
        return Outcome.UPDATED

    def _meet(self, reporter: Organisation, draft: ProjectDraft) -> Outcome | None:
        """In a dry run, where nothing stays: what becomes of a record that came before in this file."""
        said = content_hash(clean(draft))
        key = (reporter.code, draft.iati_identifier or said)
        before = self._met.get(key)
        self._met[key] = said
        if before is None:
            return None
        return Outcome.UNCHANGED if before == said else Outcome.UPDATED

    def _reporter(
        self, item: Incoming, draft: ProjectDraft, by: Actor
    ) -> tuple[Organisation, bool]:
        """Whose record it is, and whether somebody else registers it for them."""
        name, ref = said_reporter(draft)
        own = self._organisation
        if not name and not ref:
            return own, False
        viewer = viewer_of(self._session, by)
        found = self._find_reporter(name, ref, viewer)
        if own.code != organisations.SECRETARIAT:
            if found is None:
                self._unknown.add((name, ref))
            elif found.id != own.id and not self._is_own(item, draft, name, ref):
                raise _Refusal(_other_reporter(item, found))
            return own, False
        if found is None:
            kind = draft.record["reporting_org"].get("type")
            found = organisations.resolve(
                self._session, name=name, ref=foreign_ref(ref), type=kind, by=by, viewer=viewer
            )
        self._reporters[name, ref] = found.id
        return found, found.id != own.id

    def _is_own(self, item: Incoming, draft: ProjectDraft, name: str, ref: str | None) -> bool:
        """Whether a record is the importer's though its reporter is known by now: the register learnt of it from this
        file, or the importer has had the record since before.
        """
        if (name, ref) in self._unknown:
            return True
        plain = without_reporter(draft)
        return find_known(self._session, self._organisation, plain, item.public_id) is not None

    def _on_reporter(
        self, item: Incoming, draft: ProjectDraft, outcome: Outcome
    ) -> tuple[Fault, ...]:
        name, ref = said_reporter(draft)
        if outcome is not Outcome.REGISTERED or (name, ref) not in self._unknown:
            return ()
        said = name or ref or ""
        return (reason("reporter-unknown", "reporting_org", line=item.line, organisation=said),)

    def _find_reporter(self, name: str, ref: str | None, viewer: Viewer) -> Organisation | None:
        known = self._reporters.get((name, ref))
        found = self._session.get(Organisation, known) if known else None
        return found or find_reporter(self._session, name, ref, viewer)


def _date_back(project: Project, item: Incoming) -> None:
    """A record out of a file was last confirmed when its source says so, and not when the file came in."""
    if item.said_at is not None and item.said_at.date() >= EARLIEST and item.said_at < utcnow():
        project.confirmed_at = item.said_at


def _title_of(draft: ProjectDraft | None) -> str | None:
    return next(iter(draft.titles.values()), None) if draft else None


def _other_reporter(item: Incoming, found: Organisation) -> Fault:
    return reason("other-reporter", "reporting_org", line=item.line, organisation=found.name)
