"""The matrix, the map, the page of a country and the gap list, as somebody asks for them."""

import re
from datetime import timedelta

import pytest

from tacoord.models import Role, Visibility, utcnow
from tacoord.services.projects.drafts import Share
from tests.factories import make_project, make_user
from tests.services.asks import ask
from tests.web.visits import visit_as

SOON = utcnow().date() + timedelta(days=40)


@pytest.fixture
def visitor(client, store):
    user = make_user(store, Role.VIEWER)
    store.commit()
    return visit_as(client, user)


def page(visitor, address, status=200):
    answer = visitor.get(address)
    assert answer.status_code == status
    return answer.text


def rows(text):
    """The first cells of the rows of the first table, as text."""
    body = text.split("<tbody>")[1].split("</tbody>")[0]
    heads = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', body, re.S)
    return [re.sub(r"<[^>]+>", "", head).strip() for head in heads]


@pytest.mark.parametrize("address", ["/coverage", "/countries", "/gaps", "/requests", "/offers"])
def test_an_empty_register_says_what_would_be_here(visitor, address):
    assert 'class="empty"' in page(visitor, address) or address == "/gaps"


@pytest.mark.parametrize(
    "address", ["/", "/coverage", "/countries", "/countries/KH", "/gaps", "/requests"]
)
def test_who_is_not_signed_in_is_asked_to(client, address):
    assert client.get(address).status_code == 302


def test_a_column_is_sorted_by_its_number_of_projects(visitor, store):
    for country, count in (("KH", 2), ("SN", 11), ("MD", 1)):
        for _ in range(count):
            make_project(store, countries=(Share(country),))
    store.commit()
    assert rows(page(visitor, "/coverage?sort=-PROT")) == ["Senegal", "Cambodia", "Moldova"]
    assert rows(page(visitor, "/coverage?sort=PROT")) == ["Moldova", "Cambodia", "Senegal"]
    assert rows(page(visitor, "/coverage?sort=-total")) == ["Senegal", "Cambodia", "Moldova"]
    assert rows(page(visitor, "/coverage")) == ["Cambodia", "Moldova", "Senegal"]
    assert rows(page(visitor, "/countries?sort=-projects")) == ["Senegal", "Cambodia", "Moldova"]


def test_the_answer_counts_only_the_cells_of_subjects(visitor, store):
    make_project(store)
    make_project(store, pillars=())
    store.commit()
    assert "Nobody is in 4 of 5 cells." in page(visitor, "/coverage")


def test_countries_of_which_only_a_need_is_known_have_rows_where_asked_for(visitor, store):
    make_project(store)
    store.commit()
    assert rows(page(visitor, "/coverage")) == ["Cambodia"]
    assert "Bhutan" in rows(page(visitor, "/coverage?rows=needs"))


@pytest.mark.parametrize(
    "address", ["/coverage?show=money", "/countries?show=money", "/countries/KH"]
)
def test_where_money_stands_the_page_says_what_it_holds(visitor, store, address):
    make_project(store)
    store.commit()
    text = page(visitor, address)
    assert "all of it counts in its countries" in text
    assert "/overlaps?kind=parent_child" in text


def test_regional_projects_stand_below_the_countries(visitor, store):
    make_project(store)
    make_project(store, countries=(), regions=(Share("035"),))
    make_project(store, countries=())
    store.commit()
    assert rows(page(visitor, "/coverage")) == [
        "Cambodia",
        "Southeast Asia, regional",
        "No place stated",
    ]
    assert rows(page(visitor, "/coverage?rows=regions"))[0] == "Southeast Asia"


def test_a_country_where_all_has_ended_stays_in_the_matrix(visitor, store):
    over = utcnow().date() - timedelta(days=1)
    make_project(store, planned_start=None, planned_end=over, pillars=(Share("PREV"),), measures=())
    store.commit()
    text = page(visitor, "/coverage")
    assert rows(text) == ["Cambodia"]
    # In all five pillars nobody is there, also in those where nobody ever was.
    assert "Nobody is in 5 of 5 cells." in text


def test_the_lead_counts_the_countries_of_the_table_and_those_with_a_project(visitor, store):
    make_project(store, planned_start=None, planned_end=utcnow().date() - timedelta(days=1))
    make_project(store, countries=(Share("SN"),))
    store.commit()
    assert "1 project is under way: in 1 of 2 countries." in page(visitor, "/coverage")
    map_page = page(visitor, "/countries")
    assert "Projects are under way in 1 country. 1 more country stands in the table" in map_page


def test_filters_stand_as_words_that_can_be_removed(visitor, store):
    make_project(store)
    make_project(store, countries=(Share("SN"),))
    store.commit()
    text = page(visitor, "/coverage?region=035&pillar=PROT&show=money")
    assert rows(text) == ["Cambodia"]
    assert "National referral mechanism" in text
    chip = re.search(r'<a class="chip" href="([^"]+)"><span dir="auto">Protection', text)
    assert chip is not None
    assert "pillar" not in chip[1]


@pytest.mark.parametrize("show", ["projects", "money", "gaps", "nonsense"])
def test_the_map_and_its_table_say_the_same(visitor, store, show):
    make_project(store, planned_end=SOON)
    store.commit()
    text = page(visitor, f"/countries?show={show}")
    assert rows(text) == ["Cambodia"]
    assert re.search(r'<a class="world-[0-4]" href="/countries/KH"', text)
    assert text.count('<svg class="world"') == 1


@pytest.mark.parametrize("code", ["XX", "KHM", "1", "%20"])
def test_a_code_that_is_no_country_is_not_found(visitor, code):
    page(visitor, f"/countries/{code}", status=404)


def test_a_country_in_small_letters_is_led_to_its_page(visitor):
    answer = visitor.get("/countries/kh")
    assert (answer.status_code, answer.location) == (301, "/countries/KH")


def test_a_country_is_told_in_words_with_its_gaps_requests_and_people(visitor, store):
    make_project(
        store,
        titles={"en": "Night shelter"},
        planned_end=SOON,
        contact_name="Desk One",
        contact_shown=True,
    )
    asked = ask(store, pillars=frozenset({"PREV"}), title="Help for schools")
    store.commit()
    text = page(visitor, "/countries/KH")
    assert "1 project is running, reported by 1 organisation." in text
    assert "1 of 5 pillars has a project." in text
    assert "and nothing follows" in text
    for words in ("Night shelter", "Help for schools", "Desk One", "Harbour Light Foundation"):
        assert words in text
    assert f"/requests/{asked.public_id}" in text


def test_a_hidden_project_shows_on_none_of_the_pages(visitor, store):
    make_project(
        store,
        titles={"en": "Secret shelter"},
        visibility=Visibility.ORGANISATION,
        contact_name="Hidden Desk",
        contact_shown=True,
        planned_end=SOON,
    )
    store.commit()
    for address in ("/", "/coverage", "/countries", "/countries/KH", "/gaps?country=KH&measures=1"):
        text = page(visitor, address)
        for words in ("Secret shelter", "Hidden Desk", "Harbour Light"):
            assert words not in text
    assert "No project is running here." in page(visitor, "/countries/KH")


def test_gaps_are_sentences_with_evidence_by_kind_and_country(visitor, store):
    make_project(store, titles={"en": "Night shelter"}, planned_end=SOON)
    store.commit()
    text = page(visitor, "/gaps?country=KH&kind=coverage_ends")
    assert "The last project on protection in Cambodia ends on" in text
    assert "Night shelter, until" in text
    assert "No project on prosecution" not in text
    assert "Apr 2009" in page(visitor, "/gaps?country=AO")


def test_a_page_beyond_the_last_is_empty_but_no_failure(visitor):
    for address in ("/gaps?page=99", "/gaps?page=-1", "/gaps?page=x", "/requests?page=99"):
        page(visitor, address)
