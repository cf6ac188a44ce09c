"""Pages of projects: the form keeps what was typed, drafts, conflicts, and who sees what."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tacoord.models import (
    Overlap,
    Project,
    ProjectState,
    Role,
    SignIn,
    Source,
    User,
    Visibility,
    utcnow,
)
from tacoord.policy import OPERATOR
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.projects.projects import draft_of, update_project
from tacoord.services.registration import register_project
from tests.factories import draft, make_organisation, make_project, make_user
from tests.web.visits import visit_as


@pytest.fixture
def reporter(store: Session) -> User:
    """Somebody who registers for one organisation."""
    user = make_user(store, Role.REPORTER)
    store.commit()
    return user


@pytest.fixture
def signed_in(client: FlaskClient, reporter: User) -> FlaskClient:
    """The reporter's browser."""
    visit_as(client, reporter)
    return client


def typed(user: User, **values: object) -> dict[str, object]:
    """What a browser sends for a whole form."""
    said: dict[str, object] = {
        "version": "",
        "organisation": user.organisation.public_id,
        "title": "Night shelter on the pier",
        "language": "en",
        "description": "Beds, food and advice.",
        "participants-0-name": "Lantern Trust",
        "participants-0-role": "4",
        "participants-0-ref": "",
        "countries-0-code": "KH",
        "countries-0-percentage": "100",
        "regions-0-code": "",
        "pillars-0-code": "PROT",
        "pillars-0-percentage": "",
        "measures": ["PROT-1"],
        "status": "2",
        "planned_start": "2026-01-01",
        "planned_end": "2027-12-31",
        "budget-0-amount": "1,250,000.50",
        "budget-0-currency": "EUR",
        "budget-0-type": "1",
        "visibility": "registered",
    }
    return {**said, **values}


def only_project(store: Session) -> Project:
    store.rollback()  # else SQLite shows what stood there when this session began to read
    store.expire_all()
    return store.scalars(select(Project)).one()


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
            "Budget 1, Amount: Write the amount in digits only, without words or a minus sign, like 1,250,000.",
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


def test_a_draft_is_saved_unfinished_seen_by_its_own_people_and_registered_later(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    begun = typed(reporter, title="", do="draft")
    assert signed_in.post("/projects/new", data=begun).status_code == 302
    project = only_project(store)
    assert project.state is ProjectState.DRAFT
    address = f"/projects/{project.public_id}"
    assert "Enter a title." in signed_in.get(address).get_data(as_text=True)
    assert "Night" not in signed_in.get("/projects").get_data(as_text=True)
    listed = signed_in.get("/projects?mine=1&state=draft").get_data(as_text=True)
    assert address in listed
    version = str(project.version)
    lacking = typed(reporter, title="", version=version, do="register")
    assert signed_in.post(f"{address}/edit", data=lacking).status_code == 422
    whole = typed(reporter, version=version, do="register")
    assert signed_in.post(f"{address}/edit", data=whole).location == f"{address}/registered"
    assert only_project(store).state is ProjectState.PUBLISHED


def test_who_saves_over_a_newer_version_sees_both_texts_and_loses_nothing(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    project = make_project(store, organisation=reporter.organisation, titles={"en": "First words"})
    store.commit()
    seen = str(project.version)
    changed = replace(draft_of(project), titles={"en": "Words of a colleague"})
    update_project(store, project, changed, by=OPERATOR)
    store.commit()
    address = f"/projects/{project.public_id}/edit"
    mine = typed(reporter, title="My own words", version=seen, do="save")
    answer = signed_in.post(address, data=mine)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Words of a colleague" in page
    assert 'value="My own words"' in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    again = typed(reporter, title="My own words", version=version[1], do="save")
    assert signed_in.post(address, data=again).status_code == 302
    assert only_project(store).title == "My own words"


def test_editing_keeps_what_the_form_does_not_show(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    kept = {
        "record": {"scope": "4"},
        "dac_regions": (draft().countries[0].__class__("689"),),
        "titles": {"en": "Old title"},
    }
    project = make_project(store, organisation=reporter.organisation, **kept)
    store.commit()
    address = f"/projects/{project.public_id}/edit"
    page = signed_in.get(address)
    assert 'value="Old title"' in page.get_data(as_text=True)
    said = typed(reporter, title="New title", version=str(project.version))
    assert signed_in.post(address, data=said).status_code == 302
    now = draft_of(only_project(store))
    assert now.titles == {"en": "New title"}
    assert now.record == {"scope": "4"}
    assert [share.code for share in now.dac_regions] == ["689"]


def test_the_form_of_a_record_saved_untouched_changes_nothing(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    project = make_project(
        store,
        organisation=reporter.organisation,
        titles={"fr": "Un titre", "en": "A title", "x-odd": "Another"},
        descriptions={"en": "Text"},
        groups=frozenset(),
    )
    store.commit()
    address = f"/projects/{project.public_id}/edit"
    page = signed_in.get(address).get_data(as_text=True)
    data = fields_of(page)
    assert data["title"] == ["Un titre"]
    signed_in.post(address, data={**data, "do": "save"})
    after = only_project(store)
    assert draft_of(after).titles["en"] == "A title"
    assert draft_of(after).budget == draft().budget
    assert draft_of(after).countries == draft().countries


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send for the form of a page as it stands."""
    form = html.fromstring(page).xpath("//form[@data-form]")[0]
    values: dict[str, list[str]] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    return values


def test_registering_shows_the_look_alikes_with_reasons(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    funder = make_organisation(store, "Lantern Trust")
    register_project(
        store,
        draft(titles={"en": "Night shelter on the pier"}, visibility=Visibility.PUBLIC),
        organisation=funder,
        by=OPERATOR,
        source=Source.FORM,
    )
    store.commit()
    answer = signed_in.post("/projects/new", data=typed(reporter, do="register"))
    assert store.scalar(select(Overlap)) is not None
    page = signed_in.get(answer.location).get_data(as_text=True)
    assert "Night shelter on the pier" in page
    assert "looks like it" in page
    assert 'class="evidence"' in page


def test_the_contact_is_hidden_from_others_unless_it_is_shown(
    client: FlaskClient, store: Session
) -> None:
    outsider = make_user(store, Role.VIEWER)
    coordinator = make_user(store, Role.COORDINATOR)
    hidden = make_project(store, contact_email="secret@example.org", contact_shown=False)
    shown = make_project(store, contact_email="open@example.org", contact_shown=True)
    store.commit()
    visit_as(client, outsider)
    assert "secret@" not in client.get(f"/projects/{hidden.public_id}").get_data(as_text=True)
    assert "open@" in client.get(f"/projects/{shown.public_id}").get_data(as_text=True)
    visit_as(client, coordinator)
    assert "secret@" in client.get(f"/projects/{hidden.public_id}").get_data(as_text=True)


@pytest.mark.parametrize("page", ["", "/registered", "/edit"])
def test_what_one_may_not_see_is_not_there(
    signed_in: FlaskClient, store: Session, page: str
) -> None:
    hidden = make_project(store, visibility=Visibility.ORGANISATION, titles={"en": "Quiet work"})
    store.commit()
    assert signed_in.get(f"/projects/{hidden.public_id}{page}").status_code == 404
    for listing in ("/projects", "/projects?q=quiet", "/search?q=quiet", "/search?q=work"):
        assert "Quiet work" not in signed_in.get(listing).get_data(as_text=True)


def test_only_the_own_reporters_may_change_confirm_and_withdraw(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    other = make_project(store)
    own = make_project(store, organisation=reporter.organisation)
    store.commit()
    assert signed_in.get(f"/projects/{other.public_id}/edit").status_code == 403
    for action in ("confirm", "withdraw", "restore"):
        assert signed_in.post(f"/projects/{other.public_id}/{action}").status_code == 403
        assert signed_in.post(f"/projects/{own.public_id}/{action}").status_code == 302
    forged = typed(reporter, organisation=other.organisation.public_id, do="register")
    assert signed_in.post("/projects/new", data=forged).status_code == 422


def test_a_viewer_may_not_register(client: FlaskClient, store: Session) -> None:
    viewer = make_user(store, Role.VIEWER)
    store.commit()
    visit_as(client, viewer)
    assert client.get("/projects/new").status_code == 403
    assert "/projects/new" not in client.get("/projects").get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    [
        "/projects?page=-3&sort=nonsense&ends=abc&state=zzz&country=QQ",
        "/projects?page=99999999999999999999&q=%01%25_",
        "/projects?organisation=NOBODY&measure=&pillar=%F0%9F%92%A9",
        "/organisations?page=x&type=99&country=zz&q=%27%3B--",
        "/search?q=" + "a+" * 400,
        "/search?q=&country=KH",
    ],
)
def test_strange_questions_get_an_answer(signed_in: FlaskClient, address: str) -> None:
    assert signed_in.get(address).status_code == 200


def test_filters_stand_as_words_that_take_them_away(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    make_project(store, organisation=reporter.organisation, titles={"en": "Found"})
    store.commit()
    page = signed_in.get("/projects?country=kh&running=1&mine=1&q=found").get_data(as_text=True)
    assert "Found" in page
    chips = re.findall(r'class="chip" href="([^"]+)"', page)
    assert len(chips) == 4
    assert not any(
        "country=" in chip
        for chip in chips
        if "running" in chip and "mine" in chip and "q=" in chip
    )


def test_people_text_is_never_markup(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    nasty = '<script>alert(1)</script>"><img src=x>'
    project = make_project(
        store, organisation=reporter.organisation, titles={"en": nasty}, descriptions={"en": nasty}
    )
    store.commit()
    for page in (
        "/projects",
        f"/projects/{project.public_id}",
        f"/projects/{project.public_id}/edit",
        "/search?q=alert",
    ):
        text = signed_in.get(page).get_data(as_text=True)
        assert "<script>alert" not in text
        assert "<img src=x>" not in text


def test_letting_more_people_see_a_project_asks_who_one_is_and_loses_nothing(
    signed_in: FlaskClient, reporter: User, store: Session
) -> None:
    hidden = {"visibility": Visibility.ORGANISATION}
    project = make_project(store, organisation=reporter.organisation, **hidden)
    store.execute(update(SignIn).values(confirmed_at=utcnow() - timedelta(hours=1)))
    store.commit()
    address = f"/projects/{project.public_id}/edit"
    wider = typed(reporter, version=str(project.version), visibility="registered", do="save")
    asked = signed_in.post(address, data=wider)
    assert asked.status_code == 422
    assert "/account/confirm" in asked.text
    assert 'value="Night shelter on the pier"' in asked.text
    assert only_project(store).visibility is Visibility.ORGANISATION
    same = {**wider, "visibility": "organisation"}
    assert signed_in.post(address, data=same).status_code == 302
    version = str(only_project(store).version)
    store.rollback()
    store.execute(update(SignIn).values(confirmed_at=utcnow()))
    store.commit()
    again = {**wider, "version": version}
    assert signed_in.post(address, data=again).status_code == 302
    assert only_project(store).visibility is Visibility.REGISTERED


def test_an_identifier_that_is_used_leads_to_the_project_or_draft_that_has_it(
    client, store
) -> None:
    user = make_user(store, Role.REPORTER)
    other = make_project(store, organisation=user.organisation, iati_identifier="ZZ-1",
        state=ProjectState.DRAFT)  # fmt: skip
    store.commit()
    visit_as(client, user)
    said = {"title": "New", "iati_identifier": "ZZ-1", "do": "draft"}
    answer = client.post("/projects/new", data=said)
    assert answer.status_code == 422
    assert f'already. Change that one. <a href="/projects/{other.public_id}">' in answer.text
    assert answer.text.count("Open that project") == 2, "at the field, and as words in the list"
