"""People with an account: who is there, add somebody, give and take roles, close and open accounts."""

from collections.abc import Collection
from typing import Any, Protocol

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from tacoord import policy
from tacoord.errors import Conflict, Invalid, NotFound
from tacoord.extensions import db
from tacoord.models import AccountRequest, AskState, Role, User
from tacoord.services.accounts import accounts, asking, invitations, people, personal_data
from tacoord.services.accounts.second_factor import factors_of
from tacoord.services.groups.groups import get_group, list_groups
from tacoord.services.organisations.organisations import get_organisation
from tacoord.web.admin.people_forms import PersonForm, RoleForm
from tacoord.web.gate import actor, allowed, confirmed, settings, viewer
from tacoord.web.query import address_with, chips_of, page_asked, question
from tacoord.web.role_words import given_role_lines, role_words

bp = Blueprint("people", __name__, url_prefix="/admin/people")


@bp.get("")
@allowed("user.add")
def index() -> ResponseReturnValue:
    """Who has an account?"""
    session = db.session()
    organisations = {o.code: o.name for o in people.organisations_with_people(session, by=actor())}
    query = _query(organisations)
    found = people.list_people(session, query, by=actor())
    return render_template(
        "admin/people.html",
        found=found,
        query=query,
        lines=[(user, _role_names(user)) for user in found.rows],
        roles={role.value: role_words(role) for role in Role},
        organisations=organisations,
        chips=chips_of(_filter_words(), ".index"),
        older=address_with(".index", page=query.page + 1) if found.more else None,
        newer=address_with(".index", page=query.page - 1) if query.page > 1 else None,
        is_admin=policy.may(actor(), "admin.view"),
        asking=asking.count_waiting(session) if policy.has_role(actor(), Role.ADMIN) else 0,
    )


@bp.route("/new", methods=["GET", "POST"])
@allowed("user.add")
@confirmed
def new() -> ResponseReturnValue:
    """Add somebody with a first role, and show the link with which they set their password."""
    session, by = db.session(), actor()
    form, asked = PersonForm(), _asked_for()
    _fill(form)
    if asked is not None and request.method == "GET":
        form.email.data, form.name.data = asked.email, asked.name
    if form.validate_on_submit():
        try:
            user = accounts.add_user(
                session,
                form.email.data or "",
                name=form.name.data or "",
                organisation=get_organisation(session, form.organisation.data, viewer()),
                role=Role(form.role.data),
                group=get_group(session, form.group.data) if form.group.data else None,
                by=by,
            )
            invited = user.password_hash is None and accounts.may_manage(by, user)
            secret = invitations.invite(session, user, by=by) if invited else None
        except Conflict:
            form.form_errors.append(_("This person has this role already."))
        except Invalid as error:
            form.show(error)
        else:
            if asked is not None:
                asking.decide(session, asked, AskState.ACCEPTED, by=by)
            session.commit()
            return _person_page(user, secret=secret), 201
    page = render_template("admin/person_form.html", form=form, asked=asked)
    return page, 422 if form.errors else 200


@bp.get("/requests")
@allowed("user.add")
def requests() -> ResponseReturnValue:
    """Who asks for an account?"""
    waiting = asking.list_waiting(db.session(), by=actor())
    return render_template("admin/account_requests.html", waiting=waiting)


@bp.post("/requests/<request_id>/decline")
@allowed("user.add")
@confirmed
def decline(request_id: str) -> ResponseReturnValue:
    """No account; nobody is told."""
    session, by = db.session(), actor()
    asked = asking.get_waiting(session, request_id, by=by)
    asking.decide(session, asked, AskState.DECLINED, by=by)
    session.commit()
    flash(_("The request is declined."), "success")
    return redirect(url_for(".requests"))


def _asked_for() -> AccountRequest | None:
    """The request for an account that is being answered, None where somebody is added of the administrator's own."""
    public_id = request.args.get("request")
    return asking.get_waiting(db.session(), public_id, by=actor()) if public_id else None


@bp.get("/<person_id>")
@allowed("user.add")
def show(person_id: str) -> ResponseReturnValue:
    """Who is it, and what may they do?"""
    return _person_page(people.get_person(db.session(), person_id, by=actor()))


@bp.post("/<person_id>/roles")
@allowed("user.add")
@confirmed
def give_role(person_id: str) -> ResponseReturnValue:
    """Give a further role."""
    session, by = db.session(), actor()
    user = people.get_person(session, person_id, by=by)
    form = RoleForm()
    _fill(form)
    if form.validate():
        try:
            accounts.add_user(
                session,
                user.email,
                name=user.name,
                organisation=get_organisation(session, form.organisation.data, viewer()),
                role=Role(form.role.data),
                group=get_group(session, form.group.data) if form.group.data else None,
                by=by,
            )
        except Conflict:
            form.form_errors.append(_("This person has this role already."))
        else:
            session.commit()
            return redirect(url_for(".show", person_id=person_id))
    return _person_page(user, form=form), 422


@bp.post("/<person_id>/roles/take")
@allowed("user.add")
@confirmed
def take_role(person_id: str) -> ResponseReturnValue:
    """Take a role away."""
    session, said = db.session(), request.form.get("role", "")
    user = people.get_person(session, person_id, by=actor())
    role, organisation, group = [*said.split(" "), "", ""][:3]
    if role not in set(Role):
        raise NotFound(f"role {role}")
    people.take_role(
        session,
        user,
        role=Role(role),
        organisation=get_organisation(session, organisation, viewer()),
        group=get_group(session, group) if group else None,
        by=actor(),
    )
    session.commit()
    flash(_("The role is taken away."), "success")
    if user.grants or policy.has_role(actor(), Role.ADMIN):
        return redirect(url_for(".show", person_id=person_id))
    return redirect(url_for(".index"))


@bp.post("/<person_id>/link")
@allowed("user.add")
@confirmed
def make_link(person_id: str) -> ResponseReturnValue:
    """A new link with which the person sets a password."""
    session, by = db.session(), actor()
    user = people.get_person(session, person_id, by=by)
    secret = invitations.invite(session, user, by=by)
    session.commit()
    return _person_page(user, secret=secret), 201


@bp.post("/<person_id>/sessions/end")
@allowed("user.add")
@confirmed
def end_sessions(person_id: str) -> ResponseReturnValue:
    """Sign somebody out everywhere."""
    return _done(person_id, people.end_sessions, _("Every session of this person has ended."))


@bp.post("/<person_id>/factors")
@allowed("user.add")
@confirmed
def remove_factors(person_id: str) -> ResponseReturnValue:
    """Take away the second factors of somebody who has lost them; the password stays as it is."""
    told = _("The second factors are removed. The password alone lets in now.")
    return _done(person_id, people.remove_factors, told)


@bp.post("/<person_id>/close")
@allowed("user.add")
@confirmed
def close(person_id: str) -> ResponseReturnValue:
    """Close the account: nobody can use it until it is opened again."""
    told = _("The account is closed. Its sessions and tokens have ended.")
    return _done(person_id, people.close_account, told)


@bp.post("/<person_id>/open", endpoint="open")
@allowed("user.add")
@confirmed
def open_again(person_id: str) -> ResponseReturnValue:
    """Open a closed account."""
    return _done(person_id, people.open_account, _("The account is open again."))


@bp.post("/<person_id>/erase")
@allowed("user.add")
@confirmed
def erase(person_id: str) -> ResponseReturnValue:
    """Take away what is kept of somebody who wishes it; what they did stays, and is then nobody's."""
    session = db.session()
    user = people.get_person(session, person_id, by=actor())
    personal_data.erase(session, user, by=actor())
    session.commit()
    flash(_("The person is erased."), "success")
    return redirect(url_for(".index"))


class _Act(Protocol):
    def __call__(self, session: Session, user: User, *, by: User) -> None: ...


def _done(person_id: str, act: _Act, told: str) -> ResponseReturnValue:
    """Do something to an account, say that it is done, and go back to it."""
    session, by = db.session(), actor()
    act(session, people.get_person(session, person_id, by=by), by=by)
    session.commit()
    flash(told, "success")
    return redirect(url_for(".show", person_id=person_id))


def _person_page(user: User, *, form: RoleForm | None = None, secret: str | None = None) -> str:
    session, by = db.session(), actor()
    if form is None:
        form = RoleForm(formdata=None)
        _fill(form)
    link = url_for("account.set_password", secret=secret) if secret else None
    return render_template(
        "admin/person.html",
        person=user,
        roles=given_role_lines(people.roles_of(session, user, by=by)),
        form=form,
        link=f"{settings().base_url}{link}" if link else None,
        manageable=accounts.may_manage(by, user),
        myself=user.id == by.id,
        factors=factors_of(session, user),
        may_erase=not user.active and policy.has_role(by, Role.ADMIN),
    )


def _fill(form: RoleForm) -> None:
    """Only what `by` may give stands in the lists."""
    session, by = db.session(), actor()
    organisations = people.organisations_of(session, by=by)
    form.organisation.choices = form.choices_of((o.code, o.name) for o in organisations)
    mine: frozenset[Role] = frozenset().union(
        *(policy.roles_to_give(by, each.id) for each in organisations)
    )
    form.role.choices = form.choices_of((role, role_words(role)) for role in Role if role in mine)
    groups = ((line.group.code, line.group.name) for line in list_groups(session))
    form.group.choices = form.choices_of(
        groups if Role.SECRETARY in mine else (), blank=_("All groups of the organisation")
    )


def _role_names(user: User) -> list[str]:
    return sorted({role_words(grant.role) for grant in user.grants})


def _query(organisations: Collection[str]) -> people.PeopleQuery:
    asked = question()
    return people.PeopleQuery(
        text=asked.text("q"),
        organisation=asked.code("organisation", organisations),
        role=asked.choice("role", Role),
        closed=asked.flag("closed"),
        page=page_asked(),
    )


def _filter_words() -> dict[str, dict[str, Any]]:
    return {
        "q": {},
        "organisation": {},
        "role": {role.value: role_words(role) for role in Role},
        "closed": {"1": _("Closed accounts")},
    }
