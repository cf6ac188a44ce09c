"""What a command says to somebody who typed nearly the right thing, and how its help reads."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tacoord.cli import COULD_NOT, run


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["providers", "remove", "nope"], "no provider has the address nope; there is none yet"),
        (["vocabularies", "list", "pilar"], "do you mean pillar?"),
        (["gaps", "--country", "Nepall"], "no country is called Nepall"),
        (["serve", "--port", "abc"], "abc is no whole number from 1 to 65535"),
        (["serve", "--port", "70000"], "70000 is no whole number from 1 to 65535"),
        (["overlaps", "sweep", "--workers", "0"], "0 is no whole number from 1 on"),
        (["projects", "template", "there.txt"], "its name must end in .xlsx"),
    ],
)
def test_who_typed_nearly_the_right_thing_is_told_what_would_be(
    engine: Engine, capsys: pytest.CaptureFixture[str], asked: list[str], said: str
) -> None:
    assert run(asked) == COULD_NOT
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_gaps_of_a_country_are_found_by_its_name(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["vocabularies", "load"]) == 0
    capsys.readouterr()
    assert run(["gaps", "--country", "Nepal"]) == 0
    by_name = capsys.readouterr().out
    assert run(["gaps", "--country", "np"]) == 0
    assert capsys.readouterr().out == by_name


def test_the_secret_of_a_provider_is_asked_for_only_when_all_else_is_right(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(_prompt: str) -> str:
        raise AssertionError("asked for the secret")

    monkeypatch.setattr("tacoord.cli.providers.getpass", asked)
    wrong = ["providers", "add", "http://x.example", "--domain", "y", "--client-id", "z"]
    assert run([*wrong, "--organisation", "SECRETARIAT"]) == COULD_NOT
    told = capsys.readouterr().err
    assert "must be an https:// address" in told
    assert "must be like example.org" in told
    assert run([*wrong, "--organisation", "NOPE"]) == COULD_NOT


def test_the_help_of_a_group_cuts_no_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for group in ([], ["projects"], ["digests"]):
        assert run([*group, "--help"]) == 0
        assert "..." not in capsys.readouterr().out.replace("[ARGS]...", "")


def test_a_template_is_written_where_its_ending_is_right(engine: Engine, tmp_path: Path) -> None:
    assert run(["projects", "template", str(tmp_path / "T.XLSX")]) == 0
