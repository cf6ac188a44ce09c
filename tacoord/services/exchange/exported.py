"""Who took records out: noted in the audit trail, whatever the door."""

from typing import Final

from sqlalchemy.orm import Session

from tacoord.policy import Actor
from tacoord.services import trail

SUBJECT: Final = "export"


def note_export(session: Session, form: str, *, restricted: int, by: Actor, what: str = "") -> None:
    """Write down that `by` takes records out, before they have them.

    form: of the file. restricted: how many of the records are not for everybody who signs in. what: where it is not
    projects.
    """
    said = {"format": form, "restricted": restricted, **({"what": what} if what else {})}
    trail.append(session, "project.exported", by=by, subject=SUBJECT, details=said)
