"""People who ask for an account themselves; the system administrator decides.

Whoever asks gets one answer, whether the address is known or not, and for one address one request waits.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import N_, Conflict, Forbidden, Invalid, NotFound, Problem
from tacoord.models import AccountRequest, AskState, Role, User, utcnow
from tacoord.policy import Actor
from tacoord.services import trail
from tacoord.services.accounts.accounts import LONGEST_NAME, is_address, one_line

LONGEST_REASON: Final = 1000
MOST_WAITING: Final = 1000
KEPT_WAITING: Final = timedelta(days=90)
KEPT_DECIDED: Final = timedelta(days=30)


def ask_for_account(
    session: Session, *, email: str, name: str, organisation: str, reason: str
) -> None:
    """Keep the request until somebody decides; a second one for the address replaces the first, once that is decided.

    Raises Invalid. Where very many wait, or one waits for this address, it is passed over without a word.
    """
    address, name, organisation = email.strip().lower(), one_line(name), one_line(organisation)
    _check(address, name, organisation, reason)
    known = session.scalar(
        select(AccountRequest).where(AccountRequest.email == address).with_for_update()
    )
    waiting = select(func.count()).where(AccountRequest.state == AskState.WAITING)
    full = (session.scalar(waiting) or 0) >= MOST_WAITING
    if full or (known is not None and known.state is AskState.WAITING):
        return
    said = {"name": name, "organisation": organisation, "reason": reason.strip()}
    if known is None:
        with suppress(IntegrityError), session.begin_nested():  # two who send it at one moment
            session.add(AccountRequest(email=address, state=AskState.WAITING, **said))
        return
    for field, value in said.items():
        setattr(known, field, value)
    known.state, known.created_at = AskState.WAITING, utcnow()
    known.decided_at = known.decided_by_id = None
    session.flush()


def list_waiting(session: Session, *, by: Actor) -> Sequence[tuple[AccountRequest, bool]]:
    """Who waits, the longest first, and whether the address has an account already. Raises Forbidden."""
    _require(by)
    asked = (
        select(AccountRequest, User.id.is_not(None))
        .outerjoin(User, User.email == AccountRequest.email)
        .where(AccountRequest.state == AskState.WAITING)
        .order_by(AccountRequest.created_at, AccountRequest.id)
        .limit(200)
    )
    return [(request, known) for request, known in session.execute(asked)]


def count_waiting(session: Session) -> int:
    """How many wait."""
    waiting = select(func.count()).where(AccountRequest.state == AskState.WAITING)
    return session.scalar(waiting) or 0


def get_waiting(session: Session, public_id: str, *, by: Actor) -> AccountRequest:
    """A request that waits. Raises Forbidden, NotFound, and Conflict where somebody decided meanwhile."""
    _require(by)
    found = session.scalar(
        select(AccountRequest).where(AccountRequest.public_id == public_id).with_for_update()
    )
    if found is None:
        raise NotFound("account request")
    if found.state is not AskState.WAITING:
        raise Conflict("somebody decided this request meanwhile")
    return found


def decide(session: Session, request: AccountRequest, state: AskState, *, by: Actor) -> None:
    """Accept or decline; who is accepted gets an account by `accounts.add_user`. Raises Forbidden."""
    _require(by)
    request.state, request.decided_at, request.decided_by_id = state, utcnow(), by.id
    session.flush()
    action = f"account_request.{state.value}"
    trail.append(session, action, by=by, subject="account_request", subject_id=request.id)


def drop_old_requests(session: Session, *, now: datetime) -> int:
    """Delete the requests that nobody needs any more; gives their number."""
    old = or_(
        and_(
            AccountRequest.state == AskState.WAITING,
            AccountRequest.created_at < now - KEPT_WAITING,
        ),
        AccountRequest.decided_at < now - KEPT_DECIDED,
    )
    gone = delete(AccountRequest).where(old).returning(AccountRequest.id)
    return len(session.scalars(gone).all())


def _check(address: str, name: str, organisation: str, reason: str) -> None:
    problems = []
    if not is_address(address):
        problems.append(Problem("email", N_("This is not an e-mail address.")))
    for field, said, most in (
        ("name", name, LONGEST_NAME),
        ("organisation", organisation, LONGEST_NAME),
        ("reason", reason.strip(), LONGEST_REASON),
    ):
        if not 0 < len(said) <= most:
            problems.append(Problem(field, N_("Use 1 to %(most)d characters."), {"most": most}))
    if problems:
        raise Invalid(problems)


def _require(by: Actor) -> None:
    if not policy.has_role(by, Role.ADMIN):
        raise Forbidden("user.add")
