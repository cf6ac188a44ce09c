"""People with access: the roles that an organisation gives on one of its projects, and takes back."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs
from wtforms.validators import Length, Optional

from tacoord import policy
from tacoord.errors import Conflict, Invalid
from tacoord.extensions import db
from tacoord.models import Project, Role
from tacoord.services.projects.projects import get_project
from tacoord.services.projects.sharing import RoleDraft, give_role, list_roles, take_role
from tacoord.web.forms import DayField, Needed, PageForm, choices
from tacoord.web.gate import actor, allowed, confirmed, viewer
from tacoord.web.role_words import project_role_meaning, role_words

bp = Blueprint("sharing", __name__, url_prefix="/projects")


def _role_choices() -> list[SelectChoice]:
    return choices(
        (role.value, f"{role_words(role)} – {project_role_meaning(role)}")
        for role in policy.PROJECT_ROLES
    )


class ProjectRoleForm(PageForm):
    """A role on the project for one address, perhaps until a day."""

    email = StringField(
        _l("E-mail"),
        [Needed(), Length(max=320)],
        description=_l("The address of the person’s account here, of any organisation."),
    )
    role = RadioField(_l("Role"), [Needed()], choices=_role_choices, default=Role.VIEWER.value)
    until = DayField(
        _l("Last day"),
        [Optional()],
        description=_l("After this day (UTC) the role ends by itself."),
    )

    def draft(self) -> RoleDraft:
        """What was entered."""
        return RoleDraft(self.email.data or "", Role(self.role.data), self.until.data)


@bp.get("/<project_id>/people")
@allowed("project.share")
def show(project_id: str) -> ResponseReturnValue:
    """Who has a role on this project?"""
    return _page(_project(project_id), ProjectRoleForm(formdata=None))


@bp.post("/<project_id>/people")
@allowed("project.share")
@confirmed
def give(project_id: str) -> ResponseReturnValue:
    """Give somebody a role: the same answer whether anybody has an account with the address or not."""
    project, form = _project(project_id), ProjectRoleForm()
    if form.validate():
        try:
            given = give_role(db.session(), project, form.draft(), by=actor())
        except Invalid as error:
            form.show(error)
        except Conflict:
            form.form_errors.append(_("The project is withdrawn. Restore it first."))
        else:
            db.session.commit()
            words = _("If %(email)s is the address of an account, the role holds from now on.")
            flash(words % {"email": given.email}, "success")
            return redirect(url_for(".show", project_id=project_id))
    return _page(project, form), 422


@bp.post("/<project_id>/people/<role_id>/take")
@allowed("project.share")
@confirmed
def take(project_id: str, role_id: str) -> ResponseReturnValue:
    """Take a role back."""
    project = _project(project_id)
    email = take_role(db.session(), project, role_id, by=actor())
    db.session.commit()
    flash(_("The role of %(email)s is taken back.", email=email), "success")
    return redirect(url_for(".show", project_id=project_id))


def _project(project_id: str) -> Project:
    """The project, where who asks may share it."""
    project = get_project(db.session(), project_id, viewer())
    policy.require(actor(), "project.share", project)
    return project


def _page(project: Project, form: ProjectRoleForm) -> str:
    given = list_roles(db.session(), project, by=actor())
    return render_template(
        "projects/people.html",
        project=project,
        form=form,
        lines=[(each, role_words(each.role), project_role_meaning(each.role)) for each in given],
    )
