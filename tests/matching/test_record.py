"""Reading real registers: what cannot be read is missing and counted, never an error."""

import json
from datetime import date

import msgspec
import pytest

from tacoord.matching import Day, Precision, read_facts
from tacoord.matching import record as record_module
from tacoord.matching.record import read_json
from tests.matching.records import record


def read(**values):
    facts, problems = read_facts({"id": "a", **values})
    return facts, problems


def test_every_kind_of_nothing_is_missing_and_no_problem():
    for nothing in (None, "", {}, []):
        names = (
            "title",
            "description",
            "countries",
            "budget",
            "start",
            "status",
            "reporting_org",
            "pillars",
        )
        facts, problems = read(**dict.fromkeys(names, nothing))
        assert (facts.titles, facts.countries, facts.budgets, facts.start, facts.reporter) == (
            {},
            (),
            (),
            None,
            None,
        )
        assert problems == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "Implementation"),
        ("countries", [{"code": "ZZZ"}]),
        ("budget", [{"amount": -5, "currency": "USD"}]),
        ("budget", [{"amount": float("nan"), "currency": "USD"}]),
        ("budget", [{"amount": 10**400, "currency": "USD"}]),
        ("budget", [{"amount": True, "currency": "USD"}]),
        ("start", "soon"),
        ("start", "2019-13-40"),
        ("title", 7),
        ("participating_orgs", 3),
    ],
)
def test_an_unreadable_value_counts_as_missing_and_is_noted(name, value):
    facts, problems = read(**{name: value})
    assert problems == [name]
    assert facts == read()[0]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2019-10-11", Day(date(2019, 10, 11))),
        ("2019-10-11T08:00:00Z", Day(date(2019, 10, 11))),
        ("2019-10", Day(date(2019, 10, 1), Precision.MONTH)),
        ("2007", Day(date(2007, 1, 1), Precision.YEAR)),
        (2007, Day(date(2007, 1, 1), Precision.YEAR)),
        ("1/1/2013", Day(date(2013, 1, 1))),
        ("31/12/2013", Day(date(2013, 12, 31))),
        ("12/31/2013", Day(date(2013, 12, 31))),
        ("3/4/2013", Day(date(2013, 1, 1), Precision.YEAR)),
    ],
)
def test_days_are_read_as_exactly_as_they_are_told(text, day):
    assert read(start=text)[0].start == day


def test_pillars_have_a_short_form():
    assert (
        read(pillars=["PREV"])[0].pillars
        == read(pillars=[{"code": "PREV", "percentage": 100}])[0].pillars
    )


def test_a_visibility_that_is_not_known_is_not_taken_for_public():
    assert not read(visibility="secret")[0].public
    assert read()[0].public


def test_a_record_without_an_id_is_refused():
    for nothing in (None, "", {}, [], True):
        with pytest.raises(ValueError, match="id"):
            read_facts({**record(), "id": nothing})


def test_lone_surrogates_do_no_harm():
    facts, _ = read(title={"en": "Training \ud800 of judges"})
    facts.titles["en"].encode("utf-8")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"title": "One", "countries": ["KH", {"code": "LA"}, "ZZZ"], "start": "soon"},
        {"participating_orgs": [{"name": "A", "role": "4"}, 7], "status": 2, "sectors": "15130"},
        {"title": {"en": "One", "FR": 3}, "pillars": ["PREV", None], "visibility": "secret"},
        {"regions": {"code": 298, "vocabulary": 1}, "reporting_org": {}, "budget": 3},
    ],
)
def test_a_line_of_json_says_what_its_object_says_however_often_it_comes(values):
    line = json.dumps({"id": 5, **values}).encode()
    for _ in range(2):
        assert read_json(line) == read_facts({"id": 5, **values})


def test_a_long_value_is_read_each_time_and_not_kept(monkeypatch):
    monkeypatch.setattr(record_module._KEPT["countries"], "longest", 10)
    line = b'{"id": "a", "countries": [{"code": "KH"}, {"code": "LA"}]}'
    assert read_json(line)[0].countries == read_json(line)[0].countries == ("KH", "LA")


def test_what_is_kept_of_a_field_stays_bounded(monkeypatch):
    monkeypatch.setattr(record_module._KEPT["start"], "most", 3)
    for year in range(2001, 2021):
        facts, _ = read_json(json.dumps({"id": "a", "start": str(year)}).encode())
        assert facts.start == Day(date(year, 1, 1), Precision.YEAR)
        assert len(record_module._KEPT["start"]) <= 3


@pytest.mark.parametrize("line", [b"[]", b"{", b'{"id": "a", "title": "\\ud800"}', b"7"])
def test_what_is_not_strictly_an_object_in_json_is_refused(line):
    with pytest.raises(msgspec.DecodeError):
        read_json(line)


def test_a_line_without_an_id_is_refused():
    with pytest.raises(ValueError, match="id"):
        read_json(b'{"title": "One"}')
