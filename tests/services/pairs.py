"""Projects for tests of overlaps: look-alikes, and such as are not."""

from datetime import date

from sqlalchemy.orm import Session

from tacoord.models import Organisation, Project, ProjectState, Source, Visibility
from tacoord.policy import OPERATOR
from tacoord.services.projects.drafts import BudgetAmount, ProjectDraft, Share
from tacoord.services.projects.projects import add_project

TITLE = "Shelter and legal aid for women returning from domestic servitude in Phnom Penh"
TEXT = (
    "Runs two shelters in Phnom Penh and pays lawyers who bring claims for unpaid wages of women "
    "that were held in domestic servitude abroad; trains forty social workers in Kandal province."
)


def a_draft(
    *,
    title: str = TITLE,
    text: str = TEXT,
    country: str = "KH",
    amount: int = 1_250_000_00,
    starts: date = date(2024, 3, 1),
    ends: date = date(2029, 2, 28),
    visibility: Visibility = Visibility.PUBLIC,
    groups: frozenset[str] = frozenset(),
) -> ProjectDraft:
    """A project as somebody would enter it; two with the same values are look-alikes."""
    return ProjectDraft(
        titles={"en": title},
        descriptions={"en": text},
        countries=(Share(country),),
        pillars=(Share("PROT"),),
        actual_start=starts,
        planned_end=ends,
        budget=(BudgetAmount(amount, "USD"),),
        visibility=visibility,
        groups=groups,
    )


def a_project(
    session: Session, organisation: Organisation, draft: ProjectDraft | None = None
) -> Project:
    """A published project of `organisation`, not compared with any other yet."""
    return add_project(
        session,
        draft or a_draft(),
        organisation=organisation,
        by=OPERATOR,
        source=Source.FORM,
        state=ProjectState.PUBLISHED,
    )
