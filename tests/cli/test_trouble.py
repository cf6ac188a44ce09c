"""Every command, asked wrongly or with something away: one plain line, status 2, never a traceback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from tacoord.cli import ASKED_TO_STOP, COMMANDS, COULD_NOT, Stopped, cli, run
from tests.support.databases import Databases, SqliteDatabases
from tests.support.memory import new_folder
from tests.support.template import fill_template

ROOT = Path(__file__).resolve().parents[2]
LINES = '{"id": "a", "title": "Hotline"}\n'

# Each command with what it needs, so that only the database is missing.
EVERY = """
audit verify
backup {folder}/new.backup
db check
db downgrade base
db upgrade
demo load
demo summary
digests due
digests preview ICAT
digests send
gaps
iati export
iati import {folder}/lines.jsonl --as SECRETARIAT
imports list
jobs once heartbeat
jobs run
keys exchange
model fit
model list
model report
model use 1
organisations merge A B
overlaps export
overlaps sweep
projects export --format csv
projects import {folder}/lines.jsonl --as SECRETARIAT
projects template {folder}/new.xlsx
providers list
serve --port {port}
serve --port {port} --with-jobs
tokens add somebody@example.org --name x
users add somebody@example.org --organisation SECRETARIAT --role viewer
vocabularies list pillar
vocabularies load
""".strip().splitlines()
WITHOUT_DATABASE = {"match", "restore"}

WRONG = """
audit verify --noted x | write it as it was printed
db downgrade nope | the tables cannot be brought there
db downgrade | Missing argument
digests preview NOSUCH | there is no group NOSUCH; `tacoord digests due` lists the groups
digests send NOSUCH | there is no group NOSUCH
digests send --at yesterday | no moment like 2026-03-02T08:00
gaps --country XX | no country has the code XX
iati export --organisation NOSUCH | there is no organisation NOSUCH
iati export --out {folder} | Is a directory
iati export --out {folder}/nowhere/a.xml | {folder}/nowhere: No such file or directory
iati import {folder}/nowhere.xml --as SECRETARIAT | nowhere.xml: No such file or directory
iati import {folder} --as SECRETARIAT | Is a directory
iati import {folder}/lines.jsonl --as NOSUCH | there is no organisation NOSUCH
iati import {folder}/lines.jsonl --as SECRETARIAT --report {folder}/no/r.json | No such file or directory
imports undo nowhere | there is no import nowhere; `tacoord imports list` shows the id of each
jobs once nope | 'nope' is not one of
match {folder}/nowhere --out {folder}/out.csv | No such file or directory
model use nope | there is no version nope
nonsense | No such command 'nonsense'
organisations merge SECRETARIAT NOSUCH --yes | there is no organisation NOSUCH
organisations merge SECRETARIAT SECRETARIAT | This is one entry
overlaps sweep --engine nonsense | engine
overlaps sweep --workers 0 | no whole number from 1
projects export --format pdf | 'pdf' is not one of
projects export --format csv --out {folder}/no/a.csv | {folder}/no: No such file or directory
projects import {folder}/binary --as SECRETARIAT | binary:
projects template {folder}/no/a.xlsx | {folder}/no: No such file or directory
restore {folder}/lines.jsonl | no backup
restore {folder}/nowhere | does not exist
serve --port 99999 | no whole number from 1
tokens add nobody@example.org --name x | there is no person nobody@example.org
tokens add somebody@example.org --name x --read-only --scope overlaps | Give either --scope or --read-only
tokens add somebody@example.org --name x --scope everything | 'everything' is not one of
users add somebody@example.org --organisation SECRETARIAT | Missing option '--role'. Choose from: viewer,
users add not-an-address --organisation SECRETARIAT --role viewer | address
users add somebody@example.org --organisation NOSUCH --role viewer | there is no organisation NOSUCH
users add somebody@example.org --organisation SECRETARIAT --role king | 'king' is not one of
users add somebody@example.org --organisation SECRETARIAT --role secretary --group XX | there is no group XX
vocabularies list nope | there are:
vocabularies load {folder}/nowhere | does not exist
""".strip().splitlines()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and some files; the settings name a database only where a test says which."""
    for name in [name for name in os.environ if name.startswith("TACOORD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TACOORD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TACOORD_SECRET_KEY", "only for tests " * 3)
    (tmp_path / "home").mkdir()
    (tmp_path / "lines.jsonl").write_text(LINES)
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    return tmp_path


@pytest.fixture(scope="module")
def tables() -> Iterator[str]:
    """A database with its tables, on which nothing is ever done: most trouble is the same on both kinds."""
    made = SqliteDatabases(new_folder("tables"), fill_template)
    yield made.copy()
    made.drop_all()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def one_line(said: str) -> str:
    """What was said, which is one line and nothing that only a programmer reads."""
    assert "Traceback" not in said
    assert "[Errno" not in said
    assert ".part" not in said
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    return lines[0]


@pytest.mark.parametrize("line", WRONG, ids=lambda line: line.partition(" | ")[0][:60])
def test_what_is_asked_wrongly_is_told_with_what_to_do(
    tables: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys, line: str
):
    monkeypatch.setenv("TACOORD_DATABASE_URL", tables)
    command, _, words = line.format(folder=folder).partition(" | ")
    assert run(command.split()) == COULD_NOT
    assert words in one_line(capsys.readouterr().err)


def test_every_command_stands_in_the_lists():
    named = {line.split()[0] for line in EVERY}
    assert named | WITHOUT_DATABASE == COMMANDS.keys()


@pytest.mark.parametrize("kind", ["folder", "server", "tables"])
@pytest.mark.parametrize("line", EVERY)
def test_without_a_database_each_command_says_so_in_a_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys, free_port: int, line: str, kind: str
):
    if kind == "server":
        away = f"postgresql://nobody@127.0.0.1:{free_port}/nothing"
    else:
        away = f"sqlite:///{folder / ('nowhere' if kind == 'folder' else 'home')}/a.sqlite"
    monkeypatch.setenv("TACOORD_DATABASE_URL", away)
    command = line.format(folder=folder, port=free_port).split()
    if kind == "tables" and command[0] == "db":
        return  # that is how they come into being
    assert run(command) == COULD_NOT
    said = one_line(capsys.readouterr().err)
    assert any(word in said for word in ("database", "nothing to back up")), said
    assert list(folder.glob("*.part")) == []


def test_tables_that_are_missing_are_named(
    databases: Databases, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    url = databases.empty()
    monkeypatch.setenv("TACOORD_DATABASE_URL", url)
    try:
        assert run(["gaps"]) == COULD_NOT
        assert "run `tacoord db upgrade`" in one_line(capsys.readouterr().err)
    finally:
        databases.drop(url)


def test_a_database_that_does_not_exist_is_named(
    databases: Databases, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    url = databases.empty()
    databases.drop(url)
    if make_url(url).get_backend_name() == "sqlite":
        return  # there it is made by opening it
    monkeypatch.setenv("TACOORD_DATABASE_URL", url)
    assert run(["gaps"]) == COULD_NOT
    assert "does not exist: create it" in one_line(capsys.readouterr().err)


def process(*command: str, **more) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tacoord.cli", *command],
        cwd=ROOT,
        env=dict(os.environ),
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "command", ["gaps --format json", "projects export --format csv", "iati export"]
)
def test_where_output_cannot_be_written_a_line_says_so(
    tables: str, folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
):
    monkeypatch.setenv("TACOORD_DATABASE_URL", tables)
    with open("/dev/full", "w") as full, process(*command.split(), stdout=full) as asked:
        _, said = asked.communicate(timeout=60)
    assert asked.returncode == COULD_NOT
    assert one_line(said.strip().splitlines()[-1]) == "tacoord: No space left on device"
    assert "Traceback" not in said


def test_who_stops_reading_is_not_told_anything(
    tables: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TACOORD_DATABASE_URL", tables)
    reading, writing = os.pipe()
    os.close(reading)
    with process("vocabularies", "list", "country", stdout=writing) as asked:
        os.close(writing)
        _, said = asked.communicate(timeout=60)
    assert said == ""


def test_a_folder_without_permission_is_named(
    tables: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setenv("TACOORD_DATABASE_URL", tables)
    shut = folder / "shut"
    shut.mkdir()

    def refuse(path: object, mode: int) -> bool:
        return not (mode == os.W_OK and Path(str(path)) == shut)

    monkeypatch.setattr(os, "access", refuse)  # who runs tests as root may write anywhere
    assert run(["iati", "export", "--out", str(shut / "a.xml")]) == COULD_NOT
    assert one_line(capsys.readouterr().err) == f"tacoord: {shut}: Permission denied"


def test_a_backup_does_not_replace_a_file_unasked(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setenv("TACOORD_DATABASE_URL", database_url)
    file = folder / "a.backup"
    assert run(["backup", str(file)]) == 0
    first = file.read_bytes()
    assert run(["backup", str(file)]) == COULD_NOT
    assert "is there already; give another name, or --replace" in capsys.readouterr().err
    assert file.read_bytes() == first
    assert run(["backup", str(file), "--replace"]) == 0


def test_what_nobody_foresaw_is_a_line_and_a_file(
    tables: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setenv("TACOORD_DATABASE_URL", tables)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setattr("tacoord.cli.gaps.list_gaps", lambda *_, **__: 1 / 0)
    assert run(["gaps"]) == COULD_NOT
    said = one_line(capsys.readouterr().err)
    assert "ZeroDivisionError" in said
    assert "ZeroDivisionError" in Path(said.rpartition(" ")[2]).read_text()


@pytest.fixture
def importing(database_url: str, folder: Path, monkeypatch) -> "Iterator[subprocess.Popen[str]]":
    """A command that has begun to import a long file."""
    monkeypatch.setenv("TACOORD_DATABASE_URL", database_url)
    rows = (f'{{"id": "{n}", "title": "Shelter number {n}"}}\n' for n in range(4_000))
    (folder / "long.jsonl").write_text("".join(rows))
    with process(
        "projects", "import", str(folder / "long.jsonl"), "--as", "SECRETARIAT",
        "--report", str(folder / "home" / "report.json"), stdout=subprocess.PIPE,
    ) as asked:  # fmt: skip
        yield asked
        asked.kill()


def test_what_fails_because_we_were_asked_to_end_is_no_trouble_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    def fail_over_it(*_arguments, **_more):
        try:
            raise Stopped
        except Stopped:
            raise OperationalError("rollback", {}, Exception("another command is in progress"))  # noqa: B904

    monkeypatch.setattr(cli, "main", fail_over_it)
    assert run(["gaps"]) == ASKED_TO_STOP
    assert one_line(capsys.readouterr().err).startswith("tacoord: stopped")


def test_an_import_that_is_asked_to_end_keeps_whole_steps_and_says_so(
    importing, database_url: str, folder: Path
):
    end = time.monotonic() + 60
    while count_projects(database_url) == 0:
        assert time.monotonic() < end
        time.sleep(0.05)
    importing.send_signal(signal.SIGTERM)
    _, said = importing.communicate(timeout=20)
    assert importing.returncode == ASKED_TO_STOP, said
    assert one_line(said).startswith("tacoord: stopped")
    assert count_projects(database_url) % 25 == 0
    assert list((folder / "home").glob("report*")) == []


def count_projects(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM projects")) or 0
    engine.dispose()
    return int(found)
