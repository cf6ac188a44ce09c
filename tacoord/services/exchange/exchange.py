"""IATI import and export."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final

from sqlalchemy.orm import Session

from tacoord.iati import reader
from tacoord.iati.activity import Activity
from tacoord.iati.faults import FileProblem, Refused
from tacoord.iati.writer import missing_for_iati, write
from tacoord.models import Organisation, Source
from tacoord.policy import Actor
from tacoord.services.exchange.activities import draft_of_activity, silent_fields
from tacoord.services.exchange.import_report import ImportReport
from tacoord.services.exchange.importing import Incoming, Steps, Stopped, take
from tacoord.services.exchange.published import activity_of
from tacoord.services.projects.source import count_not_public, published_projects
from tacoord.services.terms.vocabularies import TermSets, term_sets
from tacoord.services.visibility import PUBLIC

_PUBLIC_ID: Final = re.compile(r"-([a-z2-7]{16})")


def import_file(
    session: Session,
    stream: BinaryIO,
    *,
    max_bytes: int,
    organisation: Organisation,
    by: Actor,
    dry_run: bool = False,
    steps: Steps,
    progress: Callable[[ImportReport], None] | None = None,
    import_id: int | None = None,
) -> ImportReport:
    """Import the activities of an IATI file; as `import_activities`.

    Raises UnreadableFile where nothing can be read.
    """
    countries = term_sets(session)["country"]
    items = reader.read(stream, max_bytes=max_bytes, known_countries=countries)
    return import_activities(
        session,
        items,
        organisation=organisation,
        by=by,
        dry_run=dry_run,
        steps=steps,
        progress=progress,
        import_id=import_id,
    )


def import_activities(
    session: Session,
    items: Iterable[reader.Outcome],
    *,
    organisation: Organisation,
    by: Actor,
    dry_run: bool = False,
    steps: Steps,
    progress: Callable[[ImportReport], None] | None = None,
    import_id: int | None = None,
) -> ImportReport:
    """Register what is new, change what is known by its identifier; each activity stands or falls by itself.

    organisation: who reports; with the secretariat, the reporting-org of each activity. steps, progress,
    import_id: as in `importing.take`. Raises Forbidden.
    """
    return take(
        session,
        _incoming(items, term_sets(session)),
        organisation=organisation,
        by=by,
        source=Source.IATI,
        dry_run=dry_run,
        steps=steps,
        progress=progress,
        import_id=import_id,
    )


def _incoming(items: Iterable[reader.Outcome], terms: TermSets) -> Iterator[Incoming | Stopped]:
    for item in items:
        match item:
            case Activity():
                yield _of_activity(item, terms)
            case Refused():
                yield Incoming(item.line, item.iati_identifier, reasons=item.reasons)
            case FileProblem():
                yield Stopped(item.problem)


def _of_activity(activity: Activity, terms: TermSets) -> Incoming:
    draft, notes = draft_of_activity(activity, terms)
    made = _PUBLIC_ID.search(activity.iati_identifier[-17:])
    return Incoming(
        activity.line,
        activity.iati_identifier,
        draft,
        public_id=made[1] if made else None,
        silent=silent_fields(draft),
        notes=(*activity.problems, *notes),
        said_at=activity.last_updated,
    )


@dataclass(slots=True)
class Exported:
    """How many activities were written, and why others were left out.

    left_out: the public ids of the projects by the reason. not_public: published projects that are not open to all.
    """

    written: int = 0
    left_out: dict[str, list[str]] = field(default_factory=dict)
    not_public: int = 0


def export_iati(
    session: Session,
    stream: BinaryIO,
    *,
    organisation: Organisation | None = None,
    generated_at: datetime,
) -> Exported:
    """Write the published projects that are open to everybody (of one organisation, or all) as IATI 2.03."""
    done = Exported()

    def writable() -> Iterator[Activity]:
        for project in published_projects(session, PUBLIC, organisation=organisation):
            activity = activity_of(project)
            missing = missing_for_iati(activity)
            for fault in missing:
                done.left_out.setdefault(str(fault), []).append(project.public_id)
            if not missing:
                yield activity

    done.written = write(writable(), stream, generated_at=generated_at)
    done.not_public = count_not_public(session, organisation=organisation)
    return done
