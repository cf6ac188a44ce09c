"""The base form: problems at their fields, what was typed kept, rows added and removed."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from babel import Locale, numbers
from flask import flash, request, url_for
from flask_babel import get_locale, gettext, lazy_gettext
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import (
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    SelectField,
    SelectMultipleField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs
from wtforms.form import BaseForm
from wtforms.validators import Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, Select, TextInput

from tacoord.errors import PROJECT, Invalid, Problem
from tacoord.services.terms.amounts import AMBIGUOUS, AmbiguousAmount, plain_amount
from tacoord.services.terms.wording import day_words
from tacoord.services.terms.written_money import (
    OTHER_CURRENCY,
    WrittenMoney,
    read_money,
    read_share,
)

ADD: Final = "add-row"
REMOVE: Final = "remove-row"
_DAYS: Final = (date(1900, 1, 1), date(2200, 12, 31))
_ISO_DAY: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d)")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_SPACES: Final = str.maketrans("", "", " \u00a0\u202f")


@dataclass(frozen=True, slots=True)
class Shown:
    """A problem as the page shows it: `anchor` is the id of its field, None for the whole form."""

    anchor: str | None
    label: str
    words: str


class RowForm(Form):
    """One row of a repeated part (an organisation with its role, a line of a budget)."""

    presets: frozenset[str] = frozenset()
    """Fields that come filled in, so that they do not make a row count as filled in."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """As the page's form, but the page carries the one CSRF token."""

        csrf = False

    def is_blank(self) -> bool:
        """Whether nothing was typed or chosen in this row."""
        return not any(_typed(field) for field in self if field.short_name not in self.presets)


class PageForm(FlaskForm):  # type: ignore[misc]
    """A form of a page. Its errors are the fields' own; `show` adds what the domain says."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """As the library's, but a form is read out of forms alone, never out of JSON."""

        def wrap_formdata(self, form: BaseForm, formdata: Any) -> Any:
            """What was posted: fields and files; None where nothing was."""
            if request and request.is_json:
                return None
            return super().wrap_formdata(form, formdata)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields; blank rows are left out first, so that row numbers are the draft's."""
        for rows in self._rows():
            for index in reversed(range(len(rows))):
                if _is_blank(rows[index]):
                    rows.pop_entry(index)  # type: ignore[call-arg]
        good = bool(super().validate(extra_validators))
        if not good:
            self._top_up_rows()
        return good

    def show(self, error: Invalid) -> None:
        """Put each problem of `error` at its field, and what has no field here above the form.

        A field that could not be read says so, and nothing of the value that it therefore lacks.
        """
        unread = {field for field in _fields_in(self) if field.errors}
        for problem in error.problems:
            words = _with_a_way(problem)
            field = find_field(self, problem.field)
            if field in unread:
                continue
            if field is None:
                self.form_errors.append(words)
            elif isinstance(field, FormField):
                field.form.form_errors.append(words)
            else:
                field.errors = [*field.errors, words]
        for rows in self._rows():
            own = [words for words in rows.errors if isinstance(words, str)]
            rows.errors = own + [entry.errors for entry in rows if entry.errors]
        self._top_up_rows()

    def problems(self) -> list[Shown]:
        """Everything that is wrong, in the order of the page, for the list above the form."""
        whole = [Shown(None, "", _plain(words)) for words in self.form_errors]
        return [*whole, *_problems_in(self)]

    def change_rows(self) -> bool:
        """Add or remove the row whose button was pressed; False where it was another button.

        A view asks this before it validates, and shows the form again where it is True.
        """
        if not self.is_submitted():
            return False
        if ADD in request.form:
            if not request.form[ADD]:
                flash(
                    gettext("Nothing is saved yet. Use one of the buttons at the end of the form.")
                )
            rows = find_field(self, request.form[ADD])
            if isinstance(rows, FieldList) and len(rows) < (rows.max_entries or len(rows) + 1):
                rows.append_entry()
            return True
        if REMOVE in request.form:
            name, _, index = request.form[REMOVE].rpartition(".")
            rows = find_field(self, name)
            if isinstance(rows, FieldList) and _is_row(index, rows):
                rows.pop_entry(int(index))  # type: ignore[call-arg]
                self._top_up_rows()
            return True
        return False

    def _rows(self) -> "list[FieldList[Any]]":
        return [field for field in self if isinstance(field, FieldList)]

    def _top_up_rows(self) -> None:
        for rows in self._rows():
            while len(rows) < rows.min_entries:
                rows.append_entry()


def say(problem: Problem) -> str:
    """A problem of the domain in the reader's language, its days and numbers too."""
    values = {name: _worded(value) for name, value in problem.values.items()}
    return str(gettext(problem.message, **values))


def _with_a_way(problem: Problem) -> str:
    """As `say`, with a link to the project that the problem is about."""
    words, project = say(problem), problem.values.get(PROJECT)
    if not project:
        return words
    address = url_for("projects.show", project_id=project)
    return Markup('{} <a href="{}">{}</a>').format(words, address, gettext("Open that project"))


def _plain(words: object) -> str:
    """Words without the link in them: in the list above the form they are a link themselves."""
    return words.striptags() if isinstance(words, Markup) else str(words)


def version_of(typed: object) -> int | None:
    """The version of the record that somebody edited, as the form had it; None where it had none.

    What is no number names a version that never was, so that nothing is overwritten unseen.
    """
    text = str(typed or "")
    if not text:
        return None
    return int(text) if _NUMBER.fullmatch(text) else -1


def find_field(form: Form, path: str) -> Field | None:
    """The field at `path` (`title`, `countries.1.code`), or the nearest one around it, or None."""
    here: Any = form
    found: Field | None = None
    for part in path.split("."):
        step = _step(here, part)
        if step is None:
            return found
        here = found = step
    return found


def choices(terms: Iterable[tuple[str, str]], *, blank: str | None = None) -> list[SelectChoice]:
    """Codes and labels as the choices of a field; `blank` words an empty first choice."""
    first = [SelectChoice("", blank)] if blank is not None else []
    return [*first, *(SelectChoice(code, label) for code, label in terms)]


def grouped_choices(groups: Mapping[str, Iterable[tuple[str, str]]]) -> list[SelectChoice]:
    """The same under headings: one list of codes and labels for each heading."""
    return [
        SelectChoice(code, label, optgroup=heading)
        for heading, terms in groups.items()
        for code, label in terms
    ]


class Needed:
    """The field must be filled in; anything else that is wrong with nothing is not said."""

    field_flags = {"required": True}

    def __call__(self, form: BaseForm, field: Field) -> None:
        """Raise StopValidation where nothing was entered."""
        if not _typed(field):
            field.errors = []
            raise StopValidation(gettext("This is empty. Fill it in."))


class ShortSelect(Select):
    """A list of choices in few bytes: a code that is its own label is written once."""

    @classmethod
    def render_option(cls, choice: Any, **kwargs: Any) -> Markup:  # type: ignore[override]
        """One choice."""
        if choice.value == choice.label and not choice.selected:
            return Markup("<option>{}").format(choice.label)
        option: Markup = super().render_option(choice, **kwargs)
        return option


class MultiCheckboxField(SelectMultipleField):
    """Several of a list, as check boxes; the macro folds and searches long lists."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class DayField(DateField):
    """A day without a time, so that no time zone can shift it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read `2026-11-21`; raises ValueError with the reader's words otherwise."""
        self.data = None
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            return
        try:
            day = datetime.strptime(typed, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            raise ValueError(
                gettext("This is not a day. Enter year, month and day, like 2026-11-21.")
            ) from None
        if not _DAYS[0] <= day <= _DAYS[1]:
            raise ValueError(gettext("Enter a year between 1900 and 2200."))
        self.data = day


class DecimalTextField(Field):
    """A number typed as the reader's language writes it; `data` is a Decimal or None."""

    widget = TextInput()
    most = Decimal(10) ** 13

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number strictly: a separator in an odd place is refused, not guessed at."""
        self.data = None
        typed = valuelist[0].translate(_SPACES) if valuelist else ""
        if not typed:
            return
        value = self.read(typed)
        if abs(value) >= self.most:
            raise ValueError(gettext("This number is too large."))
        self.data = value

    def read(self, typed: str) -> Decimal:
        """The number; raises ValueError with the reader's words."""
        try:
            if any(sign.isalpha() for sign in typed):
                raise numbers.NumberFormatError(typed)  # else "1e5" and "NaN" are numbers
            return numbers.parse_decimal(typed, locale=_locale(), strict=True)
        except (numbers.NumberFormatError, InvalidOperation):
            words = gettext(
                "This is not a number. Enter it like %(example)s.", example=_example("12.5")
            )
            raise ValueError(words) from None

    def written(self, value: Decimal) -> str:
        """The number as it stands in the field."""
        return numbers.format_decimal(value, "#,##0.##########", locale=_locale())

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        return self.written(self.data)


class MoneyField(DecimalTextField):
    """An amount in major units as typed; `minor` gives it in whole minor units, `stated` the currency beside it."""

    stated = WrittenMoney(None)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the amount; one below 0 is refused."""
        self.stated = WrittenMoney(None)
        super().process_formdata(valuelist)
        if self.data is not None and self.data < 0:
            raise ValueError(gettext("Enter an amount of 0 or more."))

    def read(self, typed: str) -> Decimal:
        """The amount as tables have it, too; what could be read in two ways is refused, with both."""
        try:
            self.stated = read_money(typed)
            return self.stated.amount or Decimal(0)
        except AmbiguousAmount as two:
            raise ValueError(_both_readings(two, typed)) from None
        except ValueError:
            words = gettext(
                "This is no amount. Write it in digits, like %(example)s, without words or a minus sign.",
                example=_example("1250000"),
            )
            raise ValueError(words) from None

    def written(self, value: Decimal) -> str:
        """The amount such that it is read again as it is."""
        return plain_amount(value)

    def minor(self, currency: str) -> int | None:
        """The amount in whole minor units of `currency`, None where nothing was typed.

        Raises ValueError where the amount could be two amounts of this currency, has more digits after the point than
        the currency, or names another one.
        """
        if self.data is None:
            return None
        typed = str(self.raw_data[0]) if self.raw_data else ""
        try:
            read_money(typed, currency)
        except AmbiguousAmount as two:
            raise ValueError(_both_readings(two, typed)) from None
        if not self.stated.agrees_with(currency):
            raise ValueError(gettext(OTHER_CURRENCY, mark=self.stated.mark, currency=currency))
        places = numbers.get_currency_precision(currency)
        scaled = self.data.scaleb(places)
        if scaled != scaled.to_integral_value():
            raise ValueError(
                gettext(
                    "%(currency)s has %(places)s digits after the point. Enter no more than that.",
                    currency=currency,
                    places=places,
                )
            )
        return int(scaled)


class ShareField(DecimalTextField):
    """A share in per cent, 0 to 100; may stay empty."""

    def __init__(self, label: str | None = None, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, [Optional(), *validators], **kwargs)

    def read(self, typed: str) -> Decimal:
        """The share, with or without its sign, with a point or a comma."""
        try:
            return read_share(typed) or Decimal(0)
        except ValueError:
            words = gettext(
                "This is not a number. Enter it like %(example)s.", example=_example("12.5")
            )
            raise ValueError(words) from None

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is no share of a hundred."""
        if self.data is not None and not 0 <= self.data <= 100:
            raise ValidationError(gettext("Enter a share from 0 to 100."))


def share_row(label: Any, code_choices: Callable[[], list[SelectChoice]]) -> type[RowForm]:
    """The class of a row with a `code` out of a list and its `percentage`, for a FieldList."""

    class ShareRow(RowForm):
        """A code with its share."""

        code = SelectField(label, choices=code_choices, validate_choice=True)
        percentage = ShareField(lazy_gettext("Share (%)"))

    return ShareRow


def _is_row(index: str, rows: "FieldList[Any]") -> bool:
    return bool(_NUMBER.fullmatch(index)) and int(index) < len(rows)


def _typed(field: Field) -> bool:
    return any(v.strip() if isinstance(v, str) else v for v in field.raw_data or ())


def _is_blank(entry: Field) -> bool:
    if isinstance(entry, FormField):
        return isinstance(entry.form, RowForm) and entry.form.is_blank()
    return not _typed(entry)


def _step(here: Any, part: str) -> Field | None:
    if isinstance(here, FormField):
        here = here.form
    if isinstance(here, FieldList):
        return here.entries[int(part)] if _is_row(part, here) else None
    if isinstance(here, Form):
        found: Field | None = here._fields.get(part)
        return found
    return None


def _fields_in(form: Form) -> Iterator[Field]:
    """Every field that holds a value, those of the rows too."""
    for field in form:
        if isinstance(field, FieldList | FormField):
            entries = field.entries if isinstance(field, FieldList) else [field]
            for entry in entries:
                yield from _fields_in(entry.form) if isinstance(entry, FormField) else (entry,)
        else:
            yield field


def _problems_in(form: Form, row: str = "") -> Iterator[Shown]:
    for field in form:
        if isinstance(field, FieldList):
            yield from _shown(field, [e for e in field.errors if isinstance(e, str)])
            for number, entry in enumerate(field.entries, 1):
                yield from _problems_of_entry(entry, f"{field.label.text} {number}")
        elif isinstance(field, FormField):
            yield from _problems_of_entry(field, row)
        else:
            yield from _shown(field, field.errors, row)


def _problems_of_entry(entry: Field, row: str) -> Iterator[Shown]:
    if isinstance(entry, FormField):
        for words in entry.form.form_errors:
            yield Shown(str(entry.id), row or str(entry.label.text), _plain(words))
        yield from _problems_in(entry.form, row)
    else:
        yield from _shown(entry, entry.errors, row)


def _shown(field: Field, errors: Iterable[Any], row: str = "") -> Iterator[Shown]:
    """The problems of a field; `row` says of which row of a repeated part it is."""
    label = f"{row}, {field.label.text}" if row else str(field.label.text)
    for words in errors:
        yield Shown(str(field.id), label, _plain(words))


def _worded(value: Any) -> Any:
    """Days (also as ISO text) and decimals as the reader writes them; the rest as it is."""
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        value = date.fromisoformat(value)
    if isinstance(value, date):
        return day_words(value, _locale())
    if isinstance(value, Decimal):
        return numbers.format_decimal(value, locale=_locale())
    return value


def _both_readings(two: AmbiguousAmount, typed: str) -> str:
    words: str = gettext(AMBIGUOUS, text=typed, thousands=two.thousands, fraction=two.fraction)
    return words


def _locale() -> Locale:
    return get_locale() or Locale("en")


def _example(number: str) -> str:
    return numbers.format_decimal(Decimal(number), locale=_locale())
