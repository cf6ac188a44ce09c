"""Import every IATI file of a folder into a throw-away database, compare all with all, and print what came of it.

    .venv/bin/python scripts/import_trial.py FOLDER [--twice] [--sample N]

The figures are those of this run. Nothing outside of a temporary folder is touched.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from alembic import command
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.app import create_app
from tacoord.cli.db import alembic_config
from tacoord.config import Settings
from tacoord.extensions import WritingSteps, db
from tacoord.iati.faults import UnreadableFile
from tacoord.matching.facts import Facts
from tacoord.matching.prepared import prepare
from tacoord.matching.shown import shown
from tacoord.models import Kind, Overlap, Project, utcnow
from tacoord.policy import OPERATOR
from tacoord.services.coverage.gaps import list_gaps
from tacoord.services.exchange.exchange import import_file
from tacoord.services.exchange.import_report import ImportReport, Outcome
from tacoord.services.exchange.importing import compare_changed
from tacoord.services.first_records import load_first_records
from tacoord.services.organisations.organisations import SECRETARIAT, get_organisation
from tacoord.services.projects.projects import facts_of
from tacoord.services.visibility import EVERYTHING

KILOBYTES_OF_A_MEGABYTE = 1024


def main() -> int:
    """Run the trial; 0 where every file could be read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--twice", action="store_true", help="import each file a second time at once"
    )
    parser.add_argument(
        "--sample", type=int, default=0, help="print so many pairs of each kind, to be read"
    )
    chosen = parser.parse_args()
    files = sorted(path for path in chosen.folder.iterdir() if _is_xml(path))
    with (
        tempfile.TemporaryDirectory(prefix="import-trial-") as home,
        create_app(_settings(Path(home))).app_context(),
    ):
        return _run(files, twice=chosen.twice, sample=chosen.sample)


def _is_xml(path: Path) -> bool:
    """Whether a file begins as XML does: some files of publishers have no ending."""
    return path.is_file() and path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def _settings(home: Path) -> Settings:
    return Settings(
        home=home,
        database_url=f"sqlite:///{home / 'trial.sqlite'}",
        secret_key="of a throw-away database",
        base_url="http://localhost",
        smtp_url=f"file:{home / 'mail'}",
        mail_from="tacoord@localhost",
    )


def _run(files: list[Path], *, twice: bool, sample: int) -> int:
    session = db.session()
    with db.engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    load_first_records(session)
    session.commit()
    began = time.monotonic()
    reports, unreadable, again = _import_all(session, files, twice=twice)
    imported = time.monotonic()
    changed = {key for report in reports for key in report.changed}
    overlaps = compare_changed(session, changed, WritingSteps(session))
    ended = time.monotonic()
    _print_outcomes(files, reports, unreadable)
    if twice:
        print(f"a second import at once: {_counted(again)}")
    _print_sample(session, sample)
    print(f"overlaps flagged: {overlaps.total():,} ({_kinds(overlaps)})")
    print(f"gaps: {len(list_gaps(session, EVERYTHING, now=utcnow())):,}")
    print(f"seconds: {imported - began:.1f} to import, {ended - imported:.1f} to compare")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_OF_A_MEGABYTE
    print(f"peak memory: {peak:,.0f} MB")
    return 1 if unreadable else 0


def _import_all(
    session: Session, files: list[Path], *, twice: bool
) -> tuple[list[ImportReport], list[str], Counter[Outcome]]:
    reports, unreadable, again = [], [], Counter[Outcome]()
    for file in files:
        try:
            reports.append(_import(session, file))
            if twice:
                again += _import(session, file).counts
        except UnreadableFile as error:
            unreadable.append(f"{file.name}: {error}")
    return reports, unreadable, again


def _import(session: Session, file: Path) -> ImportReport:
    with file.open("rb") as stream:
        report = import_file(
            session,
            stream,
            max_bytes=50 << 20,
            organisation=get_organisation(session, SECRETARIAT, EVERYTHING),
            by=OPERATOR,
            steps=WritingSteps(session),
        )
    report.file = file.name
    return report


def _print_outcomes(files: list[Path], reports: list[ImportReport], unreadable: list[str]) -> None:
    counts = sum((report.counts for report in reports), Counter[Outcome]())
    print(f"files: {len(files)}, unreadable: {len(unreadable)}")
    for line in unreadable:
        print(f"  {line}")
    print(f"activities: {counts.total():,} ({_counted(counts)})")
    for report in reports:
        for told in report.refused:
            why = "; ".join(map(str, told.reasons))
            print(f"  refused: {report.file}, line {told.line}, {told.identifier}: {why}")
    notes = sum((report.notes for report in reports), Counter[str]())
    for code, number in notes.most_common():
        print(f"  taken with a note, {code}: {number:,}")


def _print_sample(session: Session, size: int) -> None:
    """Pairs of each kind, drawn by chance but the same in each run."""
    rows = session.scalars(select(Overlap).where(~Overlap.stale).order_by(Overlap.id)).all()
    for kind in Kind:
        of_kind = [row for row in rows if row.kind is kind]
        for row in random.Random(0).sample(of_kind, min(size, len(of_kind))):
            print(f"{kind.value} {row.score:.2f}")
            for project_id in (row.first_id, row.second_id):
                _print_facts(facts_of(session.get_one(Project, project_id)))
            print("   ", *(f"{one['feature']} {one['contribution']:+.2f}" for one in row.evidence))


def _print_facts(facts: Facts) -> None:
    told = shown(prepare(facts))
    names = ("title", "text", "amount", "period", "countries", "parties")
    print("   ", " | ".join(str(told.get(name, "-")) for name in names))


def _counted(counts: Counter[Outcome]) -> str:
    return ", ".join(f"{counts[outcome]:,} {outcome.value}" for outcome in Outcome)


def _kinds(overlaps: Counter[str]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in sorted(overlaps.items()))


if __name__ == "__main__":
    sys.exit(main())
