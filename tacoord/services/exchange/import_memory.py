"""What an import remembers of each project that it registered or changed, so that it can be taken back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import Fate, ImportedRecord, Project, ProjectState
from tacoord.services.projects.drafts import ProjectDraft
from tacoord.services.projects.kept import as_kept


class Memory:
    """Of one import; None remembers nothing, as where a file is only checked."""

    def __init__(self, session: Session, import_id: int | None) -> None:
        self._session = session
        self._import_id = import_id

    def registered(self, project: Project, line: int | None) -> None:
        """The project is new to the register."""
        self._note(project, line, None, None)

    def updated(
        self, project: Project, line: int | None, before: ProjectDraft, stood_at: datetime
    ) -> None:
        """The project said `before` until now, and was last touched at `stood_at`."""
        self._note(project, line, before, stood_at)

    def was_taken_back(self, project: Project) -> bool:
        """Whether the project is withdrawn only because an import was taken back: a file that has it brings it again.

        What somebody withdrew by hand stays so.
        """
        if project.state is not ProjectState.WITHDRAWN:
            return False
        taken = select(ImportedRecord.import_id).where(
            ImportedRecord.project_id == project.id,
            ImportedRecord.fate == Fate.WITHDRAWN,
            ImportedRecord.left_at == project.updated_at,
        )
        return self._session.scalar(taken.limit(1)) is not None

    def _note(
        self,
        project: Project,
        line: int | None,
        before: ProjectDraft | None,
        stood_at: datetime | None,
    ) -> None:
        if self._import_id is None:
            return
        row = self._session.get(ImportedRecord, (self._import_id, project.id))
        if row is not None:
            # The file names it again, or is read a second time: what it said before the first time is what counts.
            row.left_at = project.updated_at
            return
        self._session.add(
            ImportedRecord(
                import_id=self._import_id,
                project_id=project.id,
                line=line,
                registered=before is None,
                before=as_kept(before) if before else None,
                stood_at=stood_at,
                left_at=project.updated_at,
            )
        )
