"""What a token may do, in words of pages."""

from collections.abc import Collection

from flask_babel import gettext as _

from tacoord.models import TokenScope


def scope_words(scopes: Collection[str]) -> list[str]:
    """What a token with these scopes may do, as the parts of a list; never empty."""
    if not scopes:
        return [_("reading only")]
    names = {
        TokenScope.PROJECTS: _("projects"),
        TokenScope.OVERLAPS: _("overlaps"),
        TokenScope.ASSISTANCE: _("assistance"),
    }
    return [_("reading"), *(name for scope, name in names.items() if scope in scopes)]
