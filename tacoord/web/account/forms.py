"""The forms of an account: sign in, one's own words and zone, passwords, tokens."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs
from wtforms.validators import Length, NumberRange, Optional

from tacoord.models import TokenScope
from tacoord.services.accounts.accounts import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    LONGEST_TOKEN_NAME,
)
from tacoord.services.accounts.asking import LONGEST_REASON
from tacoord.services.accounts.passkeys import LONGEST_ANSWER, LONGEST_KEY_NAME
from tacoord.services.accounts.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from tacoord.web.forms import MultiCheckboxField, Needed, PageForm, choices
from tacoord.web.zones import language_choices, zone_choices

LONGEST_DAYS = 3650


class SignInForm(PageForm):
    """Address and password."""

    email = StringField(_l("E-mail"), [Needed(), Length(max=320)])
    password = PasswordField(_l("Password"), [Needed(), Length(max=LONGEST_PASSWORD)])


class CodeForm(PageForm):
    """A code of the app, or a recovery code."""

    code = StringField(_l("Code"), [Needed(), Length(max=60)])

    def show_wrong(self, words: str) -> None:
        """Say at the field what is wrong with the code."""
        self.code.errors = [words]


class ConfirmForm(PageForm):
    """Who is signed in shows it again; the view leaves out what they do not have."""

    password = PasswordField(_l("Password"), [Needed(), Length(max=LONGEST_PASSWORD)])
    code = StringField(_l("Code of your authenticator app"), [Needed(), Length(max=60)])


class PasskeyForm(PageForm):
    """What a new passkey is called; the browser puts its answer into `credential`."""

    name = StringField(
        _l("Name"),
        [Needed(), Length(max=LONGEST_KEY_NAME)],
        description=_l("So that you know it again: “my telephone”, “blue key”."),
    )
    credential = HiddenField(validators=[Length(max=LONGEST_ANSWER)])


class AskForm(PageForm):
    """Who asks for an account."""

    name = StringField(_l("Your name"), [Needed(), Length(max=LONGEST_NAME)])
    email = StringField(
        _l("E-mail"),
        [Needed(), Length(max=LONGEST_ADDRESS)],
        description=_l("Your address at your organisation."),
    )
    organisation = StringField(_l("Your organisation"), [Needed(), Length(max=LONGEST_NAME)])
    reason = TextAreaField(
        _l("What do you want to use tacoord for?"), [Needed(), Length(max=LONGEST_REASON)]
    )


class SettingsForm(PageForm):
    """How a person is called, and how pages speak to them."""

    name = StringField(_l("Name"), [Needed(), Length(max=LONGEST_NAME)])
    locale = SelectField(
        _l("Language"),
        [Needed()],
        choices=language_choices,
        description=_l(
            "Dates, numbers and names of countries. What is not translated yet stays in English."
        ),
    )
    time_zone = SelectField(_l("Time zone"), [Needed()], choices=zone_choices)


class ForgottenForm(PageForm):
    """For which account a link is wanted."""

    email = StringField(_l("E-mail address"), [Needed(), Length(max=LONGEST_ADDRESS)])


class _NewPasswordForm(PageForm):
    """A new password, typed twice."""

    password = PasswordField(
        _l("New password"),
        [Needed(), Length(max=LONGEST_PASSWORD)],
        description=_l(
            "At least %(least)d characters. A sentence is good.", least=SHORTEST_PASSWORD
        ),
    )
    again = PasswordField(_l("The new password again"), [Needed()])

    def validate_again(self, field: Any) -> None:
        """Both must say the same."""
        if field.data != self.password.data:
            raise ValidationError(_("The two passwords differ. Type the new one twice."))


class SetPasswordForm(_NewPasswordForm):
    """By a link: the link says who it is."""


class ChangePasswordForm(_NewPasswordForm):
    """Who is signed in proves it once more."""

    old = PasswordField(_l("Present password"), [Needed(), Length(max=LONGEST_PASSWORD)])


def scope_choices() -> list[SelectChoice]:
    """Each scope in a sentence."""
    return choices(
        [
            (
                TokenScope.PROJECTS.value,
                _(
                    "Projects: register, change and withdraw them; send files, and take an import back"
                ),
            ),
            (TokenScope.OVERLAPS.value, _("Overlaps: decide on pairs of projects")),
            (TokenScope.ASSISTANCE.value, _("Assistance: send requests and make offers")),
        ]
    )


class TokenForm(PageForm):
    """What a token is for, what it may do, and how long it lasts."""

    name = StringField(
        _l("What is it for?"),
        [Needed(), Length(max=LONGEST_TOKEN_NAME)],
        description=_l("For example the name of the program that will use it."),
    )
    scopes = MultiCheckboxField(
        _l("What may it do besides reading?"),
        choices=scope_choices,
        description=_l(
            "Every token reads what you may read. Tick nothing, and it only reads. "
            "It never does what you yourself may not do."
        ),
    )
    days = IntegerField(
        _l("Days until it ends"),
        [Optional(), NumberRange(1, LONGEST_DAYS)],
        default=365,
        description=_l(
            "A year, unless you change it. Empty the field for a token that does not end by itself."
        ),
    )

    def chosen_scopes(self) -> list[TokenScope]:
        """What was ticked."""
        return [TokenScope(each) for each in self.scopes.data or ()]
