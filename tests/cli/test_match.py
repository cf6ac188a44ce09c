"""`tacoord match`: what people's scripts rely on."""

import csv
import gzip
import json
import math
import sys

import pytest

from tacoord.cli import run
from tacoord.matching import engine
from tests.matching.records import implementers_side, record


def read_rows(out):
    if not out.exists():
        return None
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def match(tmp_path, capsys):
    def call(lines, *options, name="in.jsonl"):
        file, out = tmp_path / name, tmp_path / "pairs.csv"
        out.unlink(missing_ok=True)
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        data = text.encode("utf-8", "surrogatepass")
        file.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        status = run(["match", str(file), "--out", str(out), "--workers", "1", *options])
        return status, read_rows(out), capsys.readouterr().err

    return call


def lookalikes():
    boats = {
        "title": {"en": "Boats for fishers"},
        "countries": [{"code": "PE"}],
        "reporting_org": {"name": "Harbour Trust"},
        "participating_orgs": None,
    }
    return [record("a"), implementers_side("b"), record("c", **boats)]


def test_a_pair_is_one_row_with_its_evidence(match):
    status, rows, err = match(lookalikes())
    assert status == 0
    assert [(row["left"], row["right"], row["kind"]) for row in rows] == [
        ("a", "b", "funder_implementer")
    ]
    evidence = json.loads(rows[0]["evidence"])
    assert list(evidence[0]) == ["feature", "left", "right", "similarity", "weight", "contribution"]
    score = float(rows[0]["score"])
    assert sum(one["contribution"] for one in evidence) == pytest.approx(
        math.log(score / (1 - score)), abs=1e-6
    )
    assert "3 records, 0 refused" in err


def test_a_cutoff_keeps_every_compared_pair_of_that_score(match):
    _, rows, _ = match(lookalikes(), "--cutoff", "0")
    assert {(row["left"], row["right"]) for row in rows} >= {("a", "b"), ("a", "c")}
    assert "unrelated" in {row["kind"] for row in rows}
    scores = [float(row["score"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    _, few, _ = match(lookalikes(), "--cutoff", "0.9")
    assert [row["left"] + row["right"] for row in few] == ["ab"]


@pytest.mark.parametrize("link", [None, "symlink_to", "hardlink_to"])
def test_the_records_are_never_written_over_by_their_pairs(tmp_path, capsys, link):
    file = out = tmp_path / "in.jsonl"
    file.write_text("\n".join(map(json.dumps, lookalikes())), encoding="utf-8")
    before = file.read_bytes()
    if link:
        out = tmp_path / "pairs.csv"
        getattr(out, link)(file)
    assert run(["match", str(file), "--out", str(out)]) == 2
    assert "name another file" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_a_file_of_records_named_as_a_part_of_the_pairs_stays_as_it_is(match, tmp_path):
    status, rows, _ = match(lookalikes(), name="pairs.csv.part")
    assert (status, len(rows)) == (0, 1)
    assert len((tmp_path / "pairs.csv.part").read_text(encoding="utf-8").splitlines()) == 3


def test_the_order_of_lines_makes_no_difference(match):
    assert match(lookalikes(), "--cutoff", "0")[1] == match(lookalikes()[::-1], "--cutoff", "0")[1]


def test_only_what_is_no_object_or_has_no_id_of_its_own_is_refused(match):
    lines = [
        *lookalikes(),
        "{broken",
        "[1]",
        {"title": {"en": "no id"}},
        record("a"),
        "",
        '{"id": "\\ud800x"}',
    ]
    status, rows, err = match(lines)
    assert status == 1
    assert "4 refused" in err
    for number, reason in (
        (4, "not a JSON object"),
        (5, "not a JSON object"),
        (6, "no id"),
        (7, "earlier line"),
    ):
        assert any(
            f"line {number}: refused" in line and reason in line for line in err.splitlines()
        )
    assert len(rows) == 1


def test_values_that_cannot_be_read_are_summed_up(match):
    status, _, err = match(
        [record("a", status="Implementation"), implementers_side("b", budget=[{"amount": -3}])]
    )
    assert status == 0
    assert "budget 1 (line 2)" in err
    assert "status 1 (line 1)" in err


def test_of_many_values_that_cannot_be_read_the_first_lines_are_named(match):
    odd = [record(str(number), status="Implementation") for number in range(5)]
    assert "status 5 (lines 1, 2, 3 and others)" in match([*odd, record("x")])[2]


def test_a_byte_order_mark_and_packed_files_are_read(match):
    lines = ["\ufeff" + json.dumps(record("a")), implementers_side("b")]
    assert match(lines, name="in.jsonl.gz")[0] == 0


def test_top_keeps_the_best_of_either_record(match):
    assert len(match(lookalikes(), "--cutoff", "0", "--top", "1")[1]) < len(
        match(lookalikes(), "--cutoff", "0")[1]
    )


@pytest.mark.parametrize(
    "options",
    [
        ["--cutoff", "1.5"],
        ["--cutoff", "x"],
        ["--top", "0"],
        ["--engine", "fast"],
        ["--engine", "tcp://127.0.0.1:9"],
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(match, options, monkeypatch):
    monkeypatch.setattr(engine, "_CONNECT_SECONDS", 1)
    status, rows, err = match(lookalikes(), *options)
    assert (status, rows) == (2, None)
    assert err.strip()


def test_a_file_that_is_not_there_is_status_2(tmp_path, capsys):
    assert run(["match", str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "out.csv")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_a_place_that_cannot_be_written_is_status_2_before_the_work(match, tmp_path):
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps(record("a")), encoding="utf-8")
    assert run(["match", str(file), "--out", str(tmp_path / "no" / "out.csv")]) == 2


def test_a_file_of_another_kind_is_one_line_and_nothing_is_written(match):
    status, rows, err = match(["# A page of text"] * 60)
    assert (status, rows) == (2, None)
    assert "no line is a JSON object with an id" in err
    assert len(err.strip().splitlines()) == 1


def test_an_empty_file_gives_the_header_alone(match):
    assert match([])[:2] == (0, [])


def test_the_command_writes_the_same_file_with_the_workers_of_a_cluster(match, monkeypatch):
    distributed = pytest.importorskip(
        "distributed", reason="the extra tacoord[dask] is not installed"
    )
    monkeypatch.setattr(sys.modules["tacoord.matching.sweep"], "_WORTH_PROCESSES", 1)
    towns = ("Kigali", "Lagos", "Chisinau", "Vientiane", "Tbilisi", "Medan", "Quito", "Bari")
    lines = [
        each
        for town in towns
        for each in (
            record(f"a-{town}", title={"en": f"Shelter and legal aid in {town}"}),
            implementers_side(f"b-{town}", title={"en": f"{town}: shelter and legal aid"}),
        )
    ]
    alone = match(lines, "--cutoff", "0")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL"
    ) as cluster:
        together = match(lines, "--cutoff", "0", "--engine", cluster.scheduler_address)
    assert alone[0] == together[0] == 0
    assert together[1] == alone[1]
    assert len(together[1]) > len(towns)
