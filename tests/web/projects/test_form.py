"""The project form: what was typed is kept, every problem is at its field, rows come and go without script."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import Project, ProjectState, User
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.projects.projects import draft_of
from tests.factories import make_project
from tests.web.projects.typed_form import only_project, typed


def test_a_project_is_registered_with_everything_that_was_typed(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    more = {
        "translations-0-language": "fr",
        "translations-0-title": "Abri de nuit",
        "contact_email": "desk@example.org",
        "contact_shown": "y",
        "sectors": ["15160"],
        "do": "register",
    }
    answer = signed_in.post("/projects/new", data=typed(reporter, **more))
    project = only_project(store)
    assert answer.location == f"/projects/{project.public_id}/registered"
    said = draft_of(project)
    assert said.titles == {"en": "Night shelter on the pier", "fr": "Abri de nuit"}
    assert [(line.amount_minor, line.currency) for line in said.budget] == [(125_000_050, "EUR")]
    assert [(share.code, share.percentage) for share in said.pillars] == [("PROT", None)]
    assert (said.measures, said.contact_shown) == (frozenset({"PROT-1"}), True)
    assert [sector.code for sector in said.sectors] == ["15160"]
    assert project.state is ProjectState.PUBLISHED
    assert project.organisation_id == reporter.organisation_id


def test_every_problem_stands_at_its_field_and_nothing_typed_is_lost(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    wrong = {
        "title": "  ",
        "description": "What I wrote <for> hours",
        "countries-0-code": "KH",
        "countries-0-percentage": "40",
        "countries-1-code": "LA",
        "countries-1-percentage": "40",
        "planned_start": "2027-05-01",
        "planned_end": "2026-05-01",
        "contact_email": "nobody",
        "website": "example",
        "visibility": "group",
        "participants-1-name": "Second Harbour",
        "participants-1-role": "",
        "do": "register",
    }
    answer = signed_in.post("/projects/new", data=typed(reporter, **wrong))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    linked = set(re.findall(r'<li><a href="#([^"]+)">', page))
    assert linked >= {
        "title",
        "countries",
        "planned_end",
        "contact_email",
        "website",
        "groups",
        "participants-1-role",
    }
    for anchor in linked:
        assert f'id="{anchor}"' in page
    for kept in ("What I wrote &lt;for&gt; hours", "Second Harbour", "nobody", "1,250,000.50"):
        assert kept in page
    assert store.scalar(select(Project)) is None


def test_unreadable_days_and_numbers_are_problems_of_their_fields(
    signed_in: FlaskClient, reporter: User
) -> None:
    wrong = {
        "planned_start": "31.12.2026",
        "budget-0-amount": "a lot",
        "countries-0-percentage": "1.2.3",
        "do": "register",
    }
    page = signed_in.post("/projects/new", data=typed(reporter, **wrong)).get_data(as_text=True)
    for kept in ("31.12.2026", "a lot", "1.2.3"):
        assert f'value="{kept}"' in page
    linked = set(re.findall(r'<li><a href="#([^"]+)">', page))
    assert linked == {"planned_start", "budget-0-amount", "countries-0-percentage"}


def test_what_cannot_be_read_and_what_is_wrong_are_said_at_once_in_the_order_of_the_page(
    signed_in: FlaskClient, reporter: User
) -> None:
    wrong = {
        "title": "",
        "participants-1-name": "Second Harbour",
        "participants-1-role": "",
        "countries-0-code": "Atlantis",
        "countries-1-code": "Laos",
        "countries-1-percentage": "many",
        "planned_end": "2025-01-01",
        "budget-0-amount": "-5 million",
        "visibility": "group",
        "contact_email": "nobody",
        "do": "register",
    }
    page = signed_in.post("/projects/new", data=typed(reporter, **wrong)).get_data(as_text=True)
    said = re.findall(r'<li><a href="#([^"]+)">([^<]+)</a>', page)
    assert said == [
        ("title", "Title: Enter a title."),
        ("participants-1-role", "Organisations 2, Role: Choose what the organisation does here."),
        (
            "countries-0-code",
            "Countries 1, Country: No country has this name. Choose one of those that are offered as you type.",
        ),
        (
            "countries-1-percentage",
            "Countries 2, Share (%): This is not a number. Enter it like 12.5.",
        ),
        (
            "planned_end",
            "Planned last day: The last day is before the first day. Enter a day after 1 Jan 2026.",
        ),
        (
            "budget-0-amount",
            "Budget 1, Amount: This is no amount. Write it in digits, like 1,250,000, without words or a minus sign.",
        ),
        ("groups", "Groups: Choose at least one group that may see this project."),
        ("contact_email", "E-mail: This is not an e-mail address."),
    ]


def test_look_alikes_are_found_while_other_values_cannot_be_read_yet(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    there = make_project(store, titles={"en": "Night shelter for fishers on the Tonle Sap pier"})
    flag_overlaps(store, there)
    store.commit()
    wrong = {"title": there.title, "countries-0-code": "Atl", "budget-0-amount": "a lot"}
    piece = signed_in.post("/projects/similar", data=typed(reporter, **wrong)).text
    assert there.title in piece
    assert "The titles have the same words." in piece
    assert "Something in the form cannot be read yet" in piece


@pytest.mark.parametrize("typed_name", ["Viet Nam", "vietnam", "VN", "Вьетнам"])
def test_a_country_is_known_by_any_of_its_names(
    signed_in: FlaskClient, reporter: User, store: Session, typed_name: str
) -> None:
    said = typed(reporter, **{"countries-0-code": typed_name, "do": "register"})
    assert signed_in.post("/projects/new", data=said).status_code == 302
    assert [share.code for share in draft_of(only_project(store)).countries] == ["VN"]


def test_the_long_lists_come_when_asked_for_and_keep_what_was_typed(
    signed_in: FlaskClient, reporter: User
) -> None:
    short = signed_in.get("/projects/new").text
    assert "name=mandates" not in short
    said = typed(reporter, **{"add-row": "detailed"})
    long = signed_in.post("/projects/new", data=said).text
    assert "name=mandates" in long
    assert "Night shelter on the pier" in long


def test_the_page_of_the_form_is_light(signed_in: FlaskClient) -> None:
    assert len(signed_in.get("/projects/new").data) < 60_000


def test_rows_are_added_and_removed_without_script(signed_in: FlaskClient, reporter: User) -> None:
    page = signed_in.post("/projects/new", data=typed(reporter, **{"add-row": "countries"}))
    assert page.status_code == 200
    assert 'name="countries-1-code"' in page.get_data(as_text=True)
    assert "Night shelter on the pier" in page.get_data(as_text=True)
    added = typed(reporter, **{"countries-1-code": "LA", "remove-row": "countries.0"})
    text = signed_in.post("/projects/new", data=added).get_data(as_text=True)
    assert re.search(r'name="countries-0-code"[^>]* value="Laos"', text)
    assert 'name="countries-1-code"' not in text


def test_a_button_for_rows_leads_to_the_row_that_it_adds(signed_in: FlaskClient) -> None:
    text = signed_in.get("/projects/new").text
    assert 'name="add-row" value="countries" formaction="#countries-1"' in text
    added = signed_in.post("/projects/new", data={"add-row": "countries"}).text
    assert 'id="countries-1"' in added


def test_enter_in_a_field_saves_nothing(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    text = signed_in.get("/projects/new").text
    first = re.search(
        r'<form method="post" action="/projects/new".*?<button[^>]*>', text, re.DOTALL
    )
    assert 'name="add-row" value=""' in first[0]
    answer = signed_in.post("/projects/new", data=typed(reporter, **{"add-row": ""}))
    assert "Nothing is saved yet." in answer.text
    assert "Night shelter on the pier" in answer.text
    assert store.scalars(select(Project)).all() == []


@pytest.mark.parametrize("begun", ["co", "Cam", "Atlantis"])
def test_a_half_typed_country_is_no_country_and_the_only_problem(
    signed_in: FlaskClient, reporter: User, begun: str
) -> None:
    said = typed(reporter, **{"countries-0-code": begun, "do": "register"})
    answer = signed_in.post("/projects/new", data=said)
    assert answer.status_code == 422
    assert "There is 1 problem<" in answer.text
    assert "No country has this name." in answer.text
