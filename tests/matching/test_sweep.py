"""All against all."""

import importlib
import time

import pytest

from tacoord.matching import Kind, read_facts, sweep
from tacoord.matching.collection import prepare_chunk
from tacoord.matching.engine import opened
from tacoord.matching.sweep import compare_all
from tests.matching.records import facts, implementers_side, record

# The package offers the function `sweep` under the name of its module.
SWEEP = importlib.import_module("tacoord.matching.sweep")
PLACES = ("KE", "UG", "TZ", "RW", "ET", "NP", "BD", "LA", "KH", "PE")
WORK = (
    "shelter",
    "helpline",
    "border training",
    "survivor fund",
    "labour inspection",
    "court support",
)


def register(pairs=40):
    """Pairs of one activity each, as the funder and the implementer tell of it."""
    found = []
    for n in range(pairs):
        own = {
            "title": {"en": f"{WORK[n % 6]} {chr(97 + n % 23) * 3}{n} in district {n}".title()},
            "countries": [{"code": PLACES[n % 10]}],
            "start": f"20{10 + n % 12}-0{1 + n % 9}-1{n % 10}",
            "end": f"20{13 + n % 12}-0{1 + n % 9}-2{n % 8}",
            "budget": [{"amount": 100_000 + 7919 * n, "currency": "USD"}],
        }
        found += [
            read_facts(record(f"f{n}", **own))[0],
            read_facts(implementers_side(f"i{n}", **own))[0],
        ]
    return found


def told(matches):
    return [(one.left, one.right, one.score, one.kind, one.evidence) for one in matches]


def test_every_pair_of_one_activity_is_found_and_comes_best_first():
    matches = list(sweep(register()))
    scores = [one.score for one in matches]
    assert scores == sorted(scores, reverse=True)
    same = {(one.left, one.right) for one in matches if one.kind is Kind.FUNDER_IMPLEMENTER}
    assert same == {(f"f{n}", f"i{n}") for n in range(40)}


def test_the_order_of_the_records_makes_no_difference():
    records = register(12)
    assert told(sweep(records, cutoff=0.0)) == told(sweep(records[::-1], cutoff=0.0))


def test_several_processes_give_the_same_rows(monkeypatch):
    monkeypatch.setattr(SWEEP, "_WORTH_PROCESSES", 1)
    records = register(6)
    assert told(sweep(records, cutoff=0.0, workers=2)) == told(sweep(records, cutoff=0.0))


def test_top_keeps_what_is_among_the_best_of_either_record():
    records = register(12)
    every, best = list(sweep(records, cutoff=0.0)), list(sweep(records, cutoff=0.0, top=1))
    for match in best:
        rivals = [
            [one for one in every if side in (one.left, one.right)]
            for side in (match.left, match.right)
        ]
        assert any(match == ranked[0] for ranked in rivals)
    assert {key for one in best for key in (one.left, one.right)} == {
        key for one in every for key in (one.left, one.right)
    }


def test_only_pairs_of_changed_records_are_compared_again():
    records = register(12)
    again = list(sweep(records, cutoff=0.0, changed=frozenset({"f3"})))
    assert again
    assert all("f3" in (one.left, one.right) for one in again)


@pytest.mark.parametrize("wrong", [{"cutoff": -0.1}, {"cutoff": 2}, {"top": 0}, {"engine": "fast"}])
def test_what_cannot_be_meant_is_refused(wrong):
    with pytest.raises(ValueError, match=r"outside|below|engine"):
        list(sweep(register(1), **wrong))


def test_nothing_gives_nothing():
    assert list(sweep([])) == []
    assert list(sweep([facts("a")], cutoff=0.0)) == []


@pytest.mark.parametrize("full", [False, True])
def test_thousands_of_equal_titles_take_bounded_time_and_give_few_flags(full):
    title = {"title": {"en": "Counter trafficking programme"}}
    count = 10_000 if not full else 2_000
    equal = [
        read_facts(record(f"e{n}", **title) if full else {"id": f"e{n}", **title})[0]
        for n in range(count)
    ]
    began = time.process_time()
    matches = list(sweep(equal))
    assert len(matches) <= 4 * count
    assert time.process_time() - began < 60


def test_an_identifier_that_everybody_claims_settles_nothing():
    claimed = [
        read_facts(
            {"id": f"e{n}", "iati_identifier": "XX-000000-1", "title": {"en": f"{WORK[n % 6]} {n}"}}
        )[0]
        for n in range(40)
    ]
    assert all(one.kind is Kind.UNRELATED for one in sweep(claimed, cutoff=0.0) if one.score < 0.4)
    assert not any(
        piece.feature == "identifier"
        for one in sweep(claimed, cutoff=0.0)
        for piece in one.evidence
    )


def test_all_that_name_one_identifier_are_compared_with_the_one_that_has_it():
    fund = read_facts(
        {"id": "fund", "iati_identifier": "XX-1-2020-77", "title": {"en": "Regional fund"}}
    )[0]
    parts = [
        read_facts(
            {
                "id": f"p{n}",
                "title": {"en": f"{WORK[n % 6]} {n}"},
                "participating_orgs": [
                    {"name": "Fund", "role": "1", "activity_id": "XX-1-2020-77"}
                ],
            }
        )[0]
        for n in range(120)
    ]
    settled = {
        one.other("fund")
        for one in sweep([fund, *parts])
        if "fund" in (one.left, one.right) and one.score > 0.99
    }
    assert settled == {f"p{n}" for n in range(120)}


def test_words_of_hidden_records_do_not_change_scores_unless_the_file_is_closed():
    records = register(6)
    more = [
        read_facts(
            {"id": f"z{n}", "title": {"en": "district shelter"}, "visibility": "organisation"}
        )[0]
        for n in range(30)
    ]
    before = {(one.left, one.right): one.score for one in sweep(records)}
    after = {(one.left, one.right): one.score for one in sweep([*records, *more])}
    assert {pair: after[pair] for pair in before} == before


def test_a_dask_cluster_gives_the_same_rows_also_when_a_worker_is_killed(monkeypatch):
    distributed = pytest.importorskip(
        "distributed", reason="the extra tacoord[dask] is not installed"
    )
    monkeypatch.setattr(SWEEP, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(SWEEP, "_BLOCK", 50)
    records = register(20)
    local = told(sweep(records, cutoff=0.0))
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        silence_logs="CRITICAL",
        processes=True,
    ) as cluster:
        assert told(sweep(records, cutoff=0.0, engine=cluster.scheduler_address)) == local
        killed = []

        def kill(_stage, done, _whole):
            if not killed:
                killed.append(done)
                next(iter(cluster.workers.values())).process.process.kill()

        with opened(cluster.scheduler_address) as engine:
            swept = compare_all([prepare_chunk(records)], engine=engine, progress=kill)
        assert killed
        assert told(swept.matches(swept.select(cutoff=0.0, top=None))) == local
