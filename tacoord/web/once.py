"""A form that makes something makes it once, however often its button is pressed."""

import hashlib
import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

from flask import Response, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tacoord.extensions import db
from tacoord.models import KeptAnswer

FIELD: Final = "once"
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
P = ParamSpec("P")


def once_key() -> str:
    """What a form carries to be known again: what was sent with it, or something new."""
    sent = request.form.get(FIELD, "")
    return sent if _KEY.fullmatch(sent) else secrets.token_urlsafe(16)


def pressed_once(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Commit what the view did where it answers with a redirect; the same form sent again gets the same redirect.

    The key of the form is claimed first, in the same transaction: of two presses at one moment the second waits for
    the first. The view itself does not commit. What it refuses leaves no claim, so that it can be sent corrected.
    """

    @wraps(view)
    def once(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        key = request.form.get(FIELD, "") if request.method == "POST" else ""
        claim = _claim(key) if _KEY.fullmatch(key) else None
        if isinstance(claim, Response):
            return claim
        answer = make_response(view(*args, **kwargs))
        if 300 <= answer.status_code < 400:
            if claim is not None:
                claim.status, claim.headers = answer.status_code, {"Location": answer.location}
            db.session.commit()
        return answer

    return once


def _claim(key: str) -> KeptAnswer | Response:
    """The claim of a form that is new; of one that was sent before, its answer."""
    user_id, key = current_user.id, f"form {key}"
    if (kept := _kept(user_id, key)) is not None:
        return kept
    claim = KeptAnswer(
        user_id=user_id,
        key=key,
        question_hash=hashlib.sha256(request.path.encode()).hexdigest(),
        status=0,
        body="",
    )
    db.session.add(claim)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        kept = _kept(user_id, key)
        if kept is None:
            raise
        return kept
    return claim


def _kept(user_id: int, key: str) -> Response | None:
    query = select(KeptAnswer).where(KeptAnswer.user_id == user_id, KeptAnswer.key == key)
    found = db.session.scalar(query)
    return None if found is None else make_response(redirect(found.headers["Location"]))
