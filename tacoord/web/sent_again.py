"""A form that comes from a page of an ended session: what was typed is not lost, but offered to be sent again."""

from typing import Final
from urllib.parse import urlsplit

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

_SECRETS: Final = "/account"
"""Below this address forms hold passwords and codes, which no page repeats."""


def offer_to_send_again() -> ResponseReturnValue | None:
    """A page that holds what was sent, to be sent again after signing in; None where that is no form of ours.

    Only what a page of this very site sent is repeated, as its Origin proves: a page elsewhere must not prepare a form
    that waits for one press of a button.
    """
    ours = urlsplit(request.headers.get("Origin", "")).netloc == request.host
    if not ours or not request.form or request.path.startswith(_SECRETS):
        return None
    known = current_user.is_authenticated
    page = render_template(
        "sent_again.html",
        rows=[row for row in request.form.items(multi=True) if row[0] != "csrf_token"],
        had_file=bool(request.files),
        known=known,
        sign_in=url_for("account.sign_in"),
    )
    return page, 400 if known else 401
