"""The main navigation: where one can go from every page, in the order of the week's work."""

from dataclasses import dataclass
from typing import Final

from flask import current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from tacoord import policy

_PARTS: Final = {
    "people": "admin",
    "vocabularies": "admin",
    "model": "admin",
    "sharing": "projects",
}
"""Pages that stand under a place with another name."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: its address, its word, and whether the page shown belongs to it."""

    url: str
    label: str
    current: bool


def navigation_of() -> list[Place]:
    """The places for who is signed in; none for others."""
    if not current_user.is_authenticated:
        return []
    places = [
        ("home.show", _("Home")),
        ("coverage.matrix", _("Coverage")),
        ("countries.world", _("Map")),
        ("projects.index", _("Projects")),
        ("overlaps.index", _("Overlaps")),
        ("gaps.index", _("Gaps")),
        ("assistance.index", _("Requests")),
        ("groups.index", _("Groups")),
        ("organisations.index", _("Organisations")),
    ]
    if policy.may(current_user, "project.import"):
        places.append(("exchange.index", _("Import and export")))
    if policy.may(current_user, "admin.view"):
        places.append(("admin.index", _("Administration")))
    here = (request.endpoint or "").partition(".")[0]
    here = _PARTS.get(here, here)
    return [
        Place(url_for(endpoint), label, endpoint.partition(".")[0] == here)
        for endpoint, label in places
        if endpoint in current_app.view_functions
    ]
