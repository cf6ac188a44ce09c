"""What every test may find in its database: all tables, the first rows, and the vocabularies."""

from alembic import command
from sqlalchemy.orm import Session

from tacoord.cli.db import alembic_config
from tacoord.services.terms import vocabularies
from tests.support.databases import engine_for


def fill_template(url: str) -> None:
    """Migrate an empty database and load the vocabularies, as an installation does."""
    engine = engine_for(url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    with Session(engine) as session:
        vocabularies.load(session)
        vocabularies.load_indicators(session)
        session.commit()
    engine.dispose()
