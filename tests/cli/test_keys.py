"""`tacoord keys exchange`: what was sealed with the old key opens with the new one."""

import io

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tacoord.cli import COULD_NOT, run
from tacoord.models import AuditEntry, Authenticator, Provider
from tacoord.services.accounts.sealing import seal, unseal
from tests.factories import make_organisation, make_user

OLD, NEW = "the key that somebody knew " * 2, "only for tests " * 3


@pytest.fixture
def kept(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    """An app and a provider, sealed with the old key, which is given on standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{OLD}\n"))
    with Session(engine) as own:
        user = make_user(own)
        own.add(Authenticator(user_id=user.id, secret=seal("app", key=OLD.strip())))
        own.add(
            Provider(
                organisation=make_organisation(own), name="P", issuer="https://p.example.org",
                client_id="c", client_secret=seal("word", key=OLD.strip()), domain="p.example.org",
            )
        )  # fmt: skip
        own.commit()
        yield own


def sealed(session: Session) -> list[str]:
    session.rollback()
    return [
        session.scalars(select(Authenticator.secret)).one(),
        session.scalars(select(Provider.client_secret)).one(),
    ]


def test_every_secret_opens_with_the_new_key_and_no_longer_with_the_old_one(kept, capsys):
    assert run(["keys", "exchange"]) == 0
    assert capsys.readouterr().out == "2 secrets sealed with the new key\n"
    assert [unseal(each, key=NEW.strip()) for each in sealed(kept)] == ["app", "word"]
    assert [unseal(each, key=OLD.strip()) for each in sealed(kept)] == [None, None]
    noted = kept.scalars(select(AuditEntry).where(AuditEntry.action == "key.exchanged")).one()
    assert noted.details == {"secrets": 2, "closed": 0}


def test_a_wrong_old_key_changes_nothing_and_ends_with_1(kept, monkeypatch, capsys):
    before = sealed(kept)
    monkeypatch.setattr("sys.stdin", io.StringIO("not the key at all, but long\n"))
    assert run(["keys", "exchange"]) == 1
    assert "2 secrets" in capsys.readouterr().err
    assert sealed(kept) == before


def test_without_the_old_key_nothing_is_done(kept, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run(["keys", "exchange"]) == COULD_NOT
