"""Projects out of tables: CSV, Excel and JSON Lines files, row by row."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from tacoord.errors import Invalid
from tacoord.iati.faults import UnreadableFile
from tacoord.models import Organisation, Source
from tacoord.policy import Actor
from tacoord.services.exchange.day_order import DayOrders
from tacoord.services.exchange.import_report import ImportReport, reason, reasons_of
from tacoord.services.exchange.importing import Incoming, Steps, Stopped, take
from tacoord.services.exchange.table_cells import text_of
from tacoord.services.exchange.table_columns import EXAMPLE
from tacoord.services.exchange.table_files import (
    Format,
    JsonLine,
    Table,
    read_json_lines,
    read_table,
)
from tacoord.services.exchange.table_rows import Row, RowReader, in_columns, silent_fields
from tacoord.services.projects.drafts import ProjectDraft
from tacoord.services.projects.json_form import draft_from_json, in_json_terms
from tacoord.services.terms.vocabularies import TermSets, term_sets


def import_table(
    session: Session,
    stream: BinaryIO,
    form: Format,
    *,
    max_bytes: int,
    organisation: Organisation,
    by: Actor,
    dry_run: bool = False,
    steps: Steps,
    progress: Callable[[ImportReport], None] | None = None,
    import_id: int | None = None,
) -> ImportReport:
    """Register the projects of a table, or change those that are known; each row stands or falls by itself.

    form: not `iati`. A row is known by the id that an export gave it, by its IATI identifier, or by the organisation's
    own reference; columns that are not there leave a known record as it is. steps, progress, import_id: as in
    `importing.take`. Raises Forbidden, and UnreadableFile where nothing can be read.
    """
    items: Iterator[Incoming | Stopped]
    unknown: tuple[str, ...] = ()
    if form is Format.JSONL:
        items = _from_lines(read_json_lines(stream, max_bytes=max_bytes), term_sets(session))
    else:
        table = read_table(stream, form, max_bytes=max_bytes)
        unknown = table.unknown
        days = DayOrders(lambda: (row for _, row in table.again()))
        items = _from_rows(table, RowReader.of(session, days), term_sets(session))
    report = take(
        session,
        _until_unreadable(items),
        organisation=organisation,
        by=by,
        source=Source.FILE,
        dry_run=dry_run,
        steps=steps,
        progress=progress,
        import_id=import_id,
    )
    report.remarks = tuple(reason("unknown-column", name=name) for name in unknown)
    return report


def _until_unreadable(items: Iterator[Incoming | Stopped]) -> Iterator[Incoming | Stopped]:
    """The records up to the place where the file cannot be read any further; at the beginning that is an error."""
    met = False
    try:
        for item in items:
            met = True
            yield item
    except UnreadableFile as error:
        if not met:
            raise
        yield Stopped(error.problem)


def _from_rows(table: Table, reader: RowReader, terms: TermSets) -> Iterator[Incoming]:
    silent = silent_fields(table.headings)
    for number, row in table.rows:
        if text_of(row.get("id")).upper() == EXAMPLE:
            continue
        draft, problems = reader.draft(row)
        called, title = _called(row), text_of(row.get("title")) or None
        if problems:
            # All at once: what else is wrong, but for the columns that could not be read.
            unread = {each.field for each in problems}
            more = in_columns(draft.problems(terms))
            problems += [each for each in more if each.field not in unread]
            reasons = reasons_of(problems, line=number)
            yield Incoming(number, called, reasons=reasons, title=title)
        else:
            yield Incoming(
                number,
                called,
                draft,
                public_id=text_of(row.get("id")) or None,
                silent=silent,
                in_terms=in_columns,
                title=title,
            )


def _called(row: Row) -> str | None:
    names = ("iati_identifier", "reference", "id")
    return next((text for name in names if (text := text_of(row.get(name)))), None)


def _from_lines(lines: Iterator[JsonLine], terms: TermSets) -> Iterator[Incoming]:
    for line in lines:
        if not isinstance(line.value, dict):
            yield Incoming(line.number, None, reasons=(reason("not-json", line=line.number),))
            continue
        yield _from_object(line.number, line.value, terms)


def _unsaid(value: dict[str, Any]) -> frozenset[str]:
    """What a line that does not name it leaves as it is: what a source said beyond the fields, and what is withheld."""
    unsaid = set() if "record" in value else {"record"}
    return frozenset(unsaid if value.get("masks") is not None else unsaid | {"masks"})


def _from_object(number: int, value: dict[str, Any], terms: TermSets) -> Incoming:
    known = (value.get(name) for name in ("iati_identifier", "id"))
    called = next((name for name in known if isinstance(name, str) and name), None)
    try:
        draft = draft_from_json(value, check=partial(ProjectDraft.problems, terms=terms))
    except Invalid as error:
        reasons = reasons_of(error.problems, line=number)
        return Incoming(number, called, reasons=reasons, title=_title_of(value))
    public_id = value.get("id")
    return Incoming(
        number,
        called,
        draft,
        public_id=public_id if isinstance(public_id, str) else None,
        silent=_unsaid(value),
        in_terms=in_json_terms,
        title=_title_of(value),
    )


def _title_of(value: dict[str, Any]) -> str | None:
    """The first title of an object, if it is a text at all."""
    title = value.get("title")
    texts = list(title.values()) if isinstance(title, dict) else [title]
    return next((text for text in texts if isinstance(text, str) and text), None)
