"""One's own account: sign in and out, settings, password."""

from datetime import timedelta
from math import ceil
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from tacoord.errors import Invalid
from tacoord.extensions import announce_writing, db
from tacoord.models import User, utcnow
from tacoord.services.accounts import accounts, invitations
from tacoord.services.accounts.people import roles_of
from tacoord.services.accounts.sign_in_limits import Try, count_try, forgive
from tacoord.web.account.browsers import known_browser, remember_browser
from tacoord.web.account.forms import (
    ChangePasswordForm,
    SetPasswordForm,
    SettingsForm,
    SignInForm,
)
from tacoord.web.gate import actor, open_to_all
from tacoord.web.role_words import given_role_lines

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.route("/sign-in", methods=["GET", "POST"])
@open_to_all
def sign_in() -> ResponseReturnValue:
    """Who are you?"""
    if current_user.is_authenticated:
        return redirect(url_for("home.show"))
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.is_submitted() else 200)
    email, password = form.email.data or "", form.password.data or ""
    tried = Try(email, request.remote_addr or "", known_browser(email))
    if waits := _count(tried):
        return _too_often(form, waits)
    user = accounts.check_password(db.session(), email, password)
    if user is None:
        form.form_errors.append(
            _("This address and password do not belong together. Check both and try again.")
        )
        return _sign_in_page(form, 422)
    db.session.commit()
    announce_writing(db.session())
    accounts.note_sign_in(user, password)
    forgive(db.session(), tried, now=utcnow())
    return _entered(user, _inside(request.args.get("next")) or url_for("home.show"))


@bp.post("/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """Goodbye."""
    logout_user()
    session.clear()
    flash(_("You are signed out."))
    return redirect(url_for(".sign_in"))


@bp.get("")
def show() -> ResponseReturnValue:
    """How does tacoord know me?"""
    return _account_page(SettingsForm(obj=actor()), ChangePasswordForm())


@bp.post("")
def change() -> ResponseReturnValue:
    """Keep name, language and time zone."""
    form = SettingsForm()
    if not form.validate():
        return _account_page(form, ChangePasswordForm()), 422
    accounts.change_settings(
        db.session(),
        actor(),
        name=form.name.data or "",
        locale=form.locale.data,
        time_zone=form.time_zone.data,
    )
    db.session.commit()
    flash(_("Your settings are kept."), "success")
    return redirect(url_for(".show"))


@bp.post("/password")
def change_password() -> ResponseReturnValue:
    """Take a new password; every other session ends."""
    user, form = actor(), ChangePasswordForm()
    if form.validate():
        try:
            accounts.change_password(
                db.session(), user, old=form.old.data or "", new=form.password.data or ""
            )
        except Invalid as error:
            form.show(error)
        else:
            flash(_("Your password is changed. Every other session has ended."), "success")
            return _entered(user, url_for(".show"))
    return _account_page(SettingsForm(formdata=None, obj=user), form), 422


@bp.post("/sessions/end")
def end_sessions() -> ResponseReturnValue:
    """End every session but this one."""
    user = actor()
    accounts.end_sessions(user)
    flash(_("Every other session has ended."), "success")
    return _entered(user, url_for(".show"))


@bp.route("/set-password/<secret>", methods=["GET", "POST"])
@open_to_all
def set_password(secret: str) -> ResponseReturnValue:
    """Set a password by the link that an administrator gave."""
    user = invitations.find_invited(db.session(), secret)
    form = SetPasswordForm()
    if form.validate_on_submit():
        try:
            user = invitations.accept(db.session(), secret, form.password.data or "")
        except Invalid as error:
            form.show(error)
        else:
            flash(_("Your password is set. Welcome."), "success")
            return _entered(user, url_for("home.show"))
    page = render_template("account/set_password.html", form=form, user=user)
    return page, 422 if form.errors else 200


def _account_page(settings: SettingsForm, password: ChangePasswordForm) -> str:
    user = actor()
    roles = given_role_lines(roles_of(db.session(), user, by=user))
    return render_template(
        "account/show.html", settings=settings, password=password, user=user, roles=roles
    )


def _count(tried: Try) -> timedelta | None:
    """Count the try and keep that at once, whatever becomes of it; how long to wait, if one must."""
    waits = count_try(db.session(), tried, now=utcnow())
    db.session.commit()
    return waits


def _too_often(form: SignInForm, waits: timedelta) -> ResponseReturnValue:
    seconds = max(1, ceil(waits.total_seconds()))
    words = _(
        "Too many attempts. Wait %(time)s and try again.",
        time=format_timedelta(timedelta(seconds=seconds), granularity="second", threshold=2),
    )
    form.form_errors.append(words)
    page, status = _sign_in_page(form, 429)
    return page, status, {"Retry-After": str(seconds)}


def _sign_in_page(form: SignInForm, status: int) -> tuple[str, int]:
    return render_template("account/sign_in.html", form=form), status


def _entered(user: User, address: str) -> Response:
    """A new session for `user`, whoever was signed in before, and on to a page."""
    kept = session.get("_flashes")
    session.clear()
    if kept:
        session["_flashes"] = kept
    login_user(user)
    db.session.commit()
    answer = make_response(redirect(address))
    remember_browser(answer, user)
    return answer


def _inside(address: str | None) -> str | None:
    """`address` where it leads to a page of ours, else None: nobody is sent elsewhere after signing in."""
    if not address:
        return None
    parts = urlsplit(address)
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    plain = not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if ours and plain else None
