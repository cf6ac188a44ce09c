"""`tacoord overlaps` and `tacoord model`, as people and scripts call them."""

import csv
import io
import json
import os
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tacoord.cli import overlaps
from tacoord.cli import run as run_command
from tests.factories import make_organisation
from tests.services.pairs import a_draft, a_project

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    engine: Engine,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a command on a database with a pair of look-alikes: its status, output and errors."""
    with Session(engine) as session:
        for name in ("Alder Fund", "=Birch Society"):
            a_project(session, make_organisation(session, name), a_draft())
        session.commit()

    def done(*arguments: str) -> tuple[int, str, str]:
        status = run_command(list(arguments))
        said = capsys.readouterr()
        return status, said.out, said.err

    return done


def test_a_sweep_says_what_it_flagged_by_kind_and_a_second_one_the_same(run: Run) -> None:
    said = (0, "overlaps: 1 flagged (same_activity 1)\n")
    assert run("overlaps", "sweep", "--workers", "1")[:2] == said
    assert run("overlaps", "sweep", "--changed")[:2] == (0, "overlaps: 0 flagged\n")
    assert run("overlaps", "sweep")[:2] == said


def test_other_processes_are_started_only_where_there_is_much_to_compare(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seconds_of_others() -> float:
        return os.times().children_user

    before = seconds_of_others()
    small = run("overlaps", "sweep")
    assert seconds_of_others() == before
    monkeypatch.setattr(overlaps, "_SMALL_REGISTER", 1)
    monkeypatch.setattr(overlaps, "default_workers", lambda: 2)
    assert run("overlaps", "sweep")[:2] == small[:2]
    assert seconds_of_others() > before


def test_an_unknown_engine_is_one_line_and_status_2(run: Run) -> None:
    status, output, errors = run("overlaps", "sweep", "--engine", "nowhere")
    assert (status, output) == (2, "")
    assert "nowhere" in errors
    assert len(errors.strip().splitlines()) == 1


def test_the_pairs_are_given_out_as_csv_and_as_json_lines(run: Run) -> None:
    run("overlaps", "sweep")
    status, output, _ = run("overlaps", "export")
    rows = list(csv.DictReader(io.StringIO(output)))
    assert (status, len(rows)) == (0, 1)
    assert rows[0]["kind"] == "same_activity"
    assert {rows[0]["first_organisation"], rows[0]["second_organisation"]} == {
        "Alder Fund",
        "'=Birch Society",  # a spreadsheet must not take it for a formula
    }
    _, output, _ = run("overlaps", "export", "--format", "json")
    assert [json.loads(line)["id"] for line in output.splitlines()] == [rows[0]["id"]]


def test_models_are_listed_chosen_and_reported_on(run: Run) -> None:
    version = run("model", "list")[1].split()[1]
    assert run("model", "use", version)[0] == 0
    assert f"version in use: {version}" in run("model", "report")[1]
    assert run("model", "use", "nonesuch")[0] == 2


def test_fitting_says_plainly_that_there_are_too_few_verdicts(run: Run) -> None:
    status, output, _ = run("model", "fit")
    assert status == 0
    assert "nothing fitted: too few verdicts to learn from" in output
