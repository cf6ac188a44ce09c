"""`scripts/run`: the secret, the settings of the demo, and when the database need not be prepared."""

import stat

import _run
import pytest


def test_the_secret_is_made_once_and_for_the_owner_alone(tmp_path):
    home = _run.make_home({"TACOORD_HOME": str(tmp_path / "a" / "home")})
    file = home / "secret_key"
    secret = file.read_text(encoding="ascii")
    assert len(secret) > 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    _run.make_home({"TACOORD_HOME": str(home)})
    assert file.read_text(encoding="ascii") == secret


def test_links_lead_to_the_printed_address(tmp_path):
    env = _run.demo_environment(
        {"TACOORD_BASE_URL": "https://elsewhere.example", "PATH": "/bin"}, home=tmp_path, port=8123
    )
    assert env["TACOORD_BASE_URL"] == "http://127.0.0.1:8123"
    assert env["TACOORD_HOME"] == str(tmp_path)
    assert env["PATH"] == "/bin"
    _run.note_address(env, tmp_path)
    assert (tmp_path / "base_url").read_text() == "http://127.0.0.1:8123\n"


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    called = []

    def call(command, *, env):
        called.append(command[1:])
        return 0

    monkeypatch.setattr(_run, "call", call)
    _run.prepare({}, tmp_path)
    (tmp_path / "tacoord.sqlite").write_bytes(b"")
    return called


def test_a_first_start_does_every_step_in_its_order(prepared):
    assert [" ".join(step) for step in prepared] == [
        "db upgrade",
        "vocabularies load",
        "demo load --if-empty",
        "overlaps sweep",
        "digests send",
    ]


def test_a_second_start_serves_at_once(prepared, tmp_path):
    assert _run.is_prepared({}, tmp_path)


def test_a_database_that_is_gone_is_prepared_again(prepared, tmp_path):
    (tmp_path / "tacoord.sqlite").unlink()
    assert not _run.is_prepared({}, tmp_path)


def test_another_database_is_prepared_first(prepared, tmp_path):
    assert not _run.is_prepared({"TACOORD_DATABASE_URL": "postgresql://db/other"}, tmp_path)


def test_a_step_that_fails_stops_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr(_run, "call", lambda command, env: 1)
    with pytest.raises(_run.Stop, match="tacoord db upgrade ended with status 1"):
        _run.prepare({}, tmp_path)
    assert not _run.is_prepared({}, tmp_path)


def test_a_sweep_that_fails_does_not_stop_the_pages(monkeypatch, capsys):
    monkeypatch.setattr(_run, "call", lambda command, env: 2)
    _run.look_again({})
    assert "tacoord overlaps sweep ended with status 2" in capsys.readouterr().out


def test_an_empty_home_is_not_prepared(tmp_path):
    assert not _run.is_prepared({}, tmp_path)
