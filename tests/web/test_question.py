"""The address of a list is a question: what a page does not understand of it, it leaves out and says so."""

import re
from html import unescape

import pytest

from tacoord.models import Role, RoleGrant
from tests.factories import make_user
from tests.web.visits import visit_as

ODD = "no-such-thing"
LISTS = {
    "/projects": "country region pillar measure status organisation import ends state sort page running stale mine",
    "/overlaps": (
        "country pillar organisation kind score stand verdict project import sort mine single"
    ),
    "/gaps": "country region pillar kind measures page",
    "/coverage": "region pillar show when rows sort",
    "/countries": "show sort",
    "/requests": "country pillar state mine page",
    "/organisations": "type country unverified page",
    "/search": "country pillar",
    "/": "news",
    "/admin/people": "organisation role closed page",
    "/admin/mail": "state group page",
    "/admin/changes": "subject since until page",
    "/admin/audit": "subject since until page",
}
"""The filters of each list; `q` and other words are none, any word may be looked for."""


def told(html: str) -> list[str]:
    """The parts of the address that the page says it did not understand."""
    note = re.search(r'<div class="note passed-over" role="status">.*?</div>', html, re.DOTALL)
    return re.findall(r"“([^”]*)”", unescape(note[0])) if note else []


@pytest.fixture
def signed_in(client, store):
    user = make_user(store, Role.COORDINATOR)
    user.grants.append(RoleGrant(role=Role.ADMIN, organisation_id=user.organisation_id))
    store.commit()
    return visit_as(client, user)


@pytest.mark.parametrize("path", LISTS)
def test_a_page_says_of_each_filter_that_it_does_not_know_the_value(signed_in, path):
    names = LISTS[path].split()
    answer = signed_in.get(path, query_string=dict.fromkeys(names, ODD))
    assert answer.status_code == 200
    assert told(answer.text) == [ODD] * len(names)
    chips = re.search(r'<ul class="chips".*?</ul>', answer.text, re.DOTALL)
    assert chips is None or ODD not in chips[0]


@pytest.mark.parametrize("path", LISTS)
def test_a_page_says_that_it_has_no_such_filter(signed_in, path):
    assert told(signed_in.get(f"{path}?min_scores=1").text) == ["min_scores"]


def test_what_a_page_understands_is_not_told(signed_in):
    address = "/gaps?country=kh&pillar=PROT&kind=no_project&measures=1&page=1&region="
    html = signed_in.get(address).text
    assert told(html) == []
    assert "Cambodia" in re.search(r'<ul class="chips".*?</ul>', html, re.DOTALL)[0]


def test_an_unknown_country_has_no_gaps(signed_in):
    assert "in ZZ" not in signed_in.get("/gaps?country=ZZ").text


def test_the_part_that_was_not_understood_can_be_taken_out_of_the_address(signed_in):
    html = signed_in.get("/gaps?country=KH&country=ZZ&pillar=PROT").text
    link = re.search(r'href="([^"]+)">Take it out of the address', html)
    assert unescape(link[1]) == "/gaps?country=KH&pillar=PROT"
