"""Secrets that must be read again, kept so that the database alone does not tell them."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


def seal(secret: str, *, key: str) -> str:
    """`secret` as it may be stored; key: the installation's own."""
    return _box(key).encrypt(secret.encode()).decode()


def unseal(sealed: str, *, key: str) -> str | None:
    """What was sealed, None where it was sealed with another key."""
    try:
        return _box(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(key: str) -> Fernet:
    own = hashlib.sha256(b"tacoord: sealed in the database\n" + key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(own))
