"""What is in the register, in figures, for whoever has just started the demo."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tacoord.models import DigestDelivery, Overlap, Project, ProjectState
from tacoord.services.coverage.gaps import list_gaps
from tacoord.services.organisations.organisations import is_demo
from tacoord.services.visibility import EVERYTHING


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts by their words; invented: the register holds the demo."""

    projects: int
    overlaps: dict[str, int]
    gaps: dict[str, int]
    digests: dict[str, int]
    invented: bool


def summarise(session: Session, *, now: datetime) -> Summary:
    """Count everything there is, whoever may see it."""
    published = select(func.count()).where(Project.state == ProjectState.PUBLISHED)
    kinds = select(Overlap.kind, func.count()).where(~Overlap.stale).group_by(Overlap.kind)
    copies = select(DigestDelivery.state, func.count()).group_by(DigestDelivery.state)
    gaps: dict[str, int] = {}
    for gap in list_gaps(session, EVERYTHING, now=now):
        gaps[gap.kind.value] = gaps.get(gap.kind.value, 0) + 1
    return Summary(
        projects=session.scalar(published) or 0,
        overlaps={kind.value: count for kind, count in session.execute(kinds).all()},
        gaps=gaps,
        digests={state.value: count for state, count in session.execute(copies).all()},
        invented=is_demo(session),
    )
