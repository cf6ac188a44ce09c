"""A button pressed twice makes one thing: also where both presses come at the same moment."""

import re
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest
from sqlalchemy import func, select

from tacoord.models import AssistanceRequest, KeptAnswer, Offer, Project, Role
from tests.factories import make_organisation, make_user
from tests.support.live import served
from tests.web.visits import visit_as

PRESSES = 3
PLACES = [
    (Role.REPORTER, "/projects/new", {"title": "Night shelter on the pier", "do": "register"}, Project),
    (Role.REPORTER, "/projects/new", {"title": "Night shelter on the pier", "do": "draft"}, Project),
    (Role.REPORTER, "/offers/new", {"title": "Trainers", "text": "Two.", "pillars": "PROT"}, Offer),
    (
        Role.FOCAL_POINT,
        "/requests/new",
        {"title": "Training", "need": "Skills.", "pillars": "PROT", "do": "send"},
        AssistanceRequest,
    ),
]  # fmt: skip


def visitor(client, store, role):
    user = make_user(store, role, organisation=make_organisation(store, type="10", country="KH"))
    store.commit()
    return visit_as(client, user), user


def form_of(client, path, said, user):
    """What the browser sends: what is entered, and the key that came with the form."""
    page = client.get(path).text
    key = re.search(r'name="once" value="([\w-]+)"', page)
    assert key is not None
    own = {
        "organisation": user.organisation.public_id,
        "language": "en",
        "visibility": "registered",
    }
    return {**own, **said, "once": key[1]}


def count(store, table):
    store.rollback()  # what was read before is not what stands there now
    return store.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize(("role", "path", "said", "table"), PLACES)
def test_a_form_that_is_sent_again_leads_to_what_it_made(client, store, role, path, said, table):
    browser, user = visitor(client, store, role)
    sent = form_of(browser, path, said, user)
    first, again = (browser.post(path, data=sent) for _ in range(2))
    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    assert count(store, table) == 1
    assert browser.post(path, data=form_of(browser, path, said, user)).location != first.location
    assert count(store, table) == 2


@pytest.mark.parametrize(("role", "path", "said", "table"), PLACES)
def test_two_presses_at_one_moment_make_one_thing(app, client, store, role, path, said, table):
    browser, user = visitor(client, store, role)
    sent = urllib.parse.urlencode(form_of(browser, path, said, user)).encode()
    cookie = browser.get_cookie("tacoord")
    came: list[tuple[int, str]] = []
    ready = threading.Barrier(PRESSES)

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def press(address: str) -> None:
        asked = urllib.request.Request(
            f"{address}{path}", data=sent, headers={"Cookie": f"tacoord={cookie.value}"}
        )
        ready.wait()
        try:
            urllib.request.build_opener(Stay).open(asked, timeout=30)
        except urllib.error.HTTPError as answer:
            came.append((answer.code, answer.headers["Location"]))

    with served(app) as address:
        threads = [threading.Thread(target=press, args=(address,)) for _ in range(PRESSES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(came) == PRESSES
    assert {status for status, _ in came} == {302}
    assert len({place for _, place in came}) == 1
    assert count(store, table) == 1


def test_what_was_refused_can_be_sent_corrected_with_the_same_form(client, store):
    browser, user = visitor(client, store, Role.REPORTER)
    said = {"title": "", "do": "register"}
    sent = form_of(browser, "/projects/new", said, user)
    refused = browser.post("/projects/new", data=sent)
    assert refused.status_code == 422
    assert f'value="{sent["once"]}"' in refused.text
    assert count(store, KeptAnswer) == 0
    taken = browser.post("/projects/new", data={**sent, "title": "Night shelter on the pier"})
    assert taken.status_code == 302
