"""The forms of people: somebody new, and a further role."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs
from wtforms.validators import Length

from tacoord.services.accounts.accounts import LONGEST_NAME
from tacoord.web.forms import Needed, PageForm, choices


class RoleForm(PageForm):
    """A role of an organisation; the view fills the lists with what the administrator may give."""

    organisation = SelectField(_l("Organisation"), [Needed()])
    role = SelectField(_l("Role"), [Needed()])
    group = SelectField(
        _l("Group"),
        description=_l("Only for the secretary of one group."),
    )

    @staticmethod
    def choices_of(
        pairs: Iterable[tuple[str, str]], *, blank: str | None = None
    ) -> list[SelectChoice]:
        """Codes and words as choices."""
        return choices(pairs, blank=blank)


class PersonForm(RoleForm):
    """Somebody new, with a first role."""

    email = StringField(_l("E-mail"), [Needed(), Length(max=320)])
    name = StringField(_l("Name"), [Needed(), Length(max=LONGEST_NAME)])
