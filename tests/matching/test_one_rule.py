"""One record against the register and all against all say the same of each pair."""

import random

import pytest
from generated_records import records
from msgspec.structs import replace

from tacoord.matching import Kind, find_matches, prepare, read_facts, sweep
from tacoord.matching.collection import Collection, prepare_chunk
from tacoord.matching.pairing import pairs_of
from tests.matching.records import record

THEMES = ("shelter", "helpline", "border training", "legal aid", "labour inspection")
PLACES = ("KH", "LA", "TH")
NEAR = {Kind.OVERLAPPING_EFFORT, Kind.COMPLEMENTARY}


def one_subject(count):
    """Look-alikes of one subject in few places, as a register of this field holds them."""
    chance = random.Random(5)
    return [
        read_facts(
            record(
                f"s{n:03d}",
                title={"en": f"{chance.choice(THEMES).title()} for survivors {chance.choice('ABCD')}"},
                countries=[{"code": chance.choice(PLACES)}],
                start=f"20{chance.randint(18, 21)}-01-01",
                end=f"20{chance.randint(22, 25)}-12-31",
                budget=[{"amount": chance.choice((100, 200, 300)) * 1000, "currency": "USD"}],
                reporting_org={"name": f"Agency {chance.choice('NOPQR')}"},
                visibility=chance.choice(("public", "public", "registered")),
            )
        )[0]
        for n in range(count)
    ]  # fmt: skip


def invented(count):
    return [read_facts(one)[0] for one, _ in records(count)]


def candidates(facts):
    """The candidates of each record, by id."""
    collection = Collection.of([prepare_chunk(facts)])
    pairs = pairs_of(collection.keyed())
    ids, prepared = collection.columns.ids, {one.id: prepare(one) for one in facts}
    found = {key: [] for key in ids}
    for side, other, own in (
        (pairs.left, pairs.right, pairs.of_left),
        (pairs.right, pairs.left, pairs.of_right),
    ):
        for a, b in zip(side[own], other[own], strict=True):
            found[ids[a]].append(prepared[ids[b]])
    return prepared, found


def told(matches):
    return {(one.left, one.right): (round(one.score, 5), one.kind) for one in matches}


@pytest.mark.parametrize("register", [one_subject(60), invented(200)], ids=["subject", "invented"])
def test_one_by_one_finds_what_all_against_all_finds(register):
    prepared, near = candidates(register)
    one_by_one = {}
    for key, subject in prepared.items():
        matches = find_matches(
            subject, near[key], rivals=lambda keys: {one: near[one] for one in keys}
        )
        one_by_one.update(told(matches))
    everything = told(sweep(register))
    assert one_by_one == everything
    assert NEAR & {kind for _, kind in everything.values()}


def test_a_sweep_of_what_changed_says_the_same_of_it_as_a_sweep_of_all():
    register = invented(200)
    every = told(sweep(register))
    for start in (0, 100, 190):
        changed = frozenset(one.id for one in register[start : start + 10])
        again = told(sweep(register, changed=changed))
        assert again == {ends: said for ends, said in every.items() if changed & set(ends)}


def test_of_what_is_merely_near_only_the_nearest_of_both_is_flagged():
    register = [replace(one, visibility="public") for one in one_subject(90)]
    near = [one for one in sweep(register) if one.kind in NEAR]
    ends = [end for one in near for end in (one.left, one.right)]
    assert len(near) > 5
    # One that only its rivals keep from being one activity may come on top.
    assert len(ends) - len(set(ends)) <= 2
