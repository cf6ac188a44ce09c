"""Pages of projects: drafts, conflicts, look-alikes, and who sees what."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tacoord.models import Overlap, ProjectState, Role, SignIn, Source, User, Visibility, utcnow
from tacoord.policy import OPERATOR
from tacoord.services.projects.projects import draft_of, update_project
from tacoord.services.registration import register_project
from tests.factories import draft, make_organisation, make_project, make_user
from tests.web.projects.typed_form import only_project, typed
from tests.web.visits import sent_by, visit_as


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
    data = sent_by(page)
    assert data["title"] == ["Un titre"]
    signed_in.post(address, data={**data, "do": "save"})
    after = only_project(store)
    assert draft_of(after).titles["en"] == "A title"
    assert draft_of(after).budget == draft().budget
    assert draft_of(after).countries == draft().countries


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
