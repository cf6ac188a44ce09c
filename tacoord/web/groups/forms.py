"""The forms of a group: its schedule, and a seat for somebody."""

from babel import dates
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs
from wtforms.validators import InputRequired, Length, Optional

from tacoord.models import DigestDefinition, Frequency, Organisation, User
from tacoord.services.accounts.accounts import find_user
from tacoord.services.digests.schedules import LONGEST_INTRODUCTION, ScheduleDraft
from tacoord.services.organisations.organisations import find, find_by_code
from tacoord.web.forms import PageForm, choices, find_field, version_of
from tacoord.web.gate import viewer
from tacoord.web.zones import zone_choices


def frequency_choices() -> list[SelectChoice]:
    """How often, in words."""
    return choices(
        (
            (Frequency.DAILY.value, _("Every day")),
            (Frequency.WEEKLY.value, _("Every week")),
            (Frequency.MONTHLY.value, _("Every month")),
            (Frequency.QUARTERLY.value, _("Every quarter (January, April, July, October)")),
        )
    )


def weekday_names() -> dict[int, str]:
    """The days of the week from Monday, in the reader's language."""
    names = dates.get_day_names("wide", "stand-alone", locale=get_locale() or "en")
    return {number: str(names[number]) for number in range(7)}


def weekday_choices() -> list[SelectChoice]:
    """The days of the week as choices."""
    return choices((str(number), name) for number, name in weekday_names().items())


class ScheduleForm(PageForm):
    """When the digest goes out, and the secretary's own sentences for the next one."""

    frequency = SelectField(_l("How often"), [InputRequired()], choices=frequency_choices)
    weekday = SelectField(
        _l("Day of the week"), [InputRequired()], choices=weekday_choices, coerce=int,
        description=_l("For a digest that comes every week."),
    )  # fmt: skip
    day = IntegerField(
        _l("Day of the month"), [InputRequired()], default=1,
        description=_l("1 to 28, for a digest that comes every month or quarter."),
    )  # fmt: skip
    hour = IntegerField(_l("Hour"), [InputRequired()], default=8, description=_l("0 to 23"))
    minute = IntegerField(_l("Minute"), [InputRequired()], default=0, description=_l("0 to 59"))
    time_zone = SelectField(_l("Time zone"), [InputRequired()], choices=zone_choices, default="UTC")
    active = BooleanField(_l("The digest goes out"), default=True)
    introduction = TextAreaField(
        _l("Your own words at the head of the next issue"),
        [Optional(), Length(max=LONGEST_INTRODUCTION)],
        description=_l("Everybody who gets the digest reads them. They stand in one issue."),
    )
    version = HiddenField()

    def began_from(self) -> int | None:
        """The version that the editor saw."""
        return version_of(self.version.data)

    def draft(self) -> ScheduleDraft:
        """What was entered; a number that was left out is outside all limits."""
        numbers = {
            name: -1 if self[name].data is None else int(self[name].data)
            for name in ("weekday", "day", "hour", "minute")
        }
        return ScheduleDraft(
            frequency=self.frequency.data or "",
            time_zone=self.time_zone.data or "",
            active=bool(self.active.data),
            introduction=self.introduction.data or "",
            **numbers,
        )


class SeatForm(PageForm):
    """A seat for an organisation as a whole, or for one person by address."""

    organisation = StringField(
        _l("Organisation"), [Optional(), Length(max=500)],
        description=_l("Its name, acronym or code, for a seat of the organisation as a whole."),
    )  # fmt: skip
    email = StringField(
        _l("E-mail of a person"), [Optional(), Length(max=320)],
        description=_l("For a seat of one person, who then gets the digest."),
    )  # fmt: skip

    def found(self, session: Session) -> tuple[Organisation | None, User | None] | None:
        """Who is meant; None, with the problem at its field, where nobody is."""
        organisation = user = None
        if name := (self.organisation.data or "").strip():
            organisation = _find_organisation(session, name)
            if organisation is None:
                self._say(
                    "organisation", _("No organisation has this name. Check how it is written.")
                )
        if address := (self.email.data or "").strip():
            user = find_user(session, address)
            if user is None or not user.active:
                self._say("email", _("Nobody with this address has an account here."))
        if not name and not address:
            self._say("organisation", _("Name an organisation or a person."))
        return None if self.errors else (organisation, user)

    def _say(self, name: str, words: str) -> None:
        field = find_field(self, name)
        assert field is not None
        field.errors = [*field.errors, words]


def _find_organisation(session: Session, said: str) -> Organisation | None:
    """By one of its names, else by its code; only one that the secretary may know of."""
    return find(session, name=said, viewer=viewer()) or find_by_code(session, said, viewer())


def schedule_words(definition: DigestDefinition) -> str:
    """The clock of a digest as one phrase: "every week on Monday at 08:00 (Europe/Vienna)"."""
    templates = {
        Frequency.DAILY: _l("every day at %(time)s (%(zone)s)"),
        Frequency.WEEKLY: _l("every week on %(weekday)s at %(time)s (%(zone)s)"),
        Frequency.MONTHLY: _l("on day %(day)s of every month at %(time)s (%(zone)s)"),
        Frequency.QUARTERLY: _l("on day %(day)s of every quarter at %(time)s (%(zone)s)"),
    }
    return str(templates[definition.frequency]) % {
        "time": f"{definition.hour:02}:{definition.minute:02}",
        "zone": definition.time_zone,
        "weekday": weekday_names()[definition.weekday],
        "day": definition.day,
    }
