"""Each value of an address is read by its rule; what is not understood asks nothing and is kept."""

from datetime import date
from enum import StrEnum

import pytest

from tacoord.asking import Question
from tacoord.errors import Invalid


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def asked(**given: str | list[str]) -> Question:
    return Question({name: [v] if isinstance(v, str) else v for name, v in given.items()})


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (lambda q: q.text("x"), " two words ", "two words"),
        (lambda q: q.code("x", {"KH"}), "kh", "KH"),
        (lambda q: q.choice("x", Colour), "red", Colour.RED),
        (lambda q: q.word("x", ["a"]), "a", "a"),
        (lambda q: q.flag("x"), "1", True),
        (lambda q: q.flag("x"), "", True),
        (lambda q: q.flag("x"), "0", False),
        (lambda q: q.number("x", 0, 1), "0.5", 0.5),
        (lambda q: q.whole("x", 1, 9), "9", 9),
        (lambda q: q.day("x"), "2026-11-21", date(2026, 11, 21)),
        (lambda q: q.record("x", {"a": 3}.get), "a", 3),
        (lambda q: q.place("x"), "iuztvk2ut7spgyb7", "iuztvk2ut7spgyb7"),
    ],
)
def test_what_is_understood_is_the_answer(read, value, expected):
    question = asked(x=value)
    assert read(question) == expected
    assert question.misread() == []


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda q: q.code("x", {"KH"}), "ZZ"),
        (lambda q: q.choice("x", Colour), "blue"),
        (lambda q: q.word("x", ["a"]), "b"),
        (lambda q: q.flag("x"), "maybe"),
        (lambda q: q.number("x", 0, 1), "2"),
        (lambda q: q.number("x", 0, 1), "nan"),
        (lambda q: q.number("x", 0, 1), "abc"),
        (lambda q: q.whole("x", 1, 9), "1.5"),
        (lambda q: q.whole("x", 1, 9), "²"),
        (lambda q: q.day("x"), "2026-02-30"),
        (lambda q: q.record("x", {"a": 3}.get), "b"),
    ],
)
def test_what_is_not_understood_asks_nothing_and_is_kept(read, value):
    question = asked(x=value)
    assert not read(question)
    assert [(each.name, each.value) for each in question.misread()] == [("x", value)]


def test_of_several_values_those_that_are_known_are_taken():
    question = asked(x=["KH", "ZZ", "kh", ""])
    assert question.codes("x", {"KH", "LA"}) == ["KH"]
    assert [each.value for each in question.misread()] == ["ZZ"]


def test_a_second_value_where_one_is_asked_for_is_told():
    question = asked(x=["KH", "LA"])
    assert question.code("x", {"KH", "LA"}) == "KH"
    assert [each.value for each in question.misread()] == ["LA"]


def test_a_name_that_nobody_reads_is_told():
    question = asked(x="1", y="1")
    question.flag("x")
    assert [(each.name, each.value) for each in question.misread()] == [("y", None)]


def test_everything_that_was_not_understood_is_refused_at_once():
    question = asked(x="ZZ", y="2", z="1")
    question.code("x", {"KH"})
    question.number("y", 0, 1)
    with pytest.raises(Invalid) as refused:
        question.require_understood()
    assert [problem.field for problem in refused.value.problems] == ["x", "y", "z"]
