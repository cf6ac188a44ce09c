"""The base form: every problem at its field, nothing that was typed is lost."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from flask_wtf import CSRFProtect
from wtforms import FieldList, FormField, RadioField, SelectField, StringField

from tacoord import paths
from tacoord.errors import Invalid, Problem
from tacoord.web.filters import register_filters
from tacoord.web.forms import (
    DayField,
    MoneyField,
    MultiCheckboxField,
    Needed,
    PageForm,
    RowForm,
    choices,
    grouped_choices,
    say,
    share_row,
)

COUNTRIES = [("KH", "Cambodia"), ("TH", "Thailand"), ("ML", "Mali")]


class OrganisationRow(RowForm):
    presets = frozenset({"role"})
    name = StringField("Organisation", [Needed()])
    role = SelectField("Role", choices=lambda: choices([("1", "Funding"), ("4", "Implementing")]))


class ProjectForm(PageForm):
    title = StringField("Title", [Needed()])
    starts = DayField("First day")
    budget = MoneyField("Budget")
    visibility = RadioField(
        "Visibility", [Needed()], choices=lambda: choices([("public", "Everybody")])
    )
    places = MultiCheckboxField("Places", choices=lambda: choices(COUNTRIES))
    countries = FieldList(
        FormField(share_row("Country", lambda: choices(COUNTRIES, blank="Choose"))),
        "Countries",
        min_entries=1,
    )
    organisations = FieldList(FormField(OrganisationRow), "Organisations", min_entries=1)


GOOD = {"title": "Safe return", "visibility": "public"}
PAGE = """{% import "macros/forms.html" as forms %}{% call forms.form(form, submit="Save") %}
{% for part in form if part.name != "csrf_token" %}{{ forms.field(part) }}{% endfor %}{% endcall %}"""


@pytest.fixture
def app() -> Flask:
    app = Flask("forms", template_folder=str(paths.TEMPLATES))
    app.config.update(SECRET_KEY="only for this test", WTF_CSRF_ENABLED=False)
    Babel(app)
    CSRFProtect(app)
    register_filters(app)
    return app


@pytest.fixture
def submitted(app: Flask) -> Any:
    """A function that gives the form as submitted with the values it is given."""
    contexts = []

    def submit(values: dict[str, Any]) -> ProjectForm:
        context = app.test_request_context("/", method="POST", data=values)
        context.push()
        contexts.append(context)
        return ProjectForm()

    yield submit
    for context in reversed(contexts):
        context.pop()


Submit = Callable[[dict[str, Any]], ProjectForm]


def test_what_is_needed_and_missing_is_said_once_at_its_field(submitted: Submit) -> None:
    form = submitted({"title": "  "})
    assert not form.validate()
    assert [(p.anchor, p.words) for p in form.problems()] == [
        ("title", "This is empty. Fill it in."),
        ("visibility", "This is empty. Fill it in."),
    ]


def test_what_the_domain_says_stands_at_its_field_in_words(submitted: Submit) -> None:
    form = submitted({**GOOD, "countries-0-code": "KH", "countries-1-code": "TH"})
    assert form.validate()
    form.show(
        Invalid(
            [
                Problem("title", "Too short."),
                Problem("countries.1.percentage", "Enter less than %(most)d.", {"most": 100}),
                Problem("countries.7.code", "Of the whole list."),
                Problem("unheard_of", "Of the whole form."),
            ]
        )
    )
    assert [(p.anchor, p.words) for p in form.problems()] == [
        (None, "Of the whole form."),
        ("title", "Too short."),
        ("countries", "Of the whole list."),
        ("countries-1-percentage", "Enter less than 100."),
    ]
    assert form.errors


def test_a_problem_in_a_row_alone_makes_the_form_wrong(submitted: Submit) -> None:
    form = submitted({**GOOD, "countries-0-code": "KH"})
    assert form.validate()
    form.show(Invalid([Problem("countries.0.code", "No.")]))
    assert form.errors


def test_days_and_decimals_in_a_problem_are_the_readers(app: Flask) -> None:
    with app.test_request_context():
        problem = Problem(
            "", "After %(day)s, below %(most)s.", {"day": "2026-03-01", "most": Decimal("1234.5")}
        )
        assert say(problem) == "After 1 Mar 2026, below 1,234.5."


def test_blank_rows_are_left_out_and_the_others_keep_their_order(submitted: Submit) -> None:
    form = submitted(
        {
            **GOOD,
            "countries-0-code": "",
            "countries-1-code": "TH",
            "countries-1-percentage": "40",
            "organisations-0-name": " ",
            "organisations-0-role": "1",
        }
    )
    assert form.validate(), form.errors
    assert form.countries.data == [{"code": "TH", "percentage": Decimal(40)}]
    assert form.organisations.data == []


def test_after_a_problem_there_is_a_row_to_type_in_again(submitted: Submit) -> None:
    form = submitted({"title": ""})
    assert not form.validate()
    assert len(form.countries) == 1


def test_rows_are_added_and_removed_without_a_script_and_keep_what_was_typed(
    submitted: Submit,
) -> None:
    typed = {"countries-0-percentage": "eleven", "countries-1-percentage": "33"}
    more = submitted({**typed, "add-row": "countries"})
    assert more.change_rows()
    assert len(more.countries) == 3
    fewer = submitted({**typed, "remove-row": "countries.0"})
    assert fewer.change_rows()
    assert [row.percentage._value() for row in fewer.countries] == ["33"]
    last = submitted({"remove-row": "countries.0", "countries-0-code": "KH"})
    assert last.change_rows()
    assert [row.code.data for row in last.countries] != ["KH"]
    assert not submitted(GOOD).change_rows()


@pytest.mark.parametrize("button", ["nothing", "title", "countries.99", "countries.x", ""])
def test_a_button_for_a_row_that_is_not_there_changes_nothing(
    submitted: Submit, button: str
) -> None:
    form = submitted({"remove-row": button, "countries-0-code": "KH"})
    assert form.change_rows()
    assert len(form.countries) == 1


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("1,250,000.50", 125_000_050),
        ("1250000", 125_000_000),
        ("1 250 000", 125_000_000),
        ("300,000", 30_000_000),
        ("300.000", 30_000_000),
        ("$ 300,000", 30_000_000),
    ],
)
def test_money_is_read_as_the_reader_writes_it(submitted: Submit, typed: str, minor: int) -> None:
    form = submitted({**GOOD, "budget": typed})
    assert form.validate(), form.errors
    assert form.budget.minor("USD") == minor


@pytest.mark.parametrize("typed", ["1,2,3", "a lot", "NaN", "Infinity", "1e5", "9" * 20])
def test_money_that_is_no_number_is_refused_and_kept(submitted: Submit, typed: str) -> None:
    form = submitted({**GOOD, "budget": typed})
    assert not form.validate()
    assert list(form.errors) == ["budget"]
    assert form.budget._value() == typed


@pytest.mark.parametrize(("typed", "currency"), [("€ 1 250 000", "EUR"), ("1 250 000 USD", "USD")])
def test_money_may_name_its_currency_where_that_is_the_one_beside_it(
    submitted: Submit, typed: str, currency: str
) -> None:
    form = submitted({**GOOD, "budget": typed})
    assert form.validate()
    assert form.budget.minor(currency) == 125_000_000
    with pytest.raises(ValueError, match="the currency beside it is CHF"):
        form.budget.minor("CHF")


def test_money_that_can_be_read_in_two_ways_is_refused_with_both(submitted: Submit) -> None:
    form = submitted({**GOOD, "budget": "1,250"})
    with pytest.raises(ValueError, match=r"can mean 1250 or 1\.25\."):
        form.budget.minor("KWD")
    assert form.budget.minor("USD") == 125_000


@pytest.mark.parametrize(("typed", "share"), [("60 %", "60"), ("60%", "60"), ("30,5", "30.5")])
def test_a_share_is_read_as_people_write_it(submitted: Submit, typed: str, share: str) -> None:
    form = submitted({**GOOD, "countries-0-code": "KH", "countries-0-percentage": typed})
    assert form.validate()
    assert form.countries[0].form.percentage.data == Decimal(share)


def test_money_has_no_more_digits_than_its_currency(submitted: Submit) -> None:
    form = submitted({**GOOD, "budget": "10.5"})
    assert form.budget.minor("USD") == 1050
    with pytest.raises(ValueError, match="JPY"):
        form.budget.minor("JPY")
    assert submitted(GOOD).budget.minor("USD") is None


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-21", date(2026, 11, 21)),
        ("21.11.2026", None),
        ("2026-02-30", None),
        ("0026-01-01", None),
    ],
)
def test_a_day_is_a_day_or_a_problem(submitted: Submit, typed: str, day: date | None) -> None:
    form = submitted({**GOOD, "starts": typed})
    assert form.validate() is (day is not None)
    assert form.starts.data == day


def test_a_share_is_between_0_and_100(submitted: Submit) -> None:
    form = submitted({**GOOD, "countries-0-code": "KH", "countries-0-percentage": "140"})
    assert not form.validate()
    assert form.problems()[0].anchor == "countries-0-percentage"


def test_choices_keep_their_order_and_their_headings() -> None:
    assert [(c.value, c.label) for c in choices([("a", "A")], blank="Choose")] == [
        ("", "Choose"),
        ("a", "A"),
    ]
    grouped = grouped_choices({"Asia": [("KH", "Cambodia")], "Africa": [("ML", "Mali")]})
    assert [(c.optgroup, c.value) for c in grouped] == [("Asia", "KH"), ("Africa", "ML")]


def test_the_page_links_each_problem_to_a_field_that_says_it(submitted: Submit) -> None:
    form = submitted(
        {"title": "", "starts": "tomorrow", "countries-0-code": "KH", "countries-0-percentage": "x"}
    )
    assert not form.validate()
    page = render_template_string(PAGE, form=form)
    for problem in form.problems():
        assert f'href="#{problem.anchor}"' in page
        assert f'id="{problem.anchor}"' in page
        assert f'id="{problem.anchor}-error"' in page
    assert 'value="tomorrow"' in page


def test_the_page_has_no_inline_style_or_script(submitted: Submit) -> None:
    page = render_template_string(PAGE, form=submitted(GOOD))
    assert " style=" not in page
    assert "<script" not in page
    assert " onclick=" not in page


def test_what_people_typed_is_shown_as_text(submitted: Submit) -> None:
    form = submitted({**GOOD, "title": '"><script>alert(1)</script>', "countries-0-code": "<b>"})
    form.validate()
    page = render_template_string(PAGE, form=form)
    assert "<script" not in page
    assert "<b>" not in page
