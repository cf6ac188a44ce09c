"""Requests and offers as governments and those who answer meet them."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from tacoord.models import (
    AssistanceRequest,
    Change,
    Offer,
    OfferState,
    RequestState,
    Role,
    Visibility,
)
from tacoord.services.assistance.assistance import accept, offer, save_request
from tests.factories import make_group, make_user
from tests.services.asks import ask, focal_point, offer_draft, request_draft
from tests.web.visits import visit_as

FORM = {
    "title": "Training of inspectors",
    "need": "They do not recognise victims.",
    "pillars": "PROT",
    "visibility": "registered",
    "do": "send",
}


@pytest.fixture
def government(store):
    user = focal_point(store)
    store.commit()
    return user


@pytest.fixture
def helper(store):
    user = make_user(store, Role.REPORTER)
    store.commit()
    return user


@pytest.fixture
def asked(store, government):
    request = ask(store, by=government, title="Help for inspectors")
    store.commit()
    return request


@pytest.fixture
def made(store, helper, asked):
    found = offer(store, offer_draft(), by=helper, request=asked)
    store.commit()
    return found


def look_again(store, *rows):
    """See what the pages have committed since: a read of before holds on to what was there."""
    store.rollback()
    for row in rows:
        store.refresh(row)


def test_a_government_sends_a_request_for_its_own_country(client, store, government):
    answer = visit_as(client, government).post("/requests/new", data=FORM)
    assert answer.status_code == 302
    sent = store.scalars(select(AssistanceRequest)).one()
    assert answer.location == f"/requests/{sent.public_id}"
    assert (sent.state, sent.country) == (RequestState.OPEN, "KH")


def test_a_draft_is_kept_and_sent_later(client, store, government):
    visitor = visit_as(client, government)
    visitor.post("/requests/new", data={"title": "Half", "visibility": "registered", "do": "save"})
    kept = store.scalars(select(AssistanceRequest)).one()
    assert kept.state is RequestState.DRAFT
    assert "Half" in visitor.get(f"/requests/{kept.public_id}/edit").text
    visitor.post(f"/requests/{kept.public_id}/edit", data=FORM)
    look_again(store, kept)
    assert (kept.state, kept.title) == (RequestState.OPEN, "Training of inspectors")


def test_every_problem_stands_at_its_field_and_what_was_typed_is_kept(client, store, government):
    wrong = {
        "title": "",
        "need": "Typed with care",
        "needed_from": "2027-05-01",
        "needed_by": "2027-04-01",
        "visibility": "group",
        "do": "send",
    }
    answer = visit_as(client, government).post("/requests/new", data=wrong)
    assert answer.status_code == 422
    for field in ("title", "pillars", "needed_by", "groups"):
        assert f'href="#{field}"' in answer.text
    assert "Typed with care" in answer.text
    assert "2027-05-01" in answer.text
    assert store.scalars(select(AssistanceRequest)).all() == []


def test_help_cannot_be_needed_by_a_day_that_is_past(client, government):
    visitor = visit_as(client, government)
    past = {**FORM, "needed_by": "2020-01-01"}
    assert "This day is past." in visitor.post("/requests/new", data=past).text
    assert visitor.post("/requests/new", data={**past, "do": "save"}).status_code == 302


def test_the_problems_stand_in_the_order_of_the_page(client, government):
    wrong = {"needed_by": "2020-01-01", "contact": "x" * 501, "visibility": "group", "do": "send"}
    page = visit_as(client, government).post("/requests/new", data=wrong).text
    linked = re.findall(r'<li><a href="#(\w+)"', page)
    assert linked == ["title", "need", "pillars", "needed_by", "contact", "groups"]


def test_where_to_begin_stays_after_a_problem_and_names_what_was_asked_already(
    client, government, asked
):
    page = visit_as(client, government).post("/requests/new", data={"do": "send"}).text
    assert "Where to begin" in page
    assert "You have asked already" in page
    assert f'href="/requests/{asked.public_id}"' in page


def test_a_sent_request_is_corrected_while_nobody_has_answered(client, store, government, asked):
    visitor = visit_as(client, government)
    address = f"/requests/{asked.public_id}"
    assert "Correct it" in visitor.get(address).text
    said = {**FORM, "title": "Help for all inspectors", "version": asked.version}
    assert visitor.post(f"{address}/edit", data=said).location == address
    look_again(store, asked)
    assert (asked.title, asked.state) == ("Help for all inspectors", RequestState.OPEN)
    assert "Corrected by the government" in visitor.get(address).text
    noted = store.scalars(select(Change).where(Change.action == "request.corrected")).one()
    assert "title" in noted.details["fields"]


def test_a_correction_of_an_older_version_keeps_what_was_typed_and_changes_nothing(
    client, store, government, asked
):
    said = {**FORM, "title": "Typed on an old page", "version": asked.version - 1}
    answer = visit_as(client, government).post(f"/requests/{asked.public_id}/edit", data=said)
    assert answer.status_code == 409
    assert "Typed on an old page" in answer.text
    look_again(store, asked)
    assert asked.title == "Help for inspectors"


def test_a_request_that_was_answered_stays_as_it_is(client, store, government, asked, made):
    visitor = visit_as(client, government)
    address = f"/requests/{asked.public_id}"
    assert "Correct it" not in visitor.get(address).text
    said = {**FORM, "version": asked.version}
    assert visitor.post(f"{address}/edit", data=said).location == address
    look_again(store, asked)
    assert asked.title == "Help for inspectors"


@pytest.mark.parametrize(
    "wrong", [{"needed_by": "tomorrow"}, {"pillars": "NOPE"}, {"visibility": "organisation"}]
)
def test_what_cannot_be_read_is_refused_by_the_form(client, store, government, wrong):
    answer = visit_as(client, government).post("/requests/new", data={**FORM, **wrong})
    assert answer.status_code == 422
    assert store.scalars(select(AssistanceRequest)).all() == []


def test_the_form_begins_with_a_gap_or_a_step_towards_the_protocol(client, government):
    visitor = visit_as(client, government)
    empty = visitor.get("/requests/new").text
    assert "No project on protection in Cambodia." in empty
    assert "/requests/new?action=R-G1" in empty
    assert "Protection: help for Cambodia" in visitor.get("/requests/new?pillar=PROT").text
    assert "Consult civil society" in visitor.get("/requests/new?action=R-G1").text


def test_a_request_shows_where_it_stands_to_the_two_sides(client, store, government, helper, made):
    asked = made.request
    accept(store, made, by=government, note="Please call.")
    store.commit()
    for side in (government, helper):
        text = visit_as(client, side).get(f"/requests/{asked.public_id}").text
        assert "Two trainers" in text
        assert "Please call." in client.get(f"/offers/{made.public_id}").text
    assert f"from_offer={made.public_id}" in client.get(f"/offers/{made.public_id}").text


def test_others_cannot_tell_whether_anything_was_offered(client, store, helper, asked):
    stranger = make_user(store, Role.VIEWER)
    store.commit()
    address = f"/requests/{asked.public_id}"
    before = visit_as(client, stranger).get(address).text
    made = offer(store, offer_draft(), by=helper, request=asked)
    store.commit()
    token = re.compile(r'name="csrf_token" value="[^"]*"')
    after = client.get(address).text
    assert token.sub("", after) == token.sub("", before)
    assert "waits for the government" not in after
    for party in (helper, made.request.created_by):
        assert "waits for the government" in visit_as(client, party).get(address).text


def test_others_see_the_request_but_neither_offer_nor_fits(client, store, made):
    stranger = make_user(store, Role.VIEWER)
    store.commit()
    text = visit_as(client, stranger).get(f"/requests/{made.request.public_id}").text
    assert "Help for inspectors" in text
    assert "Two trainers" not in text
    assert "Who could help" not in text
    assert client.get(f"/offers/{made.public_id}").status_code == 404


def test_an_offer_is_made_and_answered(client, store, government, helper, asked):
    address = f"/requests/{asked.public_id}/offer"
    assert 'value="PROT" checked' in visit_as(client, helper).get(address).text
    answer = client.post(address, data={"title": "Two trainers", "text": "Soon."})
    made = store.scalars(select(Offer)).one()
    assert answer.location == f"/offers/{made.public_id}"
    data = {"answer": "accept", "note": "Thank you."}
    visit_as(client, government).post(f"/offers/{made.public_id}/answer", data=data)
    look_again(store, made, asked)
    assert (made.state, made.answer_note) == (OfferState.ACCEPTED, "Thank you.")
    assert asked.state is RequestState.ACCEPTED


def test_an_offer_can_be_declined(client, store, government, made):
    data = {"answer": "decline", "note": ""}
    visit_as(client, government).post(f"/offers/{made.public_id}/answer", data=data)
    look_again(store, made)
    assert made.state is OfferState.DECLINED


def test_a_second_answer_is_told_that_somebody_was_there_before(client, store, government, made):
    accept(store, made, by=government)
    store.commit()
    address = f"/offers/{made.public_id}/answer"
    answer = visit_as(client, government).post(
        address, data={"answer": "decline"}, follow_redirects=True
    )
    assert "Somebody changed this in the meantime." in answer.text
    look_again(store, made)
    assert made.state is OfferState.ACCEPTED


def test_a_note_that_is_too_long_is_a_problem_at_its_field(client, government, made):
    data = {"answer": "accept", "note": "x" * 20_001}
    answer = visit_as(client, government).post(f"/offers/{made.public_id}/answer", data=data)
    assert answer.status_code == 422
    assert 'href="#note"' in answer.text


def test_a_standing_offer_is_made_and_shown_to_all(client, store, helper):
    data = {"title": "Advice by telephone", "regions": "035", "pillars": "PROT"}
    visit_as(client, helper).post("/offers/new", data=data)
    stranger = make_user(store)
    store.commit()
    assert "Advice by telephone" in visit_as(client, stranger).get("/offers").text


def test_an_offer_without_a_title_is_refused_with_what_was_typed(client, helper):
    answer = visit_as(client, helper).post("/offers/new", data={"title": "", "text": "Kept words"})
    assert answer.status_code == 422
    assert 'href="#title"' in answer.text
    assert "Kept words" in answer.text


def test_an_accepted_offer_fills_the_form_of_a_project(client, store, government, helper, made):
    accept(store, made, by=government)
    store.commit()
    text = visit_as(client, helper).get(f"/projects/new?from_offer={made.public_id}").text
    assert "Two trainers" in text
    assert 'value="Cambodia"' in text


def test_buttons_end_what_is_the_own(client, store, government, helper, asked, made):
    visit_as(client, helper).post(f"/offers/{made.public_id}/withdraw")
    visit_as(client, government).post(f"/requests/{asked.public_id}/close")
    look_again(store, made, asked)
    assert (made.state, asked.state) == (OfferState.WITHDRAWN, RequestState.CLOSED)
    answer = client.post(f"/requests/{asked.public_id}/withdraw", follow_redirects=True)
    assert "Somebody changed this in the meantime." in answer.text


@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        (Role.REPORTER, "/requests/new", 403),
        (Role.VIEWER, "/offers/new", 403),
        (Role.FOCAL_POINT, "/offers/new", 403),
        (Role.REPORTER, "/offers/new", 200),
        (Role.VIEWER, "/requests", 200),
    ],
)
def test_pages_are_for_those_who_may_act(client, store, role, address, status):
    user = make_user(store, role)
    store.commit()
    assert visit_as(client, user).get(address).status_code == status


def test_others_may_not_act_on_what_is_not_theirs(client, store, asked, made):
    other = focal_point(store, "SN")
    store.commit()
    visitor = visit_as(client, other)
    for action in ("withdraw", "close"):
        assert visitor.post(f"/requests/{asked.public_id}/{action}").status_code == 403
    assert visitor.get(f"/requests/{asked.public_id}/edit").status_code == 403
    assert visitor.post(f"/offers/{made.public_id}/answer").status_code == 404


def test_what_is_invisible_is_not_found(client, store, government, helper):
    group = make_group(store)
    draft = save_request(store, request_draft(), by=government)
    closed = ask(store, by=government, visibility=Visibility.GROUP, groups=frozenset({group.code}))
    store.commit()
    visitor = visit_as(client, helper)
    for public_id in (draft.public_id, closed.public_id, "aaaaaaaaaaaaaaaa"):
        assert visitor.get(f"/requests/{public_id}").status_code == 404
        assert visitor.get(f"/requests/{public_id}/offer").status_code == 404
        assert visitor.post(f"/requests/{public_id}/offer", data={"title": "x"}).status_code == 404
    assert visitor.get("/offers/aaaaaaaaaaaaaaaa").status_code == 404


def test_the_list_filters_by_country_pillar_and_state(client, store, government, helper):
    ask(store, by=government, title="Of Cambodia", needed_by=date(2028, 1, 1))
    ask(store, by=focal_point(store, "SN"), title="Of Senegal", pillars=frozenset({"PREV"}))
    save_request(store, request_draft(title="Of nobody else"), by=government)
    store.commit()
    visitor = visit_as(client, helper)
    both = visitor.get("/requests").text
    assert "Of Cambodia" in both
    assert "Of Senegal" in both
    assert "Of nobody else" not in visitor.get("/requests?state=all").text
    one = visitor.get("/requests?country=SN&pillar=PREV").text
    assert "Of Cambodia" not in one
    assert "Of Senegal" in one
    own = visit_as(client, government).get("/requests?mine=1&state=all").text
    assert "Of nobody else" in own
    assert "Of Senegal" not in own


def test_a_government_without_a_country_cannot_ask(client, store):
    user = make_user(store, Role.FOCAL_POINT)
    store.commit()
    assert visit_as(client, user).get("/requests/new").status_code == 403
