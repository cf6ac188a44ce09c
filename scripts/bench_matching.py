"""Measure matching and write docs/benchmarks.md, with its plots, from this run alone.

    python scripts/bench_matching.py [--quick] [--million] [--postgres ADDRESS] [--data FOLDER]

FOLDER holds `matching/dev_projects.jsonl.gz`, `matching/dev_pairs.csv` and `org-map.json`; what is not there is left
out and said so. ADDRESS is that of a PostgreSQL where databases may be made. --quick takes under two minutes. The peers
are in the dependency group `bench`.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import bench_plots
import numpy as np
from bench_hostile import hostile
from bench_learning import DRAWS, simulate
from bench_lookup import look_up
from bench_names import measure
from bench_pace import PACE
from bench_peers import available
from bench_quality import (
    Measure,
    calibration_bands,
    kind_figures,
    named_pairs,
    precision_recall,
    ranking_figures,
)
from bench_speed import (
    COMPARING,
    Run,
    bytes_of_pair,
    copying,
    match_file,
    parts,
    work_of_parts,
)
from fit_matching import PRIORS, template
from matching_set import cross_validated, load, read_pairs, read_records

from tacoord.matching import Model
from tacoord.matching.engine import default_workers

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
OURS = "tacoord (cross-validated)"
_TOLD = ("tacoord", "numpy", "scipy", "rapidfuzz", "scikit-learn", "splink", "duckdb", "dedupe")


@dataclass
class Page:
    """The page that is written, line by line."""

    lines: list[str] = field(default_factory=list)

    def say(self, *lines: str) -> None:
        """Add lines and an empty one."""
        self.lines += [*lines, ""]

    def table(self, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        """Add a table."""
        self.say(*("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows)))


def main() -> None:
    """Run everything that is asked for, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--postgres", default="")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options = parser.parse_args()
    began, load = time.monotonic(), os.getloadavg()[0]
    page = Page()
    page.say(
        "# Benchmarks of matching",
        "",
        "Written by `scripts/bench_matching.py`; every figure is from that one run.",
    )
    _machine(page, options.quick)
    _quality(page, options.data / "matching")
    _names(page, options.data / "org-map.json")
    runs = _speed(page, quick=options.quick, million=options.million)
    _lookups(page, quick=options.quick, million=options.million, server=options.postgres)
    _parts(page, runs[-1], quick=options.quick)
    _learning(page, quick=options.quick)
    page.say(
        f"The whole run took {time.monotonic() - began:.0f} s. Load of the machine at its beginning {load:.1f}, at its "
        f"end {os.getloadavg()[0]:.1f}, with {default_workers()} cores: above that number others were at work, and "
        "seconds are too many."
    )
    (DOCS / "benchmarks.md").write_text("\n".join(page.lines).rstrip() + "\n", encoding="utf-8")


def _machine(page: Page, quick: bool) -> None:
    found = []
    for name in _TOLD:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    page.say(
        f"- Date: {datetime.now(UTC):%Y-%m-%d}{', quick run' if quick else ''}",
        f"- Machine: {platform.machine()}, {default_workers()} cores, Linux kernel {platform.release().split('-')[0]}"
        if platform.system() == "Linux"
        else f"- Machine: {platform.machine()}, {default_workers()} cores, {platform.system()}",
        f"- Python {platform.python_version()}; {', '.join(found)}",
        f"- Model version {Model.load().version}",
    )


def _quality(page: Page, folder: Path) -> None:
    page.say("## Real double reporting")
    if not (folder / "dev_pairs.csv").is_file():
        page.say("Left out: the labelled development set is not beside the repository.")
        return
    pairs = load(folder)
    unseen = cross_validated(pairs, template(), PRIORS)
    ours = np.where(pairs.candidate, unseen.odds, np.nan)
    figures = {OURS: ranking_figures(pairs, ours)}
    curves = {OURS: precision_recall(pairs, ours)}
    for name, scorer in available():
        scores = scorer(pairs)
        figures[name], curves[name] = (
            ranking_figures(pairs, scores),
            precision_recall(pairs, scores),
        )
    page.say(
        f"{pairs.records:,} real records, {int((pairs.label == 1).sum())} pairs of one activity, "
        f"{int((pairs.label == 0).sum())} hard negatives, identifiers hidden. tacoord is judged by "
        "cross-validation over connected records (five parts), end to end: a pair that is no candidate "
        "counts as not found. The peers rank the same pairs; splink learns by its own EM, dedupe from the "
        "labels of the other parts. In brackets: 95 % of the draws of a bootstrap over connected records."
    )
    page.say(
        "The weights are fitted without the judged part. The features, the beliefs that the weights are pulled to, the "
        "weights of the margin and the thresholds were chosen by hand with these same pairs in view, among some "
        "thirty variants: expect other pairs to come out somewhat lower."
    )
    names = list(figures[OURS])
    page.table(
        ("tool", *names),
        [(tool, *(str(found[name]) for name in names)) for tool, found in figures.items()],
    )
    _behind(page, figures, names)
    page.say("![Precision and recall](benchmarks-precision-recall.svg)")
    bench_plots.precision_recall(curves, DOCS / "benchmarks-precision-recall.svg")
    named = named_pairs(read_records(folder), read_pairs(folder))
    kinds = {
        **kind_figures(pairs, unseen),
        "A pairs called one activity, where one names the other": named,
    }
    page.table(
        ("at the default thresholds, cross-validated", "figure"),
        [(name, str(one)) for name, one in kinds.items()],
    )
    page.say("![Calibration](benchmarks-calibration.svg)")
    bench_plots.calibration(calibration_bands(pairs, unseen), DOCS / "benchmarks-calibration.svg")


def _behind(page: Page, figures: dict[str, dict[str, Measure]], names: list[str]) -> None:
    ahead = {
        f"{tool} ({name})": found[name].value - figures[OURS][name].value
        for tool, found in figures.items()
        for name in names
        if tool != OURS
    }
    behind = [peer for peer, by in ahead.items() if by > 0]
    level = [peer for peer, by in ahead.items() if by == 0]
    page.say(
        f"tacoord is behind: {'; '.join(behind)}."
        if behind
        else "No peer is ahead of tacoord in any of these columns."
        + (f" As good: {'; '.join(level)}." if level else "")
    )


def _names(page: Page, path: Path) -> None:
    page.say("## Organisations")
    if not path.is_file():
        page.say("Left out: the list of organisations is not beside the repository.")
        return
    found = measure(path)
    page.say(
        f"{found.synonyms} other names of organisations against {found.near_names} pairs of near names "
        "of different ones; average precision."
    )
    page.table(
        ("scorer", "average precision"),
        [(name, f"{score:.3f}") for name, score in found.scores.items()],
    )


def _speed(page: Page, *, quick: bool, million: bool) -> list[Run]:
    page.say(
        "## Speed",
        "",
        "Generated records, a twentieth of them registered twice, identifiers left out. The last column tells how fast "
        "the machine was just then: the milliseconds in which one core adds a million numbers in a plain loop.",
    )
    workers = default_workers()
    sizes = (
        [3_000, 10_000] if quick else [10_000, 30_000, 100_000, *([1_000_000] if million else [])]
    )
    runs = [match_file(size, workers=workers) for size in sizes]
    page.table(
        (
            "`tacoord match`, records",
            "seconds",
            "seconds of processors",
            "peak memory, GiB",
            "true pairs flagged as one activity",
            "pairs compared",
            "flags",
            PACE,
        ),
        [
            (
                f"{r.count:,}",
                f"{r.seconds:.1f}",
                f"{r.work:.1f}",
                f"{r.gibibytes:.2f}",
                f"{r.completeness:.4f}",
                f"{r.pairs:,}",
                f"{r.flags:,}",
                f"{r.pace:.0f}",
            )
            for r in runs
        ],
    )
    size = math.log(runs[-1].count / runs[0].count)
    clock, work = (
        math.log(getattr(runs[-1], name) / getattr(runs[0], name)) / size
        for name in ("seconds", "work")
    )
    page.say(
        f"{workers} processes; from {runs[0].count:,} to {runs[-1].count:,} records the time by the clock grows as "
        f"n^{clock:.2f}, that of the processors as n^{work:.2f}."
    )
    page.say("![Seconds by records](benchmarks-growth.svg)")
    bench_plots.growth([(run.count, run.seconds) for run in runs], DOCS / "benchmarks-growth.svg")
    return runs


def _lookups(page: Page, *, quick: bool, million: bool, server: str) -> None:
    sizes = [5_000] if quick else [10_000, 100_000]
    places = ["", *filter(None, [server])]
    found = [look_up(size, server=place) for place in places for size in sizes]
    if million:
        found.append(look_up(1_000_000))
    page.table(
        (
            "one record against the register, in",
            "projects",
            "p50, ms",
            "p95, ms",
            "p95 of the processor, ms",
            "partner among the candidates",
            PACE,
        ),
        [
            (
                one.database,
                f"{one.count:,}",
                f"{one.p50:.1f}",
                f"{one.p95:.1f}",
                f"{one.work:.1f}",
                f"{one.recall:.3f}",
                f"{one.pace:.0f}",
            )
            for one in found
        ],
    )
    page.table(
        (
            "`tacoord overlaps sweep`, all against all, with the index there, in",
            "projects",
            "seconds",
            "seconds of processors",
            "peak memory, GiB",
        ),
        [
            (
                one.database,
                f"{one.count:,}",
                f"{one.sweep.seconds:.1f}",
                f"{one.sweep.work:.1f}",
                f"{one.sweep.gibibytes:.2f}",
            )
            for one in found
        ],
    )
    if not server:
        page.say("Left out: PostgreSQL; its address was not given.")


def _parts(page: Page, run: Run, *, quick: bool) -> None:
    if not quick:
        page.table(
            ("registers of odd shapes", "records", "seconds", "pairs compared", "flags"),
            [
                (
                    one.shape,
                    f"{one.records:,}",
                    f"{one.seconds:.1f}",
                    f"{one.pairs:,}",
                    f"{one.flags:,}",
                )
                for one in hostile()
            ],
        )
    steps = parts()
    page.table(
        ("step, on one core, among 5,000 records", "microseconds", "a second"),
        [(name, f"{cost:.1f}", f"{1e6 / cost:,.0f}") for name, cost in steps.items()],
    )
    alone, workers = work_of_parts(run, steps), default_workers()
    page.say(
        f"For {run.count:,} records these steps alone would take {alone:.0f} s of processors, by the clock "
        f"{alone / workers:.0f} s with {workers} processes that never wait. The whole took {run.work:.0f} s of "
        f"processors and {run.seconds:.0f} s by the clock, which is {run.work / alone:.2f} and "
        f"{run.seconds / alone * workers:.2f} times as much. The rest is memory that no longer lies in the caches, "
        "columns and keys that are put together, and what travels between processes; how it is shared among them is "
        f"not measured here."
    )
    each = bytes_of_pair()
    page.say(
        f"Evidence reads the columns of two records, {each / 1e3:.1f} kB a pair, so one core reads "
        f"{each / steps[COMPARING] / 1e3:.1f} GB of memory a second, here and there; in a row it copies "
        f"{copying():.1f}."
    )


def _learning(page: Page, *, quick: bool) -> None:
    page.say(
        "## Learning from reviewers",
        "",
        "Simulated reviewers with 5 % error judge generated pairs of which more than half of the evidence "
        "is blank; average precision is that on pairs that nobody judged, the mean over "
        f"{DRAWS} draws of pairs, blanks and errors. A model that is not better in its own cross-validation is "
        "not kept.",
    )
    lessons = simulate(
        (10, 100, 300) if quick else (10, 100, 300, 1_000), size=3_000 if quick else 8_000
    )
    page.table(
        ("decisions", "before", "after", "smallest gain of a draw", "kept"),
        [
            (
                f"{one.decisions:,}",
                f"{one.before:.3f}",
                f"{one.after:.3f}",
                f"{one.least:+.3f}",
                f"{one.kept} of {DRAWS}",
            )
            for one in lessons
        ],
    )


if __name__ == "__main__":
    main()
