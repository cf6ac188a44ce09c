"""The life of a request and of an offer: who may do what, when, and what is kept."""

from datetime import date, timedelta

import pytest

from tacoord.errors import Conflict, Forbidden, Invalid, NotFound
from tacoord.models import OfferState, RequestState, Role, Visibility, utcnow
from tacoord.services.assistance.assistance import (
    RequestQuery,
    accept,
    close,
    count_requests,
    decline,
    get_offer,
    get_request,
    list_offers,
    list_requests,
    offer,
    offers_on,
    running_projects,
    save_request,
    submit,
    withdraw,
    withdraw_offer,
)
from tacoord.services.assistance.offered_projects import project_draft_of
from tacoord.services.history import list_changes
from tacoord.services.projects.drafts import Share
from tacoord.services.visibility import EVERYTHING, PUBLIC, REGISTERED, viewer_of
from tests.factories import make_group, make_organisation, make_project, make_user
from tests.services.asks import ask, focal_point, offer_draft, request_draft


@pytest.fixture
def government(session):
    return focal_point(session)


@pytest.fixture
def helper(session):
    return make_user(session, Role.REPORTER)


def problems(caught):
    return {problem.field for problem in caught.value.problems}


def test_a_request_goes_its_whole_way(session, government, helper):
    asked = save_request(session, request_draft(need=""), by=government)
    assert (asked.state, asked.submitted_at) == (RequestState.DRAFT, None)
    submit(session, request_draft(), by=government, request=asked)
    assert asked.state is RequestState.OPEN
    made = offer(session, offer_draft(), by=helper, request=asked)
    other = offer(session, offer_draft(), by=make_user(session, Role.ORG_ADMIN), request=asked)
    accept(session, made, by=government, note="Thank you.")
    assert (made.state, other.state) == (OfferState.ACCEPTED, OfferState.DECLINED)
    assert (made.answer_note, asked.state) == ("Thank you.", RequestState.ACCEPTED)
    close(session, asked, by=government)
    assert asked.state is RequestState.CLOSED
    assert asked.closed_at is not None
    assert [change.action for change in reversed(list_changes(session, asked))] == [
        "request.saved",
        "request.submitted",
        "request.accepted",
        "request.closed",
    ]


def test_everything_that_is_wrong_is_said_at_once(session, government):
    wrong = request_draft(
        title=" ",
        need="x" * 20_001,
        contact="y" * 501,
        pillars=frozenset(),
        measures=frozenset({"NOPE"}),
        needed_from=date(2027, 5, 1),
        needed_by=date(2027, 4, 1),
        visibility=Visibility.GROUP,
    )
    with pytest.raises(Invalid) as caught:
        submit(session, wrong, by=government)
    assert problems(caught) == {
        "title", "need", "contact", "pillars", "measures", "needed_by", "groups"
    }  # fmt: skip


def test_a_draft_may_lack_what_sending_needs(session, government):
    kept = save_request(
        session, request_draft(title="", need="", pillars=frozenset()), by=government
    )
    with pytest.raises(Invalid) as caught:
        submit(
            session,
            request_draft(title="", need="", pillars=frozenset()),
            by=government,
            request=kept,
        )
    assert problems(caught) == {"title", "need", "pillars"}


def test_groups_must_exist(session, government):
    draft = request_draft(visibility=Visibility.GROUP, groups=frozenset({"NOWHERE"}))
    with pytest.raises(Invalid) as caught:
        submit(session, draft, by=government)
    assert problems(caught) == {"groups"}


def test_one_asks_for_the_own_country_only(session, government):
    with pytest.raises(Invalid) as caught:
        submit(session, request_draft(country="SN"), by=government)
    assert problems(caught) == {"country"}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.FOCAL_POINT])
def test_only_focal_points_ask(session, role):
    user = make_user(session, role, organisation=make_organisation(session, country="KH"))
    with pytest.raises(Forbidden):
        submit(session, request_draft(), by=user)


def test_what_was_sent_is_not_rewritten(session, government):
    asked = ask(session, by=government)
    with pytest.raises(Conflict):
        submit(session, request_draft(title="Another"), by=government, request=asked)
    with pytest.raises(Conflict):
        save_request(session, request_draft(title="Another"), by=government, request=asked)


def test_a_draft_is_seen_by_its_own_organisation_alone(session, government, helper):
    kept = save_request(session, request_draft(), by=government)
    own = viewer_of(session, government)
    assert get_request(session, kept.public_id, own) is kept
    assert [row.id for row in list_requests(session, own, RequestQuery(mine=True))] == [kept.id]
    for viewer in (PUBLIC, REGISTERED, viewer_of(session, helper)):
        with pytest.raises(NotFound):
            get_request(session, kept.public_id, viewer)
    assert count_requests(session, EVERYTHING, RequestQuery()) == 0


def test_a_request_for_a_group_is_seen_by_its_members_alone(session, government):
    group = make_group(session)
    asked = ask(session, by=government, visibility=Visibility.GROUP, groups=frozenset({group.code}))
    member = make_user(session, Role.SECRETARY, group=group)
    assert get_request(session, asked.public_id, viewer_of(session, member)) is asked
    with pytest.raises(NotFound):
        get_request(session, asked.public_id, REGISTERED)


def test_a_request_that_one_cannot_see_cannot_be_answered(session, government, helper):
    group = make_group(session)
    asked = ask(session, by=government, visibility=Visibility.GROUP, groups=frozenset({group.code}))
    with pytest.raises(NotFound):
        offer(session, offer_draft(), by=helper, request=asked)


def test_the_list_asks_by_country_pillar_and_state(session, government, helper):
    here = ask(session, by=government)
    there = ask(session, by=focal_point(session, "SN"), pillars=frozenset({"PREV"}))
    withdraw(session, here, by=government)

    def ids(**query):
        return {row.id for row in list_requests(session, REGISTERED, RequestQuery(**query))}

    assert ids() == {here.id, there.id}
    assert ids(country="SN") == ids(pillar="PREV") == ids(state=RequestState.OPEN) == {there.id}
    assert ids(state=RequestState.WITHDRAWN) == {here.id}
    assert ids(mine=True) == set()


def test_what_runs_is_kept_as_it_was_and_shown_as_one_may_see_it(session, government):
    seen = make_project(session, pillars=(Share("PROT"),))
    make_project(session, pillars=(Share("PREV"),))
    make_project(session, countries=(Share("SN"),))
    yesterday = utcnow().date() - timedelta(days=1)
    make_project(session, planned_start=None, planned_end=yesterday)
    make_project(session, visibility=Visibility.ORGANISATION)
    asked = ask(session, by=government)
    make_project(session)
    assert asked.running == [seen.public_id]
    assert [row.id for row in running_projects(session, asked, REGISTERED)] == [seen.id]
    seen.visibility = Visibility.ORGANISATION
    session.flush()
    assert running_projects(session, asked, REGISTERED) == []


def test_offers_to_a_request_are_seen_by_the_two_sides_alone(session, government, helper):
    asked = ask(session, by=government)
    made = offer(session, offer_draft(), by=helper, request=asked)
    for side in (government, helper):
        viewer = viewer_of(session, side)
        assert get_offer(session, made.public_id, viewer) is made
        assert list(offers_on(session, asked, viewer)) == [made]
    stranger = viewer_of(session, make_user(session, Role.REPORTER))
    assert offers_on(session, asked, stranger) == []
    with pytest.raises(NotFound):
        get_offer(session, made.public_id, stranger)


def test_standing_offers_are_seen_by_everyone_signed_in(session, helper):
    made = offer(session, offer_draft(regions=frozenset({"035"})), by=helper)
    assert made.state is OfferState.STANDING
    assert list(list_offers(session, REGISTERED)) == [made]
    assert list_offers(session, PUBLIC) == []


def test_only_the_government_that_asked_answers(session, government, helper):
    asked = ask(session, by=government)
    made = offer(session, offer_draft(), by=helper, request=asked)
    others = (
        helper,
        focal_point(session, "SN"),
        focal_point(session),
        make_user(session, Role.COORDINATOR),
    )
    for other in others:
        for answer in (accept, decline):
            with pytest.raises(Forbidden):
                answer(session, made, by=other)
    assert made.state is OfferState.PENDING


def test_an_answer_is_given_once(session, government, helper):
    asked = ask(session, by=government)
    made = offer(session, offer_draft(), by=helper, request=asked)
    decline(session, made, by=government, note="Not now.")
    with pytest.raises(Conflict):
        accept(session, made, by=government)
    assert asked.state is RequestState.OPEN


def test_a_note_that_is_too_long_is_refused(session, government, helper):
    made = offer(session, offer_draft(), by=helper, request=ask(session, by=government))
    with pytest.raises(Invalid) as caught:
        accept(session, made, by=government, note="x" * 20_001)
    assert problems(caught) == {"note"}


def test_a_standing_offer_has_nobody_to_answer_it(session, government, helper):
    made = offer(session, offer_draft(), by=helper)
    with pytest.raises(NotFound):
        accept(session, made, by=government)


def test_who_offered_may_take_it_back_until_it_is_answered(session, government, helper):
    asked = ask(session, by=government)
    made = offer(session, offer_draft(), by=helper, request=asked)
    with pytest.raises(Forbidden):
        withdraw_offer(session, made, by=government)
    accept(session, made, by=government)
    with pytest.raises(Conflict):
        withdraw_offer(session, made, by=helper)


@pytest.mark.parametrize("end", [withdraw, close])
def test_an_ended_request_takes_no_more_offers_and_declines_those_that_wait(
    session, government, helper, end
):
    asked = ask(session, by=government)
    made = offer(session, offer_draft(), by=helper, request=asked)
    end(session, asked, by=government)
    assert made.state is OfferState.DECLINED
    with pytest.raises(Conflict):
        offer(session, offer_draft(), by=helper, request=asked)
    with pytest.raises(Conflict):
        end(session, asked, by=government)


@pytest.mark.parametrize("end", [withdraw, close])
def test_others_do_not_end_it(session, government, helper, end):
    asked = ask(session, by=government)
    for other in (helper, focal_point(session, "SN"), make_user(session, Role.ADMIN)):
        with pytest.raises(Forbidden):
            end(session, asked, by=other)


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.REPORTER, Role.ORG_ADMIN)]
)
def test_only_those_who_report_offer(session, government, role):
    asked = ask(session, by=government)
    with pytest.raises(Forbidden):
        offer(session, offer_draft(), by=make_user(session, role), request=asked)


def test_an_offer_needs_a_title_and_known_codes(session, helper):
    with pytest.raises(Invalid) as caught:
        offer(session, offer_draft(title="", regions=frozenset({"XX"})), by=helper)
    assert problems(caught) == {"title", "regions"}


def test_an_accepted_offer_begins_the_record_of_its_project(session, government, helper):
    asked = ask(session, by=government, target_groups=frozenset({"PUBLIC-LABOUR"}))
    draft = offer_draft(pillars=frozenset(), available_from=date(2027, 1, 1))
    made = offer(session, draft, by=helper, request=asked)
    accept(session, made, by=government)
    begun = project_draft_of(made)
    assert begun.titles == {"en": "Two trainers"}
    assert [share.code for share in begun.countries] == ["KH"]
    assert [share.code for share in begun.pillars] == ["PROT"]
    assert begun.target_groups == {"PUBLIC-LABOUR"}
    assert begun.participants[0].name == helper.organisation.name
    assert begun.planned_start == date(2027, 1, 1)
