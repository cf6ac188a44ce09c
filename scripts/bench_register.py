"""How fast the register itself is: the index in the database, one record against it, sweeps of all and of what changed.

    python scripts/bench_register.py [--projects N] [--database URL [--filled]]

Fills a database of its own (SQLite in a temporary folder), or the empty one at URL, and prints what it measured.
--filled: what is at URL has been filled before, by `tacoord demo load`. Its projects get other days of change.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
from bench_lookup import tidy
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tacoord.app import create_app
from tacoord.config import Settings
from tacoord.extensions import announce_writing, db
from tacoord.models import Project, ProjectState, utcnow
from tacoord.services.overlaps.overlaps import flag_overlaps
from tacoord.services.overlaps.similar import similar
from tacoord.services.overlaps.sweep import changed_projects, sweep_changed
from tacoord.services.projects.projects import facts_of
from tacoord.services.visibility import EVERYTHING

_SUBJECTS = 200
_CHANGED = 100


def main() -> None:
    """Fill a register and measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--filled", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            TACOORD_HOME=folder,
            TACOORD_SECRET_KEY=secrets.token_hex(16),
            TACOORD_DATABASE_URL=options.database or f"sqlite:///{Path(folder) / 'tacoord.sqlite'}",
        )
        if not options.filled:
            _fill(options.projects)
        _told("sweep of all, empty index", *_run("overlaps sweep"))
        _told("sweep of all again", *_run("overlaps sweep"))
        with create_app(Settings.from_environment(os.environ)).app_context():
            ids = _look_up(db.session())
            _change(db.session(), ids[:_CHANGED])
            began, before = time.monotonic(), time.process_time()
            count = _sweep_changed(db.session())
            spent = time.monotonic() - began, time.process_time() - before
            _told(f"the nightly job, {_CHANGED} changed and {count - _CHANGED} near them", *spent)
            _change(db.session(), ids[_CHANGED:])
        _told(
            f"the same by a command, {_CHANGED} others changed", *_run("overlaps sweep --changed")
        )
        print(f"load {os.getloadavg()[0]:.1f} with {os.cpu_count()} cores")


def _fill(projects: int) -> None:
    for command in ("db upgrade", "vocabularies load", f"demo load --projects {projects}"):
        _run(command)


def _run(command: str) -> tuple[float, float]:
    """Seconds by the clock and of processors that a command of tacoord took."""
    began, before = time.monotonic(), os.times()
    words = [sys.executable, "-m", "tacoord.cli", *command.split()]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    work = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return time.monotonic() - began, work


def _told(what: str, seconds: float, work: float) -> None:
    print(f"{what}: {seconds:.1f} s, {work:.1f} s of processors", flush=True)


def _look_up(session: Session) -> list[int]:
    """Time what the form and the API ask, and what saving a record asks; nothing is kept."""
    every = session.scalars(
        select(Project.id).where(Project.state == ProjectState.PUBLISHED).order_by(Project.id)
    ).all()
    chance = np.random.default_rng(1)
    ids = [
        int(one)
        for one in chance.choice(np.array(every), min(_SUBJECTS, len(every)), replace=False)
    ]
    asked, saved = list[tuple[float, float]](), list[tuple[float, float]]()
    for project_id in ids:
        project = session.get_one(Project, project_id)
        facts = facts_of(project)
        asked.append(_timed(partial(similar, session, facts, EVERYTHING)))
        saved.append(_timed(partial(flag_overlaps, session, project)))
        session.rollback()
    for what, times in (("look-alikes of one record", asked), ("flagging one record", saved)):
        for place, kind in enumerate(("by the clock", "of the processor")):
            p50, p95 = 1000 * np.quantile([one[place] for one in times], [0.5, 0.95])
            print(f"{what}, {kind}: p50 {p50:.1f} ms, p95 {p95:.1f} ms", flush=True)
    return ids


def _sweep_changed(session: Session) -> int:
    """What the job does in a process that has compared before; gives how many projects were compared."""
    told = [0]
    begin = partial(announce_writing, session)
    changed = changed_projects(session) or []
    session.rollback()
    for _ in sweep_changed(session, changed, lambda _, done, __: told.append(done), begin=begin):
        session.commit()
    session.commit()
    return told[-1]


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    began, before = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - before


def _change(session: Session, ids: list[int]) -> None:
    # All others were registered days ago: one that was compared in the minutes of its change is compared once more.
    now = utcnow()
    days_ago = now - timedelta(days=3)
    session.execute(
        update(Project).where(Project.updated_at > days_ago).values(updated_at=days_ago)
    )
    session.execute(update(Project).where(Project.id.in_(ids)).values(updated_at=now))
    session.commit()
    tidy(db.engine)


if __name__ == "__main__":
    main()
