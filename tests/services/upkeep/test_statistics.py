"""Statistics: with them SQLite looks some projects up by their keys, and does not read all published ones."""

from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from tacoord.extensions import announce_writing
from tacoord.models import Project, ProjectState, Source, Visibility, new_public_id
from tacoord.services.upkeep.statistics import refresh_statistics
from tests.factories import make_organisation
from tests.support.databases import SqliteDatabases, engine_for
from tests.support.memory import new_folder
from tests.support.template import fill_template

MANY = 300


def way_to_some(session: Session) -> str:
    """How SQLite would find some published projects by their keys."""
    some = select(Project.id).where(
        Project.id.in_(range(1, 25)), Project.state == ProjectState.PUBLISHED
    )
    words = some.compile(session.connection(), compile_kwargs={"literal_binds": True})
    return " ".join(row[-1] for row in session.execute(text(f"EXPLAIN QUERY PLAN {words}")))


@pytest.fixture
def register() -> Iterator[Session]:
    """A register in SQLite: PostgreSQL counts by itself."""
    databases = SqliteDatabases(new_folder("statistics"), fill_template)
    engine = engine_for(databases.copy())
    with Session(engine) as session:
        announce_writing(session)
        yield session
    engine.dispose()
    databases.drop_all()


def test_with_statistics_sqlite_finds_some_projects_by_their_keys(register: Session) -> None:
    owner = make_organisation(register, "Fund")
    rows = [
        {
            "organisation_id": owner.id, "state": ProjectState.PUBLISHED, "title": "-",
            "visibility": Visibility.PUBLIC, "source": Source.FORM, "public_id": new_public_id(),
        }
        for _ in range(MANY)
    ]  # fmt: skip
    register.execute(insert(Project), rows)
    assert "state=?" in way_to_some(register)
    refresh_statistics(register.connection())
    assert "INTEGER PRIMARY KEY" in way_to_some(register)
