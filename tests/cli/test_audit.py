"""`tacoord audit verify`: says whether the trail is whole, and where it is not."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tacoord.cli import COULD_NOT, run
from tacoord.services import trail


@pytest.fixture
def kept(engine: Engine):
    """A session on the database that the command is pointed at, with three entries in its trail."""
    with Session(engine) as own:
        for number in range(3):
            trail.append(own, "user.signed_in", by=None, subject="user", subject_id=number)
        own.commit()
        yield own


def test_a_whole_trail_and_its_end_are_told(kept, capsys):
    assert run(["audit", "verify"]) == 0
    counted, end = capsys.readouterr().out.splitlines()
    assert counted.startswith("3 entries")
    trail.append(kept, "user.signed_out", by=None)
    kept.commit()
    assert run(["audit", "verify", "--noted", end]) == 0
    assert run(["audit", "verify", "--noted", f"2:{end[2:]}"]) == 1


def test_a_broken_trail_ends_with_1_and_names_the_entry(kept, capsys):
    where = " ON audit_entries" if kept.get_bind().dialect.name == "postgresql" else ""
    kept.execute(text(f"DROP TRIGGER audit_entries_keep{where}"))
    kept.execute(text("UPDATE audit_entries SET action = 'nothing' WHERE n = 2"))
    kept.commit()
    assert run(["audit", "verify"]) == 1
    assert "entry 2" in capsys.readouterr().err


def test_an_end_that_is_none_is_refused(kept, capsys):
    assert run(["audit", "verify", "--noted", "latest"]) == COULD_NOT
