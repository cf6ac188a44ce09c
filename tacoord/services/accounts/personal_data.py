"""What is kept of a person: all of it for them to take, and how it goes when they wish it.

The audit trail and the history tell of people by number alone. So erasing somebody leaves both whole: the number then
stands for nobody.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import Conflict, Forbidden
from tacoord.models import (
    AccountRequest,
    ApiToken,
    AuditEntry,
    Authenticator,
    Base,
    Change,
    CoordinationGroup,
    DigestDelivery,
    Invitation,
    KeptAnswer,
    Member,
    Organisation,
    Passkey,
    Project,
    ProjectRole,
    ProviderIdentity,
    RecoveryCode,
    Role,
    RoleGrant,
    SignIn,
    User,
    utcnow,
)
from tacoord.policy import Actor
from tacoord.services.history import note_change

ERASED: Final = "Erased person"
_OWNED: Final[tuple[type[Base], ...]] = (
    SignIn, Authenticator, RecoveryCode, Passkey, ProviderIdentity, Invitation, KeptAnswer, Member, RoleGrant,
)  # fmt: skip


def personal_data(session: Session, user: User) -> dict[str, Any]:
    """Everything that is kept of `user`, as plain values for JSON; secrets are left out, and so are their hashes."""
    note_change(session, "user.data_taken", user, by=user)
    session.flush()
    return {
        "taken_at": utcnow().isoformat(),
        "account": {
            "id": user.public_id,
            "email": user.email,
            "name": user.name,
            "organisation": user.organisation.name,
            "language": user.locale,
            "time_zone": user.time_zone,
            "open": user.active,
            "created_at": _text(user.created_at),
            "signed_in_at": _text(user.signed_in_at),
            "previous_sign_in_at": _text(user.previous_sign_in_at),
        },
        "roles": _rows(
            session.execute(
                select(
                    RoleGrant.role,
                    Organisation.name.label("organisation"),
                    CoordinationGroup.name.label("group"),
                    RoleGrant.created_at,
                )
                .join(Organisation, Organisation.id == RoleGrant.organisation_id)
                .outerjoin(CoordinationGroup, CoordinationGroup.id == RoleGrant.group_id)
                .where(RoleGrant.user_id == user.id)
                .order_by(RoleGrant.id)
            ).mappings()
        ),
        "project_roles": _rows(
            session.execute(
                select(
                    Project.public_id.label("project"),
                    ProjectRole.role,
                    ProjectRole.until,
                    ProjectRole.created_at,
                )
                .join(Project, Project.id == ProjectRole.project_id)
                .where(_lent_to(user))
                .order_by(ProjectRole.id)
            ).mappings()
        ),
        "seats": _rows(
            session.execute(
                select(CoordinationGroup.name.label("group"))
                .join(Member, Member.group_id == CoordinationGroup.id)
                .where(Member.user_id == user.id)
            ).mappings()
        ),
        "sessions": _own(session, user, SignIn, "created_at seen_at browser system method"),
        "tokens": _own(
            session, user, ApiToken, "name scopes created_at used_at expires_at revoked_at"
        ),
        "passkeys": _own(session, user, Passkey, "name created_at used_at"),
        "authenticator": _own(session, user, Authenticator, "created_at confirmed_at"),
        "providers": _own(session, user, ProviderIdentity, "subject created_at"),
        "asked_for_account": _rows(
            session.execute(
                select(
                    AccountRequest.name,
                    AccountRequest.organisation,
                    AccountRequest.reason,
                    AccountRequest.state,
                    AccountRequest.created_at,
                ).where(AccountRequest.email == user.email)
            ).mappings()
        ),
        "digests": _own(session, user, DigestDelivery, "state created_at sent_at"),
        "changes": _told(session, Change, user, "at action subject details"),
        "audit_trail": _told(session, AuditEntry, user, "at action subject details"),
    }


def erase(session: Session, user: User, *, by: Actor) -> None:
    """Take away what is kept of somebody but what they did, which is then nobody's. It cannot be undone.

    What they wrote into records belongs to those. Raises Forbidden, and Conflict where the account is open still.
    """
    if not policy.has_role(by, Role.ADMIN):
        raise Forbidden("user.add")
    if user.active:
        raise Conflict("the account must be closed before the person is erased")
    for table in _OWNED:
        session.execute(delete(table).where(table.user_id == user.id))  # type: ignore[attr-defined]
    session.execute(delete(ProjectRole).where(_lent_to(user)))
    session.execute(delete(AccountRequest).where(AccountRequest.email == user.email))
    session.execute(
        update(ApiToken).where(ApiToken.user_id == user.id).values(name="", revoked_at=utcnow())
    )
    session.execute(
        update(DigestDelivery).where(DigestDelivery.user_id == user.id).values(content={}, error="")
    )
    own = (Change.subject == "user", Change.subject_id == user.id)
    session.execute(update(Change).where(*own).values(details={}))
    user.name, user.email = ERASED, f"erased-{user.public_id}@invalid"
    user.password_hash, user.locale, user.time_zone = None, "en", "UTC"
    user.signed_in_at = user.previous_sign_in_at = None
    session.flush()
    session.expire(user, ["grants", "project_roles"])
    note_change(session, "user.erased", user, by=by)


def _lent_to(user: User) -> ColumnElement[bool]:
    """The roles on single projects that were given to their address, also before they had an account."""
    return or_(ProjectRole.user_id == user.id, ProjectRole.email == user.email)


def _own(session: Session, user: User, table: Any, names: str) -> list[dict[str, Any]]:
    """Columns of the rows that belong to `user`."""
    columns = [getattr(table, name) for name in names.split()]
    asked = select(*columns).where(table.user_id == user.id)
    return _rows(session.execute(asked.order_by(table.created_at)).mappings())


def _told(session: Session, table: Any, user: User, names: str) -> list[dict[str, Any]]:
    """What `user` did, in order."""
    columns = [getattr(table, name) for name in names.split()]
    asked = select(*columns).where(table.by_id == user.id).order_by(table.at)
    return _rows(session.execute(asked).mappings())


def _rows(rows: Iterable[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    return [{str(name): _text(value) for name, value in row.items()} for row in rows]


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
