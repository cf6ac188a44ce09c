"""A prepared record as bytes."""

import zlib

import pytest
from msgspec import MsgspecError

from tacoord.matching import prepare
from tacoord.matching.packed import pack, unpack
from tests.matching.records import facts


def test_a_record_comes_back_as_it_was() -> None:
    for record in (
        prepare(facts("a")),
        prepare(facts("b", title={"fr": "Écoles", "en": "Schools 2"}, countries=["NP"])),
    ):
        assert unpack(pack(record)) == record


def test_bytes_that_are_no_record_are_refused() -> None:
    with pytest.raises((zlib.error, MsgspecError)):
        unpack(b"nothing of the kind")
