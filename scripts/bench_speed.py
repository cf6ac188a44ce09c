"""How fast matching is and how its cost grows, on generated records."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from generated_records import records, true_pairs, write

from tacoord.matching import FREQUENCY_CAP, find_matches, read_facts
from tacoord.matching.candidates import MOST_CANDIDATES, keys_of_prepared, weights
from tacoord.matching.collection import Collection, of_closed_file, prepare_chunk
from tacoord.matching.evidence import features
from tacoord.matching.pairing import pairs_of
from tacoord.matching.prepared import prepare
from tacoord.matching.sets import Sets

_SUBJECTS = 200


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


@dataclass(frozen=True, slots=True)
class Lookup:
    """One record against the register, inside the engine: milliseconds by the clock, p95 of the processor, and recall
    of the partner.
    """

    count: int
    p50: float
    p95: float
    work: float
    recall: float


def look_up(count: int) -> Lookup:
    """Time candidates, preparation, evidence and scores of some records against an index in memory."""
    made = [(read_facts(record)[0], truth) for record, truth in records(count)]
    chunks = (
        prepare_chunk([one for one, _ in made[at : at + 2_000]]) for at in range(0, count, 2_000)
    )
    own = Sets.joined([chunk.keys for chunk in chunks])
    rows = np.repeat(np.arange(count), own.sizes())
    order = np.argsort(own.members, kind="stable")
    keys, rows = own.members[order], rows[order]
    by_truth = Counter(truth for _, truth in made)
    subjects = [row for row, (_, truth) in enumerate(made) if by_truth[truth] > 1][:_SUBJECTS]
    times, work, met = [], [], 0
    for row in subjects:
        began, before = time.perf_counter(), time.process_time()
        subject = prepare(made[row][0])
        asked = np.array(sorted(keys_of_prepared(subject)), np.int64)
        first, last = np.searchsorted(keys, asked, "left"), np.searchsorted(keys, asked, "right")
        shared: Counter[int] = Counter()
        for start, end, weight in zip(first, last, weights(asked, last - first), strict=True):
            if end - start <= FREQUENCY_CAP:
                shared.update(dict.fromkeys(rows[start:end].tolist(), int(weight)))
        shared.pop(row, None)
        nearest = [other for other, _ in shared.most_common(MOST_CANDIDATES)]
        find_matches(subject, [made[other][0] for other in nearest])
        times.append(1000 * (time.perf_counter() - began))
        work.append(1000 * (time.process_time() - before))
        met += any(made[other][1] == made[row][1] for other in nearest)
    p50, p95 = np.quantile(times, [0.5, 0.95])
    return Lookup(
        count, float(p50), float(p95), float(np.quantile(work, 0.95)), met / len(subjects)
    )


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
