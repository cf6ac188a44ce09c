"""An OpenID Connect provider of the test's own, behind a real socket; it can be told to lie."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server

LOOPBACK = "127.0.0.1"


class TestProvider:
    """claims: what it says of everybody; lies: claims that replace the right ones (None: left out)."""

    __test__ = False

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.claims: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.signer: Any = self.key
        self.algorithm = "RS256"
        self.client = ("tacoord", "a secret between the two")
        self.codes: dict[str, dict[str, str]] = {}
        self.issuer = ""

    def token(self, nonce: str) -> str:
        """What it says, signed."""
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "sub": "person-1",
            "aud": self.client[0],
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.claims,
            **self.lies,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "one"}
        return jwt.encode(header, kept, self.signer, algorithms=[self.algorithm])


def a_stranger() -> RSAKey:
    """A key that is not the provider's, under its name."""
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


def a_shared_secret() -> OctKey:
    """A key for signatures that the client itself could make."""
    return OctKey.import_key("a secret between the two, as long as HS256 wants it")


@contextmanager
def running() -> Iterator[TestProvider]:
    """A provider that answers."""
    own, app = TestProvider(), Flask("provider")

    @app.get("/.well-known/openid-configuration")
    def describe() -> Response:
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
        }
        found = {name: f"{own.issuer}/{place}" for name, place in places.items()}
        return jsonify(issuer=own.issuer, **found)

    @app.get("/keys")
    def keys() -> Response:
        return jsonify(keys=[own.key.as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> Response:
        assert request.args["response_type"] == "code"
        assert request.args["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        own.codes[code] = request.args.to_dict()
        back = {"code": code, "state": request.args["state"]}
        return redirect(f"{request.args['redirect_uri']}?{urlencode(back)}")

    @app.post("/token")
    def token() -> tuple[Response, int]:
        asked = own.codes.pop(request.form.get("code", ""), None)
        proof = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        shown = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        who = request.authorization
        if who is None or (who.username, who.password) != own.client:
            return jsonify(error="invalid_client"), 401
        if asked is None or asked["code_challenge"] != shown:
            return jsonify(error="invalid_grant"), 400
        answer = {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": own.token(asked["nonce"]),
        }
        return jsonify(answer), 200

    server = make_server(LOOPBACK, 0, app, threaded=True)
    own.issuer = f"http://{LOOPBACK}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield own
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
