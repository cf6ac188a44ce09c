"""What people type into the cells of a table: days, amounts, currencies and lists as they write them."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from tacoord.iati.faults import UnreadableFile
from tacoord.models import Organisation
from tacoord.services.organisations.organisations import add_organisation
from tests.services.exchanging import outcomes, projects, take


@pytest.fixture
def own(session: Session) -> Organisation:
    """The organisation that imports."""
    return add_organisation(session, name="Bureau of Tables", ref="ZZ-TAB-1")


def test_a_currency_that_is_none_is_named(session: Session, own: Organisation) -> None:
    data = b"title,budget,currency\nOne,5,XXY\nTwo,5,\n"
    said = [str(each) for told in take(session, data, own).refused for each in told.reasons]
    assert said == [
        "“XXY” is no currency. Write its code of three letters, such as USD.",
        "Give the currency of the budget, such as USD.",
    ]


def test_dates_and_currencies_are_read_as_people_type_them(
    session: Session, own: Organisation
) -> None:
    data = (
        "title;Start date;planned_end;budget;currency\n"
        "One;03.04.2026;31.12.2027;€ 1 250 000;\n"
        "Two;13.04.2026;31.12.2027;1.250.000,50;US$\n"
    )
    assert outcomes(take(session, data.encode(), own)) == {"registered": 2}
    one, two = sorted(projects(session), key=lambda project: project.title)
    assert (one.planned_start, one.planned_end) == (date(2026, 4, 3), date(2027, 12, 31))
    assert (one.budget_lines[0].amount_minor, one.budget_lines[0].currency) == (125_000_000, "EUR")
    assert two.budget_lines[0].currency == "USD"


def test_first_days_of_months_are_read_as_the_last_days_beside_them_tell(
    session: Session, own: Organisation
) -> None:
    data = "title;planned_start;planned_end\nOne;01/03/2026;31/12/2026\nTwo;1.4.2026;30.6.2027\n"
    assert outcomes(take(session, data.encode(), own)) == {"registered": 2}
    starts = sorted(project.planned_start for project in projects(session))
    assert starts == [date(2026, 3, 1), date(2026, 4, 1)]


def test_three_digits_behind_one_mark_are_thousands_where_the_currency_has_no_three_decimals(
    session: Session, own: Organisation
) -> None:
    data = (
        'title,budget,currency,budget_lines\nOne,"300,000",USD,\nTwo,$ 300.000,USD,\n'
        "Three,,,300.000 EUR\nFour,300.000,KWD,\nFive,,,300.000 KWD\n"
    )
    taken = take(session, data.encode(), own)
    made = [project.budget_lines[0].amount_minor for project in projects(session)]
    assert made == [30_000_000] * 3
    said = [str(each) for told in taken.refused for each in told.reasons]
    assert len(said) == 2
    assert all("can mean 300000 or 300." in words for words in said)


def test_an_amount_that_names_another_currency_than_its_column_is_refused(
    session: Session, own: Organisation
) -> None:
    data = "title,budget,currency\nOne,€ 5,USD\nTwo,$ 5,\n"
    said = [
        str(each) for told in take(session, data.encode(), own).refused for each in told.reasons
    ]
    assert said == [
        "The amount says €, but the currency beside it is USD. Change one of them.",
        "Give the currency of the budget, such as USD.",
    ]


def test_two_columns_of_one_meaning_are_named_as_they_are_typed(
    session: Session, own: Organisation
) -> None:
    with pytest.raises(UnreadableFile) as caught:
        take(session, b"title,Start date,planned start\n1,2,3\n", own)
    assert "Column B (“Start date”) and column C (“planned start”) both mean" in str(
        caught.value.problem
    )


def test_every_word_of_a_list_that_is_not_known_is_named(
    session: Session, own: Organisation
) -> None:
    data = b"title,countries\nOne,Atlantis 60; KH 20; Utopia 20\n"
    said = [str(each) for told in take(session, data, own).refused for each in told.reasons]
    assert said == [
        "“Atlantis 60”, “Utopia 20” is not known. Use the code or the name in the list."
    ]
