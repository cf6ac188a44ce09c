"""How fast matching is and how its cost grows, on generated records."""

from __future__ import annotations

import csv
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from bench_pace import pace
from generated_records import records, true_pairs, write

from tacoord.matching.collection import Collection, of_closed_file, prepare_chunk
from tacoord.matching.evidence import COMPARISONS, features
from tacoord.matching.pairing import pairs_of
from tacoord.matching.record import read_json
from tacoord.matching.sweep import compare_all

_COMPARED = re.compile(r"([\d,]+) pairs? compared")
READING, PREPARING = "reading a record", "preparing a record, with its keys"
FINDING, COMPARING = "finding a candidate pair", "all evidence of a pair"
TELLING = "putting a flagged pair into words"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of `tacoord match`: seconds by the clock and of processors, peak memory of all processes in GiB, share of
    true pairs flagged; how many pairs were compared, and how many flagged; the pace of the machine after it.
    """

    count: int
    seconds: float
    work: float
    gibibytes: float
    completeness: float
    pairs: int
    flags: int
    pace: float


def match_file(count: int, *, workers: int) -> Run:
    """Write `count` generated records and compare them all."""
    with tempfile.TemporaryDirectory() as folder:
        source, out, said = (Path(folder) / name for name in ("in.jsonl", "out.csv", "said.txt"))
        truth = true_pairs(write(source, count))
        told = ["match", str(source), "--out", str(out), "--workers", str(workers)]
        cost = watched(told, said)
        pairs = int(_COMPARED.findall(said.read_text(encoding="utf-8"))[-1].replace(",", ""))
        csv.field_size_limit(2**31 - 1)
        with out.open(encoding="utf-8", newline="") as file:
            rows = [(row["left"], row["right"], row["kind"]) for row in csv.DictReader(file)]
    one = {
        (left, right)
        for left, right, kind in rows
        if kind in ("same_activity", "funder_implementer")
    }
    complete = len(truth & one) / len(truth)
    return Run(count, cost.seconds, cost.work, cost.gibibytes, complete, pairs, len(rows), pace())


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, seconds of processors, peak memory of all processes in GiB."""

    seconds: float
    work: float
    gibibytes: float


def watched(arguments: list[str], said: Path, *, settings: Mapping[str, str] | None = None) -> Cost:
    """What a command of tacoord costs.

    said: the file that takes what it says of its progress. Raises RuntimeError with that where the command fails.
    """
    command = [sys.executable, "-m", "tacoord.cli", *arguments]
    surroundings = {**os.environ, **(settings or {})}
    began, peak, before = time.monotonic(), 0.0, _worked()
    with (
        said.open("wb") as errors,
        subprocess.Popen(
            command, stderr=errors, stdout=subprocess.DEVNULL, env=surroundings
        ) as running,
    ):
        while running.poll() is None:
            peak = max(peak, _memory(running.pid))
            time.sleep(0.2)
    if running.returncode:
        raise RuntimeError(said.read_text(encoding="utf-8"))
    return Cost(time.monotonic() - began, _worked() - before, peak)


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
    """Microseconds of each step on one core: a record or a pair.

    So few records that what is read again lies in the caches, and a second time, when words and names have been met.
    """
    lines = [json.dumps(record).encode() for record, _ in records(2 * count)]
    _parts(lines[:count])
    return _parts(lines[count:])


def _parts(lines: list[bytes]) -> dict[str, float]:
    steps: dict[str, float] = {}

    def timed(name: str, units: int, began: float) -> None:
        steps[name] = 1e6 * (time.process_time() - began) / max(units, 1)

    began = time.process_time()
    facts = [read_json(line)[0] for line in lines]
    timed(READING, len(lines), began)
    began = time.process_time()
    chunk = prepare_chunk(facts)
    timed(PREPARING, len(lines), began)
    collection = Collection.of([chunk])
    began = time.process_time()
    pairs = pairs_of(collection.keyed())
    timed(FINDING, len(pairs), began)
    weighted = collection.weighted(of_closed_file(collection.columns))
    began = time.process_time()
    features(collection.columns, weighted, pairs.left, pairs.right)
    timed(COMPARING, len(pairs), began)
    for what, compared in COMPARISONS.items():
        began = time.process_time()
        compared(collection.columns, weighted, pairs.left, pairs.right)
        timed(f"of it: {what}", len(pairs), began)
    swept = compare_all([prepare_chunk(facts)], rarity=of_closed_file)
    flagged = swept.select(cutoff=None, top=None)
    began = time.process_time()
    for matches in swept.told(flagged, list):
        msgspec.json.encode(matches)
    timed(TELLING, len(flagged), began)
    return steps


def work_of_parts(run: Run, steps: dict[str, float]) -> float:
    """Seconds of processors that the steps of a run would take as measured alone, on few records."""
    each = (steps[READING] + steps[PREPARING]) * run.count
    paired = (steps[FINDING] + steps[COMPARING]) * run.pairs
    return (each + paired + steps[TELLING] * run.flags) / 1e6


def bytes_of_pair(count: int = 5_000) -> float:
    """How many bytes the columns of two records take: what evidence reads of a pair, wherever it lies."""
    facts = [read_json(json.dumps(record).encode())[0] for record, _ in records(count)]
    columns = Collection.of([prepare_chunk(facts)]).columns
    return 2 * len(pickle.dumps(columns, protocol=5)) / count


def copying() -> float:
    """How many bytes of memory one core copies in a nanosecond (GB/s), read and written counted once."""
    source = np.ones(1 << 25)
    target = np.empty_like(source)
    best = min(timeit.repeat(lambda: np.copyto(target, source), number=1, repeat=5))
    return source.nbytes / best / 1e9
