"""Links to set a password that people ask for themselves, sent by mail.

Asking only keeps the address that was typed: the same words and the same work, whether anybody has an account with it
or not. The jobs process looks who it is, makes the link and sends it; its secret is in the letter and nowhere else.
"""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tacoord.config import Settings
from tacoord.errors import N_
from tacoord.mail import Letter, MailFailed, Outlet
from tacoord.models import PasswordAsk, User, new_public_id, utcnow
from tacoord.services import trail
from tacoord.services.accounts.accounts import find_user
from tacoord.services.accounts.invitations import make_asked
from tacoord.services.accounts.sessions import Client
from tacoord.services.leases import lease_next
from tacoord.services.terms.wording import words_for

LOG: Final = logging.getLogger("tacoord.password_links")
BACKOFF: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30))
MOST_WAITING: Final = 1000

SUBJECT: Final = N_("Set a new password")
TEXT: Final = N_(
    "Somebody, probably you, asked for a new password for this address at %(site)s.\n\n"
    "To set it, open this page within an hour. The link works once:\n%(link)s\n\n"
    "If it was not you, do nothing: your password stays as it is."
)

Transactions = Callable[[], AbstractContextManager[Session]]


def ask_for_link(session: Session, email: str, *, client: Client) -> None:
    """Keep the address until the jobs process has looked at it; one that waits already waits on.

    Where very many wait, it is passed over without a word.
    """
    address = email.strip().lower()[:320]
    if (session.scalar(select(func.count(PasswordAsk.id))) or 0) >= MOST_WAITING:
        return
    said = {"browser": client.browser[:40], "system": client.system[:40]}
    with suppress(IntegrityError), session.begin_nested():
        session.add(PasswordAsk(email=address, network=client.network[:64], **said))


def send_links(
    transactions: Transactions, settings: Settings, *, clock: Callable[[], datetime] = utcnow
) -> Counter[str]:
    """Send what was asked for; gives how many letters were `sent`, `failed` or put off for `later`.

    transactions: opens one that is committed at the end of its block.
    """
    counts: Counter[str] = Counter()
    with Outlet(settings.mail_target) as outlet:
        while True:
            with transactions() as session:
                taken = lease_next(session, PasswordAsk, now=clock())
                letter = _letter(session, taken, settings, now=clock()) if taken else None
            if taken is None:
                return counts
            failure = None
            if letter is not None:
                try:
                    outlet.send(letter)
                except MailFailed as caught:
                    failure = caught
            with transactions() as session:
                became = _mark(session, taken, failure, now=clock())
            counts[became] += letter is not None
            if failure is not None and failure.unreachable:
                LOG.warning("mail server: %s", failure.reason)
                return counts


def _letter(session: Session, ask_id: int, settings: Settings, *, now: datetime) -> Letter | None:
    """The letter with a new link; None where nobody has such an account, or enough were sent."""
    ask = session.get_one(PasswordAsk, ask_id, populate_existing=True)
    user = find_user(session, ask.email)
    if user is None or not user.active:
        return None
    secret = make_asked(session, user)
    if secret is None:
        return None
    _note(session, user, ask)
    words = words_for(user.locale)
    link = f"{settings.base_url}/account/set-password/{secret}"
    return Letter(
        message_id=f"{new_public_id()}@{urlsplit(settings.base_url).hostname or 'localhost'}",
        sender=settings.mail_from,
        recipient=user.email,
        recipient_name=user.name,
        subject=words.gettext(SUBJECT),
        text=words.gettext(TEXT, site=settings.base_url, link=link) + "\n",
        date=now,
    )


def _note(session: Session, user: User, ask: PasswordAsk) -> None:
    said = {"browser": ask.browser, "system": ask.system, "network": ask.network}
    details = {name: value for name, value in said.items() if value}
    trail.append(
        session, "user.link_asked", by=None, subject="user", subject_id=user.id, details=details
    )


def _mark(session: Session, ask_id: int, failure: MailFailed | None, *, now: datetime) -> str:
    """What became of it: it goes when it is done with, or failed for good; else it is tried again later."""
    ask = session.get_one(PasswordAsk, ask_id, populate_existing=True)
    if failure is not None and failure.temporary and ask.attempts <= len(BACKOFF):
        ask.leased_until, ask.next_try_at = None, now + BACKOFF[ask.attempts - 1]
        return "later"
    session.delete(ask)
    return "failed" if failure else "sent"
