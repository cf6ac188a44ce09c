"""How fast matching is and how its cost grows, on generated records."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from generated_records import records, true_pairs, write

from tacoord.matching import read_facts
from tacoord.matching.collection import Collection, of_closed_file, prepare_chunk
from tacoord.matching.evidence import features
from tacoord.matching.pairing import pairs_of


@dataclass(frozen=True, slots=True)
class Run:
    """One run of `tacoord match`: seconds by the clock and of processors, peak memory of all processes in GiB, share of
    true pairs flagged.
    """

    count: int
    seconds: float
    work: float
    gibibytes: float
    completeness: float
    flags: int


def match_file(count: int, *, workers: int) -> Run:
    """Write `count` generated records and compare them all."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.jsonl", Path(folder) / "out.csv"
        truth = true_pairs(write(source, count))
        command = [
            sys.executable,
            "-m",
            "tacoord.cli",
            "match",
            str(source),
            "--out",
            str(out),
            "--workers",
            str(workers),
        ]
        began, peak, before = time.monotonic(), 0.0, _worked()
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
            while running.poll() is None:
                peak = max(peak, _memory(running.pid))
                time.sleep(0.2)
        seconds, work = time.monotonic() - began, _worked() - before
        csv.field_size_limit(2**31 - 1)
        with out.open(encoding="utf-8", newline="") as file:
            rows = [(row["left"], row["right"], row["kind"]) for row in csv.DictReader(file)]
    one = {
        (left, right)
        for left, right, kind in rows
        if kind in ("same_activity", "funder_implementer")
    }
    return Run(count, seconds, work, peak, len(truth & one) / len(truth), len(rows))


def _worked() -> float:
    """Seconds of processors that ended children took."""
    spent = os.times()
    return spent.children_user + spent.children_system


def _memory(pid: int) -> float:
    """Memory of a process and its children, in GiB, what they share counted once; 0 where the machine does not tell."""
    total = 0
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            rolled = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii")
            children = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii").split()
        except (OSError, ProcessLookupError):
            continue
        told = dict(line.split(":", 1) for line in rolled.splitlines()[1:])
        total += int(told["Pss"].split()[0])
        waiting += map(int, children)
    return total / 2**20


def parts(count: int = 5_000) -> dict[str, float]:
    """Microseconds of each step on one core: a record or a pair."""
    source = [record for record, _ in records(count)]
    steps: dict[str, float] = {}

    def timed(name: str, units: int, began: float) -> None:
        steps[name] = 1e6 * (time.process_time() - began) / max(units, 1)

    began = time.process_time()
    facts = [read_facts(record)[0] for record in source]
    timed("reading a record", count, began)
    began = time.process_time()
    chunk = prepare_chunk(facts)
    timed("preparing a record, with its keys", count, began)
    collection = Collection.of([chunk])
    began = time.process_time()
    pairs = pairs_of(collection.keyed())
    left, right = pairs.left, pairs.right
    timed("finding a candidate pair", len(left), began)
    weighted = collection.weighted(of_closed_file(collection.columns))
    began = time.process_time()
    features(collection.columns, weighted, left, right)
    timed("all evidence of a pair", len(left), began)
    return steps
