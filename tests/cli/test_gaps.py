"""`tacoord gaps`, as text, as a table and for machines."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tacoord.cli import run as run_command
from tacoord.models import Visibility, utcnow
from tacoord.services.projects.drafts import Share
from tests.factories import make_project
from tests.services.asks import ask

SOON = utcnow().date() + timedelta(days=40)


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    output: str
    errors: str


@pytest.fixture
def store(engine):
    """A session on the database that the commands are pointed at."""
    with Session(engine) as session:
        yield session


@pytest.fixture
def run(store, capsys):
    """Run a command and give what it left behind."""

    def done(*arguments: str) -> Done:
        status = run_command(list(arguments))
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    return done


@pytest.fixture
def register(store):
    """A hidden project in Cambodia whose end nobody follows, and a request."""
    project = make_project(
        store,
        titles={"en": "Night shelter, on the pier"},
        visibility=Visibility.ORGANISATION,
        planned_end=SOON,
    )
    make_project(store, countries=(Share("SN"),), planned_end=None)
    asked = ask(store, pillars=frozenset({"PREV"}))
    store.commit()
    return project, asked


def test_text_says_each_gap_as_a_sentence_with_its_evidence(run, register):
    project, asked = register
    done = run("gaps", "--country", "KH")
    assert "The last project on protection in Cambodia ends on" in done.output
    assert f"project {project.public_id}" in done.output
    assert "Night shelter, on the pier" in done.output
    assert f"request {asked.public_id}" in done.output
    assert "Senegal" not in done.output


def test_csv_has_a_row_a_gap(run, register):
    project, asked = register
    rows = list(
        csv.DictReader(io.StringIO(run("gaps", "--country", "kh", "--format", "csv").output))
    )
    by_kind = {row["kind"]: row for row in rows}
    assert by_kind["coverage_ends"]["projects"] == project.public_id
    assert by_kind["coverage_ends"]["until"] == SOON.isoformat()
    assert by_kind["request_unanswered"]["requests"] == asked.public_id
    assert {row["country"] for row in rows} == {"KH"}


def test_json_has_the_evidence_as_values(run, register):
    project, _asked = register
    found = json.loads(run("gaps", "--country", "KH", "--format", "json").output)
    ends = next(each for each in found if each["kind"] == "coverage_ends")
    assert ends["key"] == "coverage_ends|KH|PROT|"
    assert ends["evidence"]["projects"] == [{"id": project.public_id, "ends": SOON.isoformat()}]


def test_without_a_country_all_are_told_and_indicators_with_their_source(run, register):
    found = json.loads(run("gaps", "--format", "json").output)
    assert {"KH", "SN", "AO"} <= {each["country"] for each in found}
    signs = next(each for each in found if each["country"] == "AO")["evidence"]["indicators"]
    assert signs[0]["as_of"] == "2009-04"


def test_measures_are_told_where_asked_for(run, register):
    plain = json.loads(run("gaps", "--country", "KH", "--format", "json").output)
    more = json.loads(run("gaps", "--country", "KH", "--measures", "--format", "json").output)
    assert all(each["measure"] is None for each in plain)
    assert any(each["measure"] == "PROT-2" for each in more)


def test_a_country_that_does_not_exist_ends_with_status_2_and_one_line(run):
    done = run("gaps", "--country", "XX")
    assert done.status == 2
    assert done.errors.strip() == "tacoord: no country has the code XX"
