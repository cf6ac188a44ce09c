"""Passkeys (WebAuthn): register one, sign in with one, remove one.

A passkey stands for two factors at once: the device, and the finger, face or number that opens it. It answers only to
the site it was made for, and only to a challenge of ours, which is taken once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tacoord.errors import N_, Conflict, Invalid, NotFound, Problem
from tacoord.models import Passkey, User, utcnow
from tacoord.policy import Actor
from tacoord.services.accounts.accounts import one_line
from tacoord.services.accounts.second_factor import drop_codes_without_factor
from tacoord.services.accounts.sign_in_limits import use_once
from tacoord.services.history import note_change

MOST: Final = 20
LONGEST_KEY_NAME: Final = 200
LONGEST_ANSWER: Final = 20_000
_LONGEST_ID: Final = 1023


@dataclass(frozen=True, slots=True)
class Site:
    """For whom passkeys are made: the address of the site, without a path."""

    origin: str

    @property
    def host(self) -> str:
        """The name that a passkey is bound to."""
        return urlsplit(self.origin).hostname or ""

    @property
    def usable(self) -> bool:
        """Whether browsers make passkeys for it: only for names, not for numbers."""
        try:
            ip_address(self.host)
        except ValueError:
            return True
        return False


def options_to_make(session: Session, user: User, *, site: Site, challenge: bytes) -> str:
    """What the browser needs to make a passkey for `user`, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="tacoord",
        user_id=user.public_id.encode(),
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(key) for key in list_passkeys(session, user)],
    )
    return options_to_json(options)


def options_to_ask(keys: Sequence[Passkey], *, site: Site, challenge: bytes) -> str:
    """What the browser needs to ask for one of `keys`, or for any where there are none, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        allow_credentials=[_descriptor(key) for key in keys],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def add_passkey(
    session: Session, user: User, answer: str, *, name: str, site: Site, challenge: bytes
) -> Passkey:
    """Keep the passkey that the browser has made. Raises Invalid where its answer does not hold, or the name is wrong.

    Raises Conflict where there are too many.
    """
    name = one_line(name)
    if not 0 < len(name) <= LONGEST_KEY_NAME:
        problem = N_("Use 1 to %(most)d characters.")
        raise Invalid([Problem("name", problem, {"most": LONGEST_KEY_NAME})])
    if len(list_passkeys(session, user)) >= MOST:
        raise Conflict(f"more than {MOST} passkeys")
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise _does_not_hold() from None
    known = select(Passkey.id).where(
        Passkey.credential_id == bytes_to_base64url(made.credential_id)
    )
    if (
        len(made.credential_id) > _LONGEST_ID
        or session.scalar(known)
        or not use_once(session, challenge, now=utcnow())
    ):
        raise _does_not_hold()
    key = Passkey(
        user_id=user.id,
        name=name,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
    )
    session.add(key)
    session.flush()
    note_change(session, "user.passkey_added", user, by=user, details={"name": name})
    return key


def find_signed(session: Session, answer: str, *, site: Site, challenge: bytes) -> User | None:
    """The active user whose passkey has signed the challenge, None where the answer does not hold."""
    try:
        said = _read(answer)
        wanted = select(Passkey).where(Passkey.credential_id == str(said["id"])).with_for_update()
        key = session.scalar(wanted)
        if key is None:
            return None
        done = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    user = session.get(User, key.user_id)
    if user is None or not user.active or not use_once(session, challenge, now=utcnow()):
        return None
    key.sign_count, key.used_at = done.new_sign_count, utcnow()
    return user


def list_passkeys(session: Session, user: User) -> Sequence[Passkey]:
    """The passkeys of `user`, oldest first."""
    return session.scalars(
        select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)
    ).all()


def remove_passkey(session: Session, public_id: str, *, user: User, by: Actor) -> None:
    """Take a passkey of `user` away. Raises NotFound."""
    wanted = select(Passkey).where(Passkey.public_id == public_id, Passkey.user_id == user.id)
    key = session.scalar(wanted)
    if key is None:
        raise NotFound("passkey")
    session.delete(key)
    session.flush()
    drop_codes_without_factor(session, user)
    note_change(session, "user.passkey_removed", user, by=by, details={"name": key.name})


def _descriptor(key: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id))


def _read(answer: str) -> dict[str, Any]:
    """The browser's answer. Raises ValueError where it is none."""
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    said = json.loads(answer)
    if not isinstance(said, dict):
        raise ValueError("not an object")
    return said


def _does_not_hold() -> Invalid:
    words = N_("The passkey could not be checked. Load the page anew and try again.")
    return Invalid([Problem("", words)])
