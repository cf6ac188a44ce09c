"""What tests of commands share: the database that a command is pointed at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.databases import engine_for


@pytest.fixture
def engine(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Engine]:
    """The database that the commands are pointed at; their home is `tmp_path`."""
    monkeypatch.setenv("TACOORD_HOME", str(tmp_path))
    monkeypatch.setenv("TACOORD_SECRET_KEY", "only for tests " * 3)
    monkeypatch.setenv("TACOORD_DATABASE_URL", database_url)
    made = engine_for(database_url)
    yield made
    made.dispose()
