"""OpenID Connect, code flow with PKCE: where to send somebody, and what the provider says of who comes back."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tacoord.errors import DomainError

PATIENCE_SECONDS: Final = 10
LEEWAY_SECONDS: Final = 60
KEPT_SECONDS: Final = 600
SCOPE: Final = "openid email"
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "RS384", "ES384", "RS512", "ES512")
"""Signatures with the provider's own key; never one with a shared secret, and never none."""

_descriptions: dict[str, tuple[float, Mapping[str, Any]]] = {}


class ProviderFailed(DomainError):
    """The provider cannot be reached, or its answer does not hold; the message is for the log, not for people."""


@dataclass(frozen=True, slots=True)
class Client:
    """What tacoord is to a provider. redirect: where the provider sends people back to."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect: str


@dataclass(frozen=True, slots=True)
class Journey:
    """Somebody's way there and back; kept by their own browser. address: where to send them."""

    address: str
    state: str
    nonce: str
    verifier: str


def depart(client: Client) -> Journey:
    """Begin: everything that makes the answer theirs and only good once. Raises ProviderFailed."""
    found = _discover(client)
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    with _session(client) as session:
        address, state = session.create_authorization_url(
            found["authorization_endpoint"], nonce=nonce, code_verifier=verifier
        )
    return Journey(address, state, nonce, verifier)


def arrive(client: Client, *, code: str, nonce: str, verifier: str) -> Mapping[str, Any]:
    """What the provider says of who comes back with `code`: claims, checked. Raises ProviderFailed."""
    found = _discover(client)
    try:
        with _session(client) as session:
            token = session.fetch_token(
                found["token_endpoint"],
                code=code,
                code_verifier=verifier,
                timeout=PATIENCE_SECONDS,
            )
    except (AuthlibBaseError, requests.RequestException, ValueError) as error:
        raise ProviderFailed(f"no token: {type(error).__name__}") from None
    keys = _get(found["jwks_uri"])
    return _claims(token.get("id_token"), keys, client, nonce)


def _claims(
    id_token: Any, keys: Mapping[str, Any], client: Client, nonce: str
) -> Mapping[str, Any]:
    """The claims, where signature, issuer, audience, times and nonce hold."""
    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": client.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": client.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        token = jwt.decode(str(id_token), KeySet.import_key_set(dict(keys)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        rules.validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderFailed(f"the answer does not hold: {type(error).__name__}") from None
    claims: Mapping[str, Any] = token.claims
    many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if many else client.client_id) != client.client_id:
        raise ProviderFailed("the answer is for somebody else")
    if claims["iat"] > time.time() + LEEWAY_SECONDS:
        raise ProviderFailed("the answer is of the future")
    return claims


def _discover(client: Client) -> Mapping[str, Any]:
    """The provider's own description, which must be of the issuer that we know; asked for now and then."""
    kept = _descriptions.get(client.issuer)
    if kept is None or kept[0] < time.monotonic():
        kept = (time.monotonic() + KEPT_SECONDS, _described(client))
        _descriptions[client.issuer] = kept
    return kept[1]


def _described(client: Client) -> Mapping[str, Any]:
    found = _get(f"{client.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != client.issuer:
        raise ProviderFailed("the description is of another issuer")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(is_safe(str(found.get(name, ""))) for name in needed):
        raise ProviderFailed("the description lacks an address, or has one without https")
    return found


def is_safe(address: str) -> bool:
    """Whether an address is https, or stays on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return (parts.scheme == "https" and bool(host)) or (parts.scheme == "http" and _is_here(host))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _get(address: str) -> Mapping[str, Any]:
    try:
        answer = requests.get(address, timeout=PATIENCE_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        said = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderFailed(f"{urlsplit(address).path}: {type(error).__name__}") from None
    if answer.status_code != 200 or not isinstance(said, dict):
        raise ProviderFailed(f"{urlsplit(address).path}: not what it should be")
    return said


def _session(client: Client) -> OAuth2Session:
    return OAuth2Session(
        client.client_id,
        client.client_secret,
        scope=SCOPE,
        redirect_uri=client.redirect,
        code_challenge_method="S256",
    )
