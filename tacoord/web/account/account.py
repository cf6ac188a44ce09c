"""One's own account: sign in and out, settings, password."""

from flask import (
    Blueprint,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tacoord.errors import Invalid, NotFound
from tacoord.extensions import announce_writing, db
from tacoord.models import User, utcnow
from tacoord.services.accounts import accounts, invitations, sessions
from tacoord.services.accounts.people import roles_of
from tacoord.services.accounts.sign_in_limits import forgive
from tacoord.services.projects.sharing import roles_held_by
from tacoord.web.account.browsers import client_of_request
from tacoord.web.account.entering import entered, entered_or_asked, inside
from tacoord.web.account.forms import (
    ChangePasswordForm,
    SetPasswordForm,
    SettingsForm,
    SignInForm,
)
from tacoord.web.account.tries import first_step, once_more, say_wait, wait_for
from tacoord.web.gate import actor, open_to_all, own_session, settings
from tacoord.web.role_words import given_role_lines, project_role_meaning, role_words

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
    tried = first_step(email)
    if waits := wait_for(tried):
        headers = say_wait(form, waits)
        return *_sign_in_page(form, 429), headers
    user = accounts.check_password(db.session(), email, password)
    proof = user.password_hash if user else None
    db.session.commit()
    announce_writing(db.session())
    if user is None or not accounts.still_right(db.session(), user, password, proof):
        return _refused(form, user)
    forgive(db.session(), tried, now=utcnow())
    return entered_or_asked(user, inside(request.args.get("next")) or url_for("home.show"))


@bp.post("/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """Goodbye."""
    if current_user.is_authenticated:
        sessions.sign_out(db.session(), own_session())
        db.session.commit()
    cookie.clear()
    flash(_("You are signed out."))
    answer = make_response(redirect(url_for(".sign_in")))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


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
    settings_form = SettingsForm(formdata=None, obj=user)
    if not form.validate():
        return _account_page(settings_form, form), 422
    tried = once_more(own_session())
    if waits := wait_for(tried):
        headers = say_wait(form, waits)
        return _account_page(settings_form, form), 429, headers
    method = own_session().method
    try:
        accounts.change_password(
            db.session(),
            user,
            old=form.old.data or "",
            new=form.password.data or "",
            breached=settings().breached_passwords,
        )
    except Invalid as error:
        form.show(error)
        return _account_page(settings_form, form), 422
    forgive(db.session(), tried, now=utcnow())
    flash(_("Your password is changed. Every other session has ended."), "success")
    return entered(user, url_for(".show"), method=method)


@bp.route("/set-password/<secret>", methods=["GET", "POST"])
@open_to_all
def set_password(secret: str) -> ResponseReturnValue:
    """Set a password by a link."""
    try:
        user = invitations.find_invited(db.session(), secret)
    except NotFound:
        return render_template("account/link_over.html"), 404
    form = SetPasswordForm()
    if form.validate_on_submit():
        try:
            user = invitations.accept(
                db.session(),
                secret,
                form.password.data or "",
                breached=settings().breached_passwords,
            )
        except Invalid as error:
            form.show(error)
        else:
            flash(_("Your password is set. Welcome."), "success")
            return entered_or_asked(user, url_for("home.show"), method="link")
    page = render_template("account/set_password.html", form=form, user=user)
    return page, 422 if form.errors else 200


def _account_page(settings: SettingsForm, password: ChangePasswordForm) -> str:
    user = actor()
    roles = given_role_lines(roles_of(db.session(), user, by=user))
    return render_template(
        "account/show.html",
        settings=settings,
        password=password,
        user=user,
        roles=roles,
        project_roles=[
            (each, role_words(each.role), project_role_meaning(each.role))
            for each in roles_held_by(db.session(), user)
        ],
    )


def _refused(form: SignInForm, user: User | None) -> ResponseReturnValue:
    """Not let in: the same words and the same work, whether the account is there or not."""
    sessions.note_refused(db.session(), user, client=client_of_request())
    db.session.commit()
    form.form_errors.append(
        _("This address and password do not belong together. Check both and try again.")
    )
    return _sign_in_page(form, 422)


def _sign_in_page(form: SignInForm, status: int) -> tuple[str, int]:
    can_ask = settings().self_registration
    return render_template("account/sign_in.html", form=form, can_ask=can_ask), status
