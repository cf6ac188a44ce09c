"""The way of a digest: claimed, addressed, written for each reader at the moment of sending, sent, marked.

Each step is committed before the next begins, so that a crash anywhere loses nothing; the one thing that a crash can
repeat is a message that the mail server took and we could not mark, and that one carries the same Message-ID again.
"""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tacoord.config import Settings
from tacoord.mail import Letter, MailFailed, Outlet
from tacoord.models import CoordinationGroup, DeliveryState, DigestDelivery, utcnow
from tacoord.services.digests import digests
from tacoord.services.digests.content import compose
from tacoord.services.digests.letters import html_of, text_of
from tacoord.services.digests.schedules import ensure_definitions, find_definition
from tacoord.services.digests.words import word
from tacoord.services.groups.subscriptions import reads, stop_token
from tacoord.services.leases import lease_next
from tacoord.services.terms.wording import words_for
from tacoord.services.visibility import viewer_of

LOG: Final = logging.getLogger("tacoord.digests")
BACKOFF: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240, 360, 600))
"""The rests after failed tries: about a day in all, then the copy has failed."""

Transactions = Callable[[], AbstractContextManager[Session]]
Clock = Callable[[], datetime]


def run_digests(
    transactions: Transactions, settings: Settings, *, clock: Clock = utcnow
) -> Counter[str]:
    """Do whatever is due for digests. transactions: opens one that is committed at the end of its block.

    Gives how many `issues` were claimed, and copies `sent`, `failed`, `skipped` or put off for `later`.
    """
    with transactions() as session:
        ensure_definitions(session)
        waiting = [
            (definition.group_id, moment) for definition, moment in digests.due(session, clock())
        ]
    counts: Counter[str] = Counter()
    for group_id, moment in waiting:
        with transactions() as session:
            group = session.get_one(CoordinationGroup, group_id)
            definition = find_definition(session, group)
            assert definition is not None
            issue = digests.claim(session, definition, moment, now=clock())
            counts["issues"] += issue is not None
    return counts + send_claimed(transactions, settings, clock=clock)


def send_claimed(
    transactions: Transactions, settings: Settings, *, clock: Clock = utcnow
) -> Counter[str]:
    """Address the issues that are claimed, and send every copy whose time has come; counts as `run_digests`."""
    with transactions() as session:
        for issue in digests.list_claimed(session):
            digests.address(session, issue, host=_host(settings), now=clock())
    with Outlet(settings.mail_target) as outlet:
        counts = _send_waiting(transactions, outlet, settings, clock)
    with transactions() as session:
        digests.close_sent(session, now=clock())
    return counts


def _send_waiting(
    transactions: Transactions, outlet: Outlet, settings: Settings, clock: Clock
) -> Counter[str]:
    counts: Counter[str] = Counter()
    while True:
        with transactions() as session:
            delivery_id = lease_next(
                session, DigestDelivery, DigestDelivery.state == DeliveryState.PENDING, now=clock()
            )
        if delivery_id is None:
            return counts
        failure = None
        try:
            letter = _write(transactions, delivery_id, settings, clock)
            if letter is not None:
                outlet.send(letter)
        except MailFailed as caught:
            failure = caught
        with transactions() as session:
            state = _mark(session, delivery_id, failure, now=clock())
        counts[{DeliveryState.PENDING: "later"}.get(state, state.value)] += 1
        if failure is not None and failure.unreachable:
            LOG.warning("mail server: %s", failure.reason)
            return counts


def write_letter(
    session: Session, delivery: DigestDelivery, settings: Settings, *, now: datetime
) -> Letter | None:
    """The letter to one reader, of what they may see at this moment; None for who wants it no longer."""
    issue, user = delivery.issue, delivery.user
    definition = issue.definition
    group = definition.group
    if not reads(session, group, user):
        delivery.state, delivery.leased_until = DeliveryState.SKIPPED, None
        return None
    content = compose(session, group, digests.span_of(issue), viewer_of(session, user))
    delivery.content = content.ids()
    digest = word(
        content,
        group,
        words_for(user.locale, definition.time_zone),
        base_url=settings.base_url,
        number=issue.number,
        introduction=issue.introduction,
        url=f"/digests/{issue.public_id}",
    )
    stop_url = f"{settings.base_url}/digests/stop/{stop_token(settings.secret_key, group, user)}"
    return Letter(
        message_id=delivery.message_id,
        sender=settings.mail_from,
        recipient=user.email,
        recipient_name=user.name,
        subject=digest.subject,
        text=text_of(digest, stop_url=stop_url),
        html=html_of(digest, stop_url=stop_url),
        date=now,
        list_id=f"{group.code.lower()}.digest.{_host(settings)}",
        unsubscribe_url=stop_url,
    )


def _write(
    transactions: Transactions, delivery_id: int, settings: Settings, clock: Clock
) -> Letter | None:
    """As `write_letter`; one letter that cannot be written keeps no other from being sent. Raises MailFailed."""
    try:
        with transactions() as session:
            delivery = session.get_one(DigestDelivery, delivery_id, populate_existing=True)
            return write_letter(session, delivery, settings, now=clock())
    except SQLAlchemyError:
        raise
    except Exception as error:
        LOG.exception("a copy of a digest could not be written")
        reason = f"could not be written: {type(error).__name__}"
        raise MailFailed(reason, temporary=True) from error


def _mark(
    session: Session, delivery_id: int, failure: MailFailed | None, *, now: datetime
) -> DeliveryState:
    """Note what became of a copy that we hold; a failed try is made again later, for about a day."""
    delivery = session.get_one(
        DigestDelivery, delivery_id, with_for_update=True, populate_existing=True
    )
    if delivery.state is not DeliveryState.PENDING:
        return delivery.state
    delivery.leased_until = None
    if failure is None:
        delivery.state, delivery.sent_at, delivery.error = DeliveryState.SENT, now, ""
    elif failure.temporary and delivery.attempts <= len(BACKOFF):
        delivery.next_try_at = now + BACKOFF[delivery.attempts - 1]
        delivery.error = failure.reason
    else:
        delivery.state, delivery.error = DeliveryState.FAILED, failure.reason
    return delivery.state


def _host(settings: Settings) -> str:
    return urlsplit(settings.base_url).hostname or "localhost"
