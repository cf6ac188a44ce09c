"""Lines of JSON: what is no object, what has no id, and what comes twice are told apart."""

import json

import pytest

from tacoord.matching.lines import NO_ID, NOT_JSON, SAME_ID, Reading, chunks_of_lines, read_lines


def read(*lines: bytes) -> Reading:
    reading = Reading()
    for chunk in chunks_of_lines(lines):
        reading.add(read_lines(chunk))
    return reading


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"7",
        b'{"id": "a"',
        b'{"id": "a", "title": "Caf\xe9"}',
        b'{"id": "Caf\xe9"}',
        b'{"id": "a", "Caf\xe9": 1, "title": "\xff"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_object_in_utf_8_is_said_to_be_none(line):
    assert read(line).refused == [(1, NOT_JSON)]


@pytest.mark.parametrize(
    "line", [b"{}", b'{"id": null}', b'{"id": ""}', b'{"id": true}', b'{"id": [1]}']
)
def test_an_object_without_an_id_is_told_so(line):
    assert read(b'{"id": "a"}', line).refused == [(2, NO_ID)]


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": "a", "budget": [{"amount": NaN, "currency": "USD"}]}',
        b'{"id": "a", "budget": [{"amount": Infinity, "currency": "USD"}]}',
        b'{"id": "a", "budget": [{"amount": 1e999, "currency": "USD"}]}',
        b'{"id": "a", "title": {"en": "\\ud800"}}',
        b'{"id": "a", "title": "One", "title": "Two"}',
    ],
)
def test_what_only_a_tolerant_reader_takes_is_read_all_the_same(line):
    assert (read(line).records, read(line).refused) == (1, [])


def test_of_a_field_that_comes_twice_the_last_one_counts():
    reading = read(b'{"id": "a", "title": "One house", "title": "Two bridges"}')
    (chunk,) = reading.take()
    assert json.loads(chunk.shown[0])["title"] == "Two bridges"


def test_an_id_that_comes_again_is_refused_and_the_first_one_stays():
    reading = read(b'{"id": "a", "title": "One"}', b"", b'{"id": "a", "title": "Two"}')
    assert (reading.records, reading.refused, reading.lines) == (1, [(3, SAME_ID)], 3)
    (chunk,) = reading.take()
    assert [json.loads(one)["title"] for one in chunk.shown] == ["One"]


def test_values_that_cannot_be_read_are_known_by_field_and_line():
    reading = read(b'{"id": "a", "start": "soon"}', b'{"id": "b", "start": "late", "status": "x"}')
    assert reading.unreadable == {"start": [1, 2], "status": [2]}
