"""Small IATI files, and ways to import files and tables, for the tests of exchange."""

import io
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.extensions import WritingSteps
from tacoord.models import Organisation, Project
from tacoord.policy import OPERATOR
from tacoord.services.exchange.exchange import import_file
from tacoord.services.exchange.import_report import ImportReport
from tacoord.services.exchange.table_files import guess_format
from tacoord.services.exchange.tables import import_table
from tacoord.services.organisations.organisations import SECRETARIAT, get_organisation
from tacoord.services.visibility import EVERYTHING

PLAIN = """
  <activity-status code="2"/>
  <activity-date type="1" iso-date="2024-01-01"/>
  <activity-date type="3" iso-date="2026-12-31"/>
  <recipient-country code="KH" percentage="60"/>
  <recipient-country code="LA" percentage="40"/>
  <sector vocabulary="1" code="15160"/>
  <budget><period-start iso-date="2024-01-01"/><period-end iso-date="2024-12-31"/>
    <value currency="USD" value-date="2024-01-01">1000000.50</value></budget>
"""


def activity(
    number: int,
    *,
    title: str | None = None,
    ref: str = "ZZ-REP-1",
    name: str = "Reporting Bureau of Freedonia",
    more: str = PLAIN,
) -> str:
    """One activity of IATI 2.03."""
    return f"""<iati-activity xml:lang="en"><iati-identifier>{ref}-{number}</iati-identifier>
  <reporting-org ref="{ref}" type="10"><narrative>{name}</narrative></reporting-org>
  <title><narrative>{title or f"Shelter number {number}"}</narrative></title>
  <participating-org role="4" ref="ZZ-IMP-{number}"><narrative>Implementer {number}</narrative>
  </participating-org>{more}</iati-activity>"""


def file_of(activities: Iterable[str]) -> bytes:
    """A file of activities."""
    return f'<iati-activities version="2.03">{"".join(activities)}</iati-activities>'.encode()


def import_xml(
    session: Session,
    data: bytes,
    *,
    organisation: Organisation | None = None,
    by: Any = OPERATOR,
    dry_run: bool = False,
) -> ImportReport:
    """Import a file, by default as the secretariat."""
    return import_file(
        session,
        io.BytesIO(data),
        max_bytes=10 << 20,
        organisation=organisation or get_organisation(session, SECRETARIAT, EVERYTHING),
        by=by,
        dry_run=dry_run,
        steps=WritingSteps(session, keep=not dry_run),
    )


def steps_on(session: Session, *, keep: bool = True) -> WritingSteps:
    """The steps in which a door would let a service work."""
    return WritingSteps(session, keep=keep)


def take(session: Session, data: bytes, own: Organisation, **values: Any) -> ImportReport:
    """Import a table for an organisation."""
    return import_table(
        session,
        io.BytesIO(data),
        guess_format(data[:4096]),
        max_bytes=10 << 20,
        organisation=own,
        by=OPERATOR,
        steps=WritingSteps(session),
        **values,
    )


def outcomes(report: ImportReport) -> dict[str, int]:
    """How many records each outcome has, where it has any."""
    return {outcome.value: count for outcome, count in report.counts.items() if count}


def projects(session: Session) -> list[Project]:
    """Every project, in the order in which they were added."""
    return list(session.scalars(select(Project).order_by(Project.id)))
