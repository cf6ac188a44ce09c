"""A sample of what scripts/noninterference shows: what is hidden or withheld changes no answer that others get."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from lookalike_trial import DOORS, hide_unique, look
from noninterference_trial import ASKERS, is_blind
from sqlalchemy import true
from twins.pair import Twins, twins
from twins.places import PostgresPlace, SqlitePlace
from twins.questions import Question, compare, compare_mail, questions, sample

from tacoord.models import Role
from tacoord.services.organisations import register
from tacoord.services.projects import content
from tests.conftest import SERVER
from tests.support.databases import Databases, SqliteDatabases

ASKED_OF_EACH = 6
HIDDEN = 50


@pytest.fixture(scope="module")
def both(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    folder = tmp_path_factory.mktemp("twins")
    is_file = isinstance(databases, SqliteDatabases)
    place = SqlitePlace(folder) if is_file else PostgresPlace(os.environ[SERVER])
    with twins(place, folder, hidden=HIDDEN) as made:
        yield made


def test_fifty_hidden_records_change_no_answer(both: Twins) -> None:
    asked = sample(questions(both.without, both.holding, 5_000), ASKED_OF_EACH * len(ASKERS))
    counts: Counter[int] = Counter()
    found = []
    for number, role in enumerate(ASKERS):
        part, unlike = compare(both.without, both.holding, [role], asked[number :: len(ASKERS)])
        counts, found = counts + part, found + unlike
    assert counts.total() == ASKED_OF_EACH * len(ASKERS)
    assert counts[200] > counts.total() / 2, "most questions are such as get an answer"
    assert [str(each) for each in found] == []


def test_fifty_hidden_records_change_no_letter(both: Twins) -> None:
    letters, found = compare_mail(both.without, both.holding)
    assert letters
    assert found == []


def test_the_trial_sees_a_leak_that_is_planted(
    both: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "organisation_clause", lambda _viewer: true())
    asked = [Question("/organisations?q=masked"), Question("/search?q=masked")]
    _count, found = compare(both.without, both.holding, [Role.VIEWER], asked)
    assert len(found) == len(asked)


def test_the_trial_sees_what_is_withheld_where_it_leaks(
    both: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "reads_whole", lambda _project, _viewer: True)
    asked = [Question("/api/v1/projects?q=200"), Question("/exports/projects.jsonl")]
    _count, found = compare(both.without, both.holding, [Role.VIEWER], asked)
    assert len(found) == len(asked)


def test_who_may_see_everything_is_told_of_it(both: Twins) -> None:
    asked = [Question("/overlaps"), Question("/api/v1/overlaps"), Question("/organisations")]
    _count, found = compare(both.without, both.holding, [Role.COORDINATOR], asked)
    assert len(found) == len(asked)


def test_near_copies_through_every_door_find_nothing_that_is_hidden(both: Twins) -> None:
    hide_unique(both.holding, len(DOORS), both.sow)
    told = look(both)
    assert told.tries == len(DOORS)
    assert is_blind(told), told
