"""Who reads the digest of a group: people with a seat who want it, until they say stop."""

from collections.abc import Sequence

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from tacoord.errors import Forbidden, NotFound
from tacoord.models import CoordinationGroup, Member, User
from tacoord.services.groups.groups import find_seat
from tacoord.services.history import note_change

_SALT = "tacoord.digest.unsubscribe"


def list_readers(session: Session, group: CoordinationGroup) -> Sequence[User]:
    """The active people with a seat of their own who want the digest; each once, in order of joining."""
    wanted = select(Member.user_id).where(Member.group_id == group.id, Member.receives_digest)
    query = select(User).where(User.id.in_(wanted), User.active).order_by(User.id)
    return session.scalars(query).all()


def reads(session: Session, group: CoordinationGroup, user: User) -> bool:
    """Whether `user` gets the digest of the group."""
    wanted = select(Member.id).where(
        Member.group_id == group.id, Member.user_id == user.id, Member.receives_digest
    )
    return user.active and session.scalar(wanted.limit(1)) is not None


def may_subscribe(session: Session, group: CoordinationGroup, user: User) -> bool:
    """Whether `user` sits in the group, in person or with the own organisation."""
    sits = or_(
        Member.user_id == user.id,
        and_(Member.user_id.is_(None), Member.organisation_id == user.organisation_id),
    )
    seat = select(Member.id).where(Member.group_id == group.id, sits).limit(1)
    return session.scalar(seat) is not None


def subscribe(session: Session, group: CoordinationGroup, user: User) -> None:
    """Let `user` get the digest; somebody of a member organisation takes a seat by it. Raises Forbidden."""
    if not may_subscribe(session, group, user):
        raise Forbidden(f"no seat in {group.code}")
    if find_seat(session, group, user=user) is None:
        session.add(
            Member(group_id=group.id, organisation_id=user.organisation_id, user_id=user.id)
        )
    _set(session, group, user, wants=True)


def unsubscribe(session: Session, group: CoordinationGroup, user: User) -> None:
    """Let `user` no longer get the digest; the seat stays. A second time does nothing."""
    _set(session, group, user, wants=False)


def stop_token(secret: str, group: CoordinationGroup, user: User) -> str:
    """A signed text for the link in a mail: whoever holds it may stop this mail to this person, and start it again."""
    return URLSafeSerializer(secret, salt=_SALT).dumps([group.public_id, user.public_id])


def read_stop_token(session: Session, secret: str, token: str) -> tuple[CoordinationGroup, User]:
    """Whose mail a token stops. Raises NotFound where it is not one of ours, or one of the two is gone."""
    try:
        group_id, user_id = URLSafeSerializer(secret, salt=_SALT).loads(token)
    except (BadSignature, ValueError, TypeError):
        raise NotFound("link") from None
    group = session.scalar(
        select(CoordinationGroup).where(CoordinationGroup.public_id == str(group_id))
    )
    user = session.scalar(select(User).where(User.public_id == str(user_id)))
    if group is None or user is None:
        raise NotFound("link")
    return group, user


def _set(session: Session, group: CoordinationGroup, user: User, *, wants: bool) -> None:
    session.flush()
    seats = session.scalars(
        select(Member).where(Member.group_id == group.id, Member.user_id == user.id)
    ).all()
    changed = [seat for seat in seats if seat.receives_digest is not wants]
    for seat in changed:
        seat.receives_digest = wants
    if changed:
        action = "group.subscribed" if wants else "group.unsubscribed"
        note_change(session, action, group, by=user)
    session.flush()
    session.expire(group, ["members"])
