"""An import by a command, as it stands in the list of imports: followed on its page, and taken back like any other."""

from pathlib import Path

from sqlalchemy.orm import Session

from tacoord.extensions import WritingSteps
from tacoord.models import ImportJob, Organisation, utcnow
from tacoord.services.exchange import import_runs
from tacoord.services.exchange.import_report import ImportReport
from tacoord.services.exchange.table_files import Format


class NotedImport:
    """key, public_id: None until it begins, and for ever where a file is only checked."""

    def __init__(self, session: Session, steps: WritingSteps) -> None:
        self._session = session
        self._steps = steps
        self.key: int | None = None
        self.public_id: str | None = None

    def begin(self, organisation: Organisation, file: Path, form: Format) -> None:
        """The command reads the file now."""
        self._steps.begin()
        job = import_runs.begin_by_command(
            self._session, organisation, name=file.name, form=form, size=file.stat().st_size
        )
        self.key, self.public_id = job.id, job.public_id
        self._steps.end()

    def tell(self, report: ImportReport) -> None:
        """So far it is."""
        if (job := self._begin_step()) is not None:
            import_runs.tell(job, report)
            self._steps.end()

    def end(self, report: ImportReport) -> None:
        """It was read to its end."""
        if (job := self._begin_step()) is not None:
            import_runs.finish(job, report)
            self._steps.end()

    def compared(self) -> None:
        """What it brought has been compared with all other records."""
        if (job := self._begin_step()) is not None:
            job.compared_at = utcnow()
            self._steps.end()

    def drop(self) -> None:
        """Nothing could be read of it."""
        if (job := self._begin_step()) is not None:
            self._session.delete(job)
            self._steps.end()

    def _begin_step(self) -> ImportJob | None:
        if self.key is None:
            return None
        self._steps.begin()
        return self._session.get_one(ImportJob, self.key)
