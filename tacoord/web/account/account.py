"""One's own account: sign in and out, settings, password."""

from datetime import timedelta
from math import ceil

from flask import (
    Blueprint,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_login import current_user

from tacoord.errors import Invalid
from tacoord.extensions import announce_writing, db
from tacoord.models import User, utcnow
from tacoord.services.accounts import accounts, invitations, sessions
from tacoord.services.accounts.people import roles_of
from tacoord.services.accounts.sign_in_limits import Try, count_try, forgive
from tacoord.web.account.browsers import client_of_request, known_browser
from tacoord.web.account.entering import entered, inside
from tacoord.web.account.forms import (
    ChangePasswordForm,
    SetPasswordForm,
    SettingsForm,
    SignInForm,
)
from tacoord.web.gate import actor, open_to_all, own_session
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
    proof = user.password_hash if user else None
    db.session.commit()
    announce_writing(db.session())
    if user is None or not accounts.still_right(db.session(), user, password, proof):
        return _refused(form, user)
    forgive(db.session(), tried, now=utcnow())
    return entered(user, inside(request.args.get("next")) or url_for("home.show"))


@bp.post("/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """Goodbye."""
    if current_user.is_authenticated:
        sessions.sign_out(db.session(), own_session())
        db.session.commit()
    cookie.clear()
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
            return entered(user, url_for(".show"), method=own_session().method)
    return _account_page(SettingsForm(formdata=None, obj=user), form), 422


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
            return entered(user, url_for("home.show"), method="link")
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


def _refused(form: SignInForm, user: User | None) -> ResponseReturnValue:
    """Not let in: the same words and the same work, whether the account is there or not."""
    sessions.note_refused(db.session(), user, client=client_of_request())
    db.session.commit()
    form.form_errors.append(
        _("This address and password do not belong together. Check both and try again.")
    )
    return _sign_in_page(form, 422)


def _sign_in_page(form: SignInForm, status: int) -> tuple[str, int]:
    return render_template("account/sign_in.html", form=form), status
