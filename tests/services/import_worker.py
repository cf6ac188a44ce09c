"""A process of its own that takes up files to import, and is killed when it has done some records."""

import os
import signal
import sys

from sqlalchemy.orm import Session

from tacoord.models import ImportJob
from tacoord.services.exchange import import_runs
from tacoord.services.exchange.import_report import ImportReport
from tests.services.exchanging import steps_on
from tests.support.databases import engine_for


def main(database_url: str, records: int) -> None:
    """Import what waits, and die without a word after so many records."""
    tell = import_runs.tell

    def tell_and_die(job: ImportJob, report: ImportReport) -> None:
        tell(job, report)
        if report.records >= records:
            os.kill(os.getpid(), signal.SIGKILL)

    import_runs.tell = tell_and_die
    with Session(engine_for(database_url)) as session:
        import_runs.run_waiting(
            session, steps_for=lambda keep: steps_on(session, keep=keep), max_bytes=1 << 20
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
