"""The IATI files of many publishers: every activity has an outcome, and a second import changes nothing."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.models import Change, Organisation, Overlap, Project
from tacoord.services.exchange.import_report import Outcome
from tacoord.services.exchange.importing import compare_changed
from tests.services.exchanging import import_xml, steps_on

FILES = "data/iati_xml"
FEW = (
    "data__dol__dol-kenya.xml",
    "data__usda__usda-moldova.xml",
    "HISTFB_data__moldova__xml__US-1-md.xml",
    "HISTFB_data__haiti__xml__worldbank-ht.xml",
    "HIST_33043f57__acceptance_tests__dfid_drc__inputs__wvuk-cd.xml",
)


def chosen(session: Session, shared: Path) -> list[Path]:
    """All files on SQLite, a few on PostgreSQL: there it is the same code."""
    files = sorted(path for path in (shared / FILES).iterdir() if path.name != "SOURCE.txt")
    small = session.get_bind().dialect.name == "postgresql"
    return [path for path in files if path.name in FEW or not small]


@pytest.mark.needs_shared(FILES)
def test_every_activity_of_every_file_has_an_outcome_and_a_second_import_none(
    session: Session, shared: Path
) -> None:
    files = chosen(session, shared)
    counts: Counter[Outcome] = Counter()
    changed: set[int] = set()
    for file in files:
        report = import_xml(session, file.read_bytes())
        assert report.problem is None, file.name
        assert all(told.identifier and told.line and told.reasons for told in report.refused)
        counts += report.counts
        changed.update(report.changed)
        before = _state(session)
        again = import_xml(session, file.read_bytes())
        assert set(+again.counts) <= {Outcome.UNCHANGED, Outcome.REFUSED}, file.name
        assert again.counts[Outcome.REFUSED] == report.counts[Outcome.REFUSED]
        assert _state(session) == before
    if len(files) == 45:
        assert counts.total() == 2533
        assert counts[Outcome.REFUSED] == 1
        assert counts[Outcome.REGISTERED] == session.scalar(select(func.count(Project.id)))
    else:
        overlaps = compare_changed(session, changed, steps_on(session))
        assert overlaps.total() == session.scalar(select(func.count(Overlap.id)))


def _state(session: Session) -> tuple[object, ...]:
    """What a second import must not touch."""
    return (
        session.execute(
            select(func.count(Project.id), func.max(Project.updated_at), func.sum(Project.version))
        ).one(),
        session.execute(select(func.count(Organisation.id), func.sum(Organisation.version))).one(),
        session.scalar(select(func.max(Change.id))),
    )
