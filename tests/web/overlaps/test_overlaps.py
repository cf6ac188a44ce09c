"""The queue of overlaps and the page of a pair, as people use them."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import (
    Decision,
    Kind,
    Mask,
    Organisation,
    Overlap,
    Role,
    User,
    Verdict,
    Visibility,
)
from tacoord.policy import OPERATOR
from tacoord.services.overlaps.overlaps import (
    MOST_FLAGS,
    OverlapQuery,
    Sort,
    flag_overlaps,
    list_overlaps,
)
from tacoord.services.projects.projects import update_project
from tacoord.services.visibility import EVERYTHING
from tests.factories import PASSWORD, make_organisation, make_user
from tests.services.pairs import a_draft, a_project
from tests.support.accessibility import violations

TOWNS = ("Kigali", "Lagos", "Chisinau", "Vientiane")
COUNTRIES = ("RW", "NG", "MD", "LA")


@pytest.fixture
def owners(store: Session) -> list[Organisation]:
    return [make_organisation(store, name) for name in ("Alder Fund", "Birch Society")]


@pytest.fixture
def pairs(store: Session, owners: list[Organisation]) -> list[Overlap]:
    """One pair of look-alikes in each town; no project is like that of another town."""
    topics = (
        "Shelter for boys who beg",
        "Court interpreters for Edo",
        "Radio plays on job offers",
        "Visas for witnesses",
    )
    for number, town in enumerate(TOWNS):
        for owner in owners:
            said = a_draft(
                title=f"{topics[number]}, {town}", text=f"{topics[number]} and what belongs to it in {town}.",
                country=COUNTRIES[number], amount=(number + 1) * 730_000_00,
            )  # fmt: skip
            flag_overlaps(store, a_project(store, owner, said))
    store.commit()
    flagged = store.scalars(select(Overlap).order_by(Overlap.priority.desc())).all()
    same = [one for one in flagged if one.first.title == one.second.title]
    for other in set(flagged) - set(same):
        store.delete(other)
    store.commit()
    assert len(same) == len(TOWNS)
    return same


@pytest.fixture
def sign_in(store: Session, client: FlaskClient) -> Callable[..., User]:
    def enter(role: Role, organisation: Organisation | None = None) -> User:
        user = make_user(store, role, organisation=organisation, password=PASSWORD)
        store.commit()
        said = {"email": user.email, "password": PASSWORD}
        assert client.post("/account/sign-in?next=/overlaps", data=said).status_code == 302
        return user

    return enter


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:500]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def judge(client: FlaskClient, overlap: Overlap, verdict: str, status: int, **more: object) -> str:
    said = {"verdict": verdict, "version": overlap.version, **more}
    answer = client.post(f"/overlaps/{overlap.public_id}/decision", data=said)
    assert answer.status_code == status, answer.text[:500]
    return answer.headers.get("Location", "") + answer.text


def test_the_queue_names_both_projects_who_reports_them_and_what_is_at_stake(
    client: FlaskClient, pairs: list[Overlap], sign_in: Callable[..., User]
) -> None:
    sign_in(Role.REVIEWER)
    words = text_of(client, "/overlaps")
    assert "Pairs to be judged: 4." in words
    for said in (
        "Shelter for boys who beg, Kigali",
        "Alder Fund",
        "Birch Society",
        "Rwanda",
        "USD 730 thousand",
    ):
        assert said in words.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("country=NG", ["Lagos"]),
        ("country=NG&country=RW", ["Lagos"]),
        ("pillar=PROT", list(TOWNS)),
        ("pillar=PREV", []),
        ("kind=complementary", []),
        ("score=0.5", list(TOWNS)),
        ("stand=decided", []),
        ("mine=1", []),
        ("organisation=NOBODY", list(TOWNS)),
        ("score=high&kind=strange&sort=size&stand=lost", list(TOWNS)),
    ],
)
def test_the_address_is_the_question(
    client: FlaskClient,
    pairs: list[Overlap],
    sign_in: Callable[..., User],
    question: str,
    found: list[str],
) -> None:
    sign_in(Role.REVIEWER)
    words = text_of(client, f"/overlaps?{question}")
    assert [town for town in TOWNS if f", {town}" in words] == found


@pytest.mark.parametrize("sort", ["priority", "score", "money", "age", "learning"])
def test_every_order_can_be_read_page_by_page(
    pairs: list[Overlap], sort: str, store: Session
) -> None:
    seen, cursor = [], None
    while True:
        page = list_overlaps(
            store, EVERYTHING, OverlapQuery(sort=Sort(sort), limit=3, cursor=cursor)
        )
        seen += [row.public_id for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == sorted(one.public_id for one in pairs)


def test_a_pair_shows_what_differs_and_why_it_was_flagged(
    client: FlaskClient, store: Session, owners: list[Organisation], sign_in: Callable[..., User]
) -> None:
    flag_overlaps(
        store, a_project(store, owners[0], a_draft(title="Shelter and legal aid in Phnom Penh"))
    )
    flag = flag_overlaps(
        store, a_project(store, owners[1], a_draft(title="Legal aid in Phnom Penh"))
    )[0]
    store.commit()
    sign_in(Role.REVIEWER)
    page = client.get(f"/overlaps/{flag.public_id}").text
    assert "<mark>Shelter and</mark>" in page
    assert (
        "<title>Overlap: Shelter and legal aid in Phnom Penh / Legal aid in Phnom Penh · tacoord</title>"
        in page
    )
    assert 'class="same"' in page
    words = text_of(client, f"/overlaps/{flag.public_id}")
    assert "Called: Same activity. They are alike enough that they may be one activity." in words
    assert "The same amount." in words
    assert "The same first day." in words or "All evidence" in words


def test_what_an_organisation_keeps_to_itself_is_not_called_not_stated(
    client: FlaskClient, store: Session, owners: list[Organisation], sign_in: Callable[..., User]
) -> None:
    flag_overlaps(store, a_project(store, owners[1]))
    project = a_project(store, owners[0])
    flag = flag_overlaps(store, project)[0]
    kept = replace(a_draft(), masks=frozenset({Mask.PLACES}))
    update_project(store, project, kept, by=OPERATOR)
    store.commit()
    sign_in(Role.REVIEWER)
    page = client.get(f"/overlaps/{flag.public_id}").text
    row = page.partition('<th scope="row">Countries')[2].partition("</tr>")[0]
    assert "Cambodia" in row
    assert "known to the reporting organisation" in row
    assert "not stated" not in row


def test_a_verdict_leads_to_the_next_pair_of_the_same_question_and_can_be_taken_back(
    client: FlaskClient, pairs: list[Overlap], sign_in: Callable[..., User], store: Session
) -> None:
    sign_in(Role.REVIEWER)
    first, second = pairs[0], pairs[1]
    said = {"verdict": "same_activity", "version": first.version, "note": "One grant."}
    answer = client.post(f"/overlaps/{first.public_id}/decision?pillar=PROT", data=said)
    where = answer.headers["Location"]
    assert where.startswith(f"/overlaps/{second.public_id}?")
    assert "pillar=PROT" in where
    assert "You decided: Same activity." in text_of(client, where)
    store.refresh(first)
    assert first.verdict is Verdict.SAME_ACTIVITY
    judge(client, first, "open", 302)
    store.rollback()
    store.refresh(first)
    assert first.verdict is Verdict.OPEN
    assert "One grant." in text_of(client, f"/overlaps/{first.public_id}")


def next_of(client: FlaskClient, overlap: Overlap) -> tuple[str, str]:
    """Where the key N leads from a pair, and what the button says."""
    page = client.get(f"/overlaps/{overlap.public_id}").text
    found = re.search(r'href="/overlaps/(\w+)[^"]*" data-key="n"[^>]*>([^<]+?) <', page)
    assert found
    return found[1], found[2]


def test_the_next_pair_goes_through_the_whole_queue_and_then_begins_again(
    client: FlaskClient, pairs: list[Overlap], sign_in: Callable[..., User]
) -> None:
    sign_in(Role.REVIEWER)
    for at, pair in enumerate(pairs[:-1]):
        assert next_of(client, pair) == (pairs[at + 1].public_id, "Next pair")
    assert next_of(client, pairs[-1]) == (pairs[0].public_id, "First pair again")


def test_a_verdict_leads_on_and_not_back_to_a_pair_that_was_skipped(
    client: FlaskClient, pairs: list[Overlap], sign_in: Callable[..., User]
) -> None:
    sign_in(Role.REVIEWER)
    assert f"/overlaps/{pairs[2].public_id}" in judge(client, pairs[1], "unrelated", 302)
    assert f"/overlaps/{pairs[3].public_id}" in judge(client, pairs[2], "unrelated", 302)
    assert f"/overlaps/{pairs[0].public_id}" in judge(client, pairs[3], "unrelated", 302)


def test_taking_a_verdict_back_says_so(
    client: FlaskClient, pairs: list[Overlap], sign_in: Callable[..., User], store: Session
) -> None:
    sign_in(Role.REVIEWER)
    judge(client, pairs[0], "unrelated", 302)
    store.refresh(pairs[0])
    address = judge(client, pairs[0], "open", 302)
    assert "Your verdict is taken back." in text_of(client, f"/overlaps/{pairs[0].public_id}")
    assert pairs[0].public_id in address


def test_what_was_decided_meanwhile_is_said_and_the_note_is_kept(
    client: FlaskClient, pairs: list[Overlap], sign_in: Callable[..., User]
) -> None:
    sign_in(Role.REVIEWER)
    page = judge(client, pairs[0], "unrelated", 409, version=0, note="Kept words")
    assert "Somebody decided or changed this pair meanwhile." in page
    assert "Kept words" in page


@pytest.mark.parametrize("verdict", ["", "perhaps"])
def test_a_missing_verdict_is_said(
    client: FlaskClient, pairs: list[Overlap], sign_in: Callable[..., User], verdict: str
) -> None:
    sign_in(Role.REVIEWER)
    assert "Choose one of the verdicts." in judge(client, pairs[0], verdict, 422)


def test_a_reviewer_of_the_own_organisation_reads_why_somebody_else_must_decide(
    client: FlaskClient,
    pairs: list[Overlap],
    owners: list[Organisation],
    sign_in: Callable[..., User],
    store: Session,
) -> None:
    sign_in(Role.REVIEWER, owners[0])
    assert "so somebody else must decide" in text_of(client, f"/overlaps/{pairs[0].public_id}")
    assert "so somebody else must decide" in judge(client, pairs[0], "unrelated", 403)
    store.refresh(pairs[0])
    assert pairs[0].verdict is Verdict.OPEN


def test_a_viewer_sees_the_pair_and_no_buttons(
    client: FlaskClient, pairs: list[Overlap], sign_in: Callable[..., User]
) -> None:
    sign_in(Role.VIEWER)
    page = client.get(f"/overlaps/{pairs[0].public_id}").text
    assert 'name="verdict"' not in page
    judge(client, pairs[0], "unrelated", 403)


def test_a_pair_with_a_hidden_project_is_not_there(
    client: FlaskClient, store: Session, owners: list[Organisation], sign_in: Callable[..., User]
) -> None:
    flag_overlaps(store, a_project(store, owners[0], a_draft(visibility=Visibility.ORGANISATION)))
    flag = flag_overlaps(store, a_project(store, owners[1]))[0]
    store.commit()
    sign_in(Role.REVIEWER)
    assert "No pair waits for a verdict" in text_of(client, "/overlaps")
    assert client.get(f"/overlaps/{flag.public_id}").status_code == 404
    judge(client, flag, "unrelated", 404)
    assert client.get("/overlaps/aaaaaaaaaaaaaaaa").status_code == 404


def test_many_pairs_that_are_nearly_equal_fold_into_one_line(
    client: FlaskClient, store: Session, owners: list[Organisation], sign_in: Callable[..., User]
) -> None:
    for number in range(5):
        flag_overlaps(
            store, a_project(store, owners[number % 2], a_draft(title="Hotline", text=""))
        )
    store.commit()
    sign_in(Role.REVIEWER)
    folded = text_of(client, "/overlaps")
    assert "more pairs much like it" in folded
    assert folded.count("Hotline") < text_of(client, "/overlaps?single=1").count("Hotline")


def test_the_queue_says_where_the_pairs_of_a_project_were_capped(
    client: FlaskClient, store: Session, owners: list[Organisation], sign_in: Callable[..., User]
) -> None:
    busy, *others = (
        a_project(store, owners[min(number, 1)], a_draft(title=f"Hotline {number}"))
        for number in range(MOST_FLAGS + 1)
    )
    for other in others:
        said = {"kind": Kind.COMPLEMENTARY, "score": 0.5, "model_version": "1"}
        store.add(Overlap(first_id=busy.id, second_id=other.id, **said))
    store.commit()
    sign_in(Role.REVIEWER)
    assert f"at most {MOST_FLAGS} pairs are kept" in text_of(client, "/overlaps")
    assert "it learns most" in text_of(client, "/overlaps?sort=learning")


def test_no_project_of_a_short_queue_was_capped(
    client: FlaskClient, pairs: list[Overlap], sign_in: Callable[..., User]
) -> None:
    sign_in(Role.REVIEWER)
    assert "pairs are kept" not in text_of(client, "/overlaps")


@pytest.mark.looks_only
def test_on_a_phone_the_verdicts_are_one_tap_away(
    live_server: str, page: Page, pairs: list[Overlap], store: Session
) -> None:
    reviewer = make_user(store, Role.REVIEWER, password=PASSWORD)
    store.commit()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server}/account/sign-in?next=/overlaps/{pairs[0].public_id}")
    page.fill("[name=email]", reviewer.email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/overlaps/{pairs[0].public_id}")
    page.mouse.wheel(0, 700)
    page.get_by_role("link", name="Give a verdict").click()
    expect(page.get_by_role("button", name="Same activity")).to_be_in_viewport()
    assert violations(page) == []


def test_nobody_sees_overlaps_without_an_account(client: FlaskClient, pairs: list[Overlap]) -> None:
    for address in ("/overlaps", f"/overlaps/{pairs[0].public_id}"):
        assert client.get(address).status_code == 302


def test_a_reviewer_clears_three_pairs_by_keyboard_alone(
    live_server: str, page: Page, pairs: list[Overlap], store: Session
) -> None:
    reviewer = make_user(store, Role.REVIEWER, password=PASSWORD)
    store.commit()
    page.goto(f"{live_server}/account/sign-in?next=/overlaps")
    page.fill("[name=email]", reviewer.email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server}/overlaps")
    assert violations(page) == []
    page.locator("tbody th a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/overlaps/{pairs[0].public_id}")
    assert violations(page) == []
    for at, key in enumerate("162"):
        with page.expect_navigation():
            page.keyboard.press(key)
        expect(page.get_by_role("status").get_by_text("You decided")).to_be_visible()
        assert page.url.split("?")[0].endswith(pairs[at + 1].public_id)
    assert violations(page) == []
    with page.expect_navigation():
        page.keyboard.press("u")
    expect(page.get_by_role("status").get_by_text("Your verdict is taken back")).to_be_visible()
    decided = store.scalars(select(Decision.verdict).order_by(Decision.id)).all()
    assert decided == [
        Verdict.SAME_ACTIVITY, Verdict.UNRELATED, Verdict.FUNDER_IMPLEMENTER, Verdict.OPEN,
    ]  # fmt: skip


def test_a_verdict_needs_no_script(
    live_server: str, browser: object, pairs: list[Overlap], store: Session
) -> None:
    reviewer = make_user(store, Role.REVIEWER, password=PASSWORD)
    store.commit()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{live_server}/account/sign-in?next=/overlaps/{pairs[0].public_id}")
    page.fill("[name=email]", reviewer.email)
    page.fill("[name=password]", PASSWORD)
    page.click("button.button-main")
    page.get_by_role("button", name="Overlapping effort").click()
    assert "You decided" in page.inner_text("main")
    context.close()
