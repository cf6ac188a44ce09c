"""Two sessions at one time: a pair is flagged once, and decided once."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tacoord.errors import Conflict
from tacoord.models import Decision, Overlap, Project, Role, User, Verdict
from tacoord.services.overlaps.overlaps import decide, flag_overlaps
from tests.factories import make_organisation, make_user
from tests.services.pairs import a_project
from tests.support.at_once import at_once
from tests.support.databases import engine_for


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = engine_for(database_url)
    yield made
    made.dispose()


def test_two_sessions_that_flag_one_pair_leave_one_row(engine: Engine) -> None:
    with Session(engine) as session:
        ids = [a_project(session, make_organisation(session, name)).id for name in ("One", "Other")]
        for project_id in ids:  # both are in the index, and no pair is there yet
            flag_overlaps(session, session.get_one(Project, project_id))
        session.execute(Overlap.__table__.delete())
        session.commit()

    def flag(project_id: int) -> Callable[[Session], None]:
        return lambda session: void(flag_overlaps(session, session.get_one(Project, project_id)))

    for _ in range(3):
        assert at_once(engine, flag(ids[0]), flag(ids[1])) == [None, None]
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Overlap)) == 1


def test_of_two_reviewers_at_one_time_one_decides_and_one_is_told(engine: Engine) -> None:
    with Session(engine) as session:
        for name in ("One", "Other"):
            flags = flag_overlaps(session, a_project(session, make_organisation(session, name)))
        public_id = flags[0].public_id
        office = make_organisation(session, "Review Office")
        people = [make_user(session, Role.REVIEWER, organisation=office).id for _ in range(2)]
        session.commit()

    def judge(user_id: int) -> Callable[[Session], None]:
        return lambda session: void(
            decide(session, public_id, Verdict.UNRELATED, by=session.get_one(User, user_id))
        )

    ended = at_once(engine, judge(people[0]), judge(people[1]))
    assert sorted(type(error) for error in ended if error) == [Conflict]
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1


def void(_result: object) -> None:
    """Forget a result."""
