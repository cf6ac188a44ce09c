"""Issues of digests in the archive, and the page that stops the mail."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from tacoord import policy
from tacoord.extensions import csrf, db
from tacoord.models import DeliveryState
from tacoord.services.digests import digests
from tacoord.services.digests.content import compose
from tacoord.services.digests.words import word
from tacoord.services.groups import subscriptions
from tacoord.services.terms.wording import words_for
from tacoord.web.gate import actor, open_to_all, settings, viewer

bp = Blueprint("digests", __name__, url_prefix="/digests")


@bp.get("/<digest_id>")
def show(digest_id: str) -> ResponseReturnValue:
    """What happened? One issue, with what the reader may see of it today."""
    session = db.session()
    issue = digests.get_issue(session, digest_id, viewer())
    group = issue.definition.group
    content = compose(session, group, digests.span_of(issue), viewer())
    counts = digests.count_copies(session, issue)
    is_secretary = policy.may(actor(), "digest.send", group)
    return render_template(
        "digests/show.html",
        issue=issue,
        group=group,
        digest=word(
            content,
            group,
            words_for(str(get_locale() or "en"), issue.definition.time_zone),
            base_url="",
            number=issue.number,
            introduction=issue.introduction,
        ),
        sent=counts.get(DeliveryState.SENT, 0),
        waiting=counts.get(DeliveryState.PENDING, 0),
        copies=sum(counts.values()),
        failed=digests.list_failed(session, issue) if is_secretary else [],
        is_secretary=is_secretary,
    )


# A mail program posts here by itself (RFC 8058), without session and so without a token of ours: the signed address is
# the proof. Opening the page changes nothing, because scanners of mail open every link.
@bp.route("/stop/<token>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@open_to_all
def stop(token: str) -> ResponseReturnValue:
    """Stop the mail, or start it again."""
    session = db.session()
    group, user = subscriptions.read_stop_token(session, settings().secret_key, token)
    if request.method == "POST":
        if request.form.get("again") == "yes":
            subscriptions.subscribe(session, group, user)
        else:
            subscriptions.unsubscribe(session, group, user)
        session.commit()
    return render_template(
        "digests/stop.html",
        group=group,
        reads=subscriptions.reads(session, group, user),
        done=request.method == "POST",
        token=token,
    )
