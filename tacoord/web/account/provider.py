"""Sign in where one's own organisation does: there, and back."""

from typing import Any, Final

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tacoord.extensions import announce_writing, db
from tacoord.models import Provider
from tacoord.services.accounts import openid, providers, sessions
from tacoord.web.account.browsers import client_of_request
from tacoord.web.account.entering import entered_or_asked, inside
from tacoord.web.gate import open_to_all, settings

bp = Blueprint("provider", __name__, url_prefix="/account/provider")

_AWAY: Final = "away"


@bp.get("/<provider_id>")
@open_to_all
def leave(provider_id: str) -> ResponseReturnValue:
    """On to the provider, which asks who one is."""
    provider = providers.get_provider(db.session(), provider_id)
    client = _client(provider)
    db.session.rollback()  # the provider may take its time
    try:
        journey = openid.depart(client)
    except openid.ProviderFailed as error:
        return _failed(error)
    cookie[_AWAY] = {
        "provider": provider_id,
        "state": journey.state,
        "nonce": journey.nonce,
        "verifier": journey.verifier,
        "to": inside(request.args.get("next")),
    }
    return redirect(journey.address)


@bp.get("/<provider_id>/back")
@open_to_all
def come_back(provider_id: str) -> ResponseReturnValue:
    """Back from the provider: whose account is it?"""
    away: dict[str, Any] = cookie.pop(_AWAY, None) or {}
    provider = providers.get_provider(db.session(), provider_id)
    client = _client(provider)
    db.session.rollback()
    try:
        claims = _claims(away, provider_id, client)
    except openid.ProviderFailed as error:
        return _failed(error)
    announce_writing(db.session())
    session = db.session()
    user = providers.user_of(session, providers.get_provider(session, provider_id), claims)
    if user is None:
        sessions.note_refused(session, None, client=client_of_request(), method="provider")
        session.commit()
        flash(_("There is no account here for this person. Ask your administrator."), "error")
        return redirect(url_for("account.sign_in"))
    return entered_or_asked(user, away["to"] or url_for("home.show"), method="provider")


@bp.app_template_global()
def sign_in_providers() -> list[tuple[str, str]]:
    """Where one may sign in besides here: name and address of each."""
    to = inside(request.args.get("next"))
    return [
        (each.name, url_for("provider.leave", provider_id=each.public_id, next=to))
        for each in providers.list_providers(db.session())
    ]


def _claims(away: dict[str, Any], provider_id: str, client: openid.Client) -> Any:
    """What the provider says of who left from this browser. Raises ProviderFailed."""
    code, state = request.args.get("code"), request.args.get("state")
    if not code or not state or away.get("provider") != provider_id or away["state"] != state:
        raise openid.ProviderFailed("nobody left from this browser, or no code came back")
    return openid.arrive(client, code=code, nonce=away["nonce"], verifier=away["verifier"])


def _failed(error: Exception) -> ResponseReturnValue:
    current_app.logger.warning("provider: %s", " ".join(str(error).split()))
    flash(_("Signing in there did not work. Try again, or sign in here."), "error")
    return redirect(url_for("account.sign_in"))


def _client(provider: Provider) -> openid.Client:
    own = settings()
    back = url_for("provider.come_back", provider_id=provider.public_id)
    return openid.Client(
        issuer=provider.issuer,
        client_id=provider.client_id,
        client_secret=providers.secret_of(provider, key=own.secret_key),
        redirect=f"{own.base_url}{back}",
    )
