"""A list of the API refuses a filter that it does not understand, and names it; none is passed over."""

import pytest

ODD = "no-such-thing"
LISTS = {
    "/projects": "country region pillar measure organisation status running mine limit",
    "/overlaps": ("country pillar organisation kind min_score stand mine project sort limit"),
    "/gaps": "country pillar kind measures limit",
    "/requests": "country state limit",
    "/offers": "limit",
    "/organisations": "limit",
    "/groups": "limit",
    "/digests": "limit",
    "/imports": "limit",
    "/iati": "organisation",
}
"""The filters of each list; `q` and `code` look for words, and no answer is an answer to them."""


@pytest.mark.parametrize("path", LISTS)
def test_each_filter_with_an_unknown_value_is_named(program, path):
    names = LISTS[path].split()
    answer = program()("GET", f"{path}?" + "&".join(f"{name}={ODD}" for name in names))
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json["errors"]} == set(names)


@pytest.mark.parametrize("path", LISTS)
def test_a_filter_that_a_list_does_not_have_is_named(program, path):
    answer = program()("GET", f"{path}?contry=KH")
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == ["contry"]


def test_every_filter_of_the_description_is_tried(client):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    for path, names in LISTS.items():
        described = {each["name"] for each in paths[f"/api/v1{path}"]["get"]["parameters"]}
        assert described - {"q", "code", "cursor"} == set(names.split())


@pytest.mark.parametrize("path", [path for path, names in LISTS.items() if "limit" in names])
def test_a_cursor_that_no_page_gave_is_refused(program, path):
    answer = program()("GET", f"{path}?cursor=abc")
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == ["cursor"]


def test_gaps_come_page_by_page(program):
    call = program()
    whole = call("GET", "/gaps?country=KH&limit=200").json
    assert (len(whole["items"]), whole["next"]) == (5, None)
    first = call("GET", "/gaps?country=KH&limit=3").json
    rest = call("GET", f"/gaps?country=KH&limit=3&cursor={first['next']}").json
    assert first["items"] + rest["items"] == whole["items"]
    assert rest["next"] is None
