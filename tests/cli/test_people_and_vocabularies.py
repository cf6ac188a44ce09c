"""Commands that an installation begins with: vocabularies, people, tokens."""

import io
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tacoord.cli import COULD_NOT, run
from tacoord.models import Role, User
from tacoord.services.accounts.accounts import check_password, find_token


def test_columns_are_named_to_a_person_and_not_to_a_program(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["vocabularies", "list", "pillar"]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["vocabularies", "list", "pillar"]) == 0
    said = capsys.readouterr()
    assert said.err == "code\tlabel\n"
    assert said.out.startswith("PROS\t")


def test_vocabularies_are_loaded_listed_and_loaded_again(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["vocabularies", "load"]) == 0
    assert "groups: 8 added" in capsys.readouterr().out
    assert run(["vocabularies", "load"]) == 0
    assert "terms: 0 added, 0 changed" in capsys.readouterr().out
    assert run(["vocabularies", "list", "pillar"]) == 0
    assert "PROT\tProtection" in capsys.readouterr().out
    assert run(["vocabularies", "list", "--format", "json"]) == 0
    assert {"vocabulary": "pillar", "terms": 5} in json.loads(capsys.readouterr().out)
    assert run(["vocabularies", "list", "nonsense"]) == COULD_NOT
    assert "there are: " in capsys.readouterr().err


def test_a_wrong_folder_changes_nothing_and_says_each_line(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "pillar.csv").write_text("code,label\nX Y,z\n,\n")
    assert run(["vocabularies", "load", str(folder)]) == COULD_NOT
    said = capsys.readouterr().err
    assert "pillar.csv:2" in said
    assert "Traceback" not in said


def test_a_person_is_added_signs_in_and_gets_a_token(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a quiet morning by the sea\n"))
    added = ["users", "add", "Dana@Example.org", "--organisation", "SECRETARIAT"]
    assert run([*added, "--role", "coordinator", "--password-stdin"]) == 0
    assert run(["tokens", "add", "dana@example.org", "--name", "Export"]) == 0
    secret = capsys.readouterr().out.splitlines()[-1]
    with Session(engine) as session:
        user = check_password(session, "dana@example.org", "a quiet morning by the sea")
        assert user is not None
        assert [grant.role for grant in user.grants] == [Role.COORDINATOR]
        assert find_token(session, secret).user is user


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ([], ["projects", "overlaps", "assistance"]),
        (["--scope", "overlaps", "--scope", "projects"], ["projects", "overlaps"]),
        (["--scope", "assistance"], ["assistance"]),
        (["--read-only"], []),
    ],
)
def test_a_token_may_all_that_its_person_may_unless_the_command_says_less(
    engine: Engine, capsys: pytest.CaptureFixture[str], said: list[str], given: list[str]
) -> None:
    added = ["users", "add", "dana@example.org", "--organisation", "SECRETARIAT"]
    assert run([*added, "--role", "viewer"]) == 0
    capsys.readouterr()
    assert run(["tokens", "add", "dana@example.org", "--name", "Export", *said]) == 0
    (secret,) = capsys.readouterr().out.splitlines()
    with Session(engine) as session:
        assert find_token(session, secret).scopes == given


@pytest.mark.parametrize(
    "arguments",
    [
        ["users", "add", "a@example.org", "--organisation", "NOBODY", "--role", "viewer"],
        ["users", "add", "no address", "--organisation", "SECRETARIAT", "--role", "viewer"],
        ["users", "add", "a@example.org", "--organisation", "SECRETARIAT", "--role", "king"],
        ["users", "add", "a@b.org", "--organisation", "SECRETARIAT", "--role", "secretary", "--group", "NO"],
        ["tokens", "add", "nobody@example.org", "--name", "x"],
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line_and_adds_nobody(
    engine: Engine, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == COULD_NOT
    assert "Traceback" not in capsys.readouterr().err
    with Session(engine) as session:
        assert session.scalar(select(User)) is None
