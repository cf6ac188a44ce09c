"""Roles in words, and what each may do."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from tacoord.models import Role
from tacoord.services.accounts.people import GivenRole


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role of a person as a page shows it: of whom, what it allows, and whether who looks may take it away."""

    code: str
    words: str
    meaning: str
    organisation: str
    organisation_code: str
    group: str
    group_code: str
    mine: bool


def role_words(role: Role) -> str:
    """The name of a role."""
    words: dict[Role, str] = {
        Role.VIEWER: _("Viewer"),
        Role.REPORTER: _("Reporter"),
        Role.ORG_ADMIN: _("Administrator of the organisation"),
        Role.REVIEWER: _("Reviewer of overlaps"),
        Role.FOCAL_POINT: _("Focal point of the government"),
        Role.SECRETARY: _("Secretary of a group"),
        Role.COORDINATOR: _("Coordinator"),
        Role.ADMIN: _("System administrator"),
    }
    return words[role]


def role_meaning(role: Role) -> str:
    """What a role allows, in a sentence."""
    words: dict[Role, str] = {
        Role.VIEWER: _("Reads what the organisation may see."),
        Role.REPORTER: _(
            "Registers and changes the projects of the organisation, and makes offers."
        ),
        Role.ORG_ADMIN: _("As a reporter, and adds people to the organisation."),
        Role.REVIEWER: _("Decides on overlaps of other organisations."),
        Role.FOCAL_POINT: _("Sends requests for the country and answers offers."),
        Role.SECRETARY: _("Keeps the seats of a group, and prepares and sends its digest."),
        Role.COORDINATOR: _(
            "Sees every record, decides on every overlap, reports on behalf of others."
        ),
        Role.ADMIN: _("Keeps accounts, vocabularies and jobs; sees no record that is restricted."),
    }
    return words[role]


def project_role_meaning(role: Role) -> str:
    """What a role on one project allows, in a sentence."""
    words: dict[Role, str] = {
        Role.VIEWER: _("Reads this project, whoever else may see it."),
        Role.REPORTER: _("Reads all of this project and changes it, but not who may see it."),
    }
    return words[role]


def given_role_lines(roles: Iterable[GivenRole]) -> list[RoleLine]:
    """The roles of a person, in words."""
    return [
        RoleLine(
            code=given.role.value,
            words=role_words(given.role),
            meaning=role_meaning(given.role),
            organisation=given.organisation.name,
            organisation_code=given.organisation.code,
            group=given.group.name if given.group else "",
            group_code=given.group.code if given.group else "",
            mine=given.mine,
        )
        for given in roles
    ]
