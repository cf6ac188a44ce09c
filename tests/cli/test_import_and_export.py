"""Commands that bring files in and out: what they say, what they leave, and their exit status."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tacoord.cli import run
from tacoord.models import AuditEntry, Overlap, Project, ProjectState, Role, Visibility
from tacoord.policy import OPERATOR
from tacoord.services.exchange.imports import submit
from tacoord.services.projects import projects
from tests.factories import make_project, make_user
from tests.services.exchanging import activity, file_of


def count(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count(Project.id))) or 0


def test_iati_comes_in_is_compared_and_goes_out(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, report = tmp_path / "activities", tmp_path / "report.json"
    twin = activity(2, title="Shelter number 1", ref="ZZ-REP-2", name="Bureau Two")
    bad = activity(3, more='<recipient-country code="XX"/>')
    file.write_bytes(file_of([activity(1), twin, bad]))
    command = ["iati", "import", str(file), "--as", "SECRETARIAT", "--report", str(report)]
    assert run(command) == 1
    said = capsys.readouterr()
    assert "2 registered, 0 updated, 0 unchanged, 1 refused" in said.out
    assert "ZZ-REP-1-3: refused." in said.err
    told = json.loads(report.read_text())
    assert told["counts"] == {"registered": 2, "updated": 0, "unchanged": 0, "refused": 1}
    (refused,) = told["files"][0]["refused"]
    assert (refused["identifier"], refused["reasons"][0]["code"]) == (
        "ZZ-REP-1-3",
        "unknown-country",
    )
    with Session(engine) as session:
        assert session.scalar(select(func.count(Overlap.id))) == 1
    assert sum(told["overlaps"].values()) == 1
    assert run(command) == 1
    assert "2 unchanged" in capsys.readouterr().out
    out = tmp_path / "out.xml"
    assert run(["iati", "export", "--out", str(out)]) == 0
    assert out.read_bytes().count(b"<iati-activity ") == 2


def test_the_good_files_go_in_where_one_cannot_be_read(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(file_of([activity(1)]))
    bad.write_bytes(b"<!DOCTYPE x><iati-activities/>")
    gone = tmp_path / "gone.xml"
    assert run(["iati", "import", str(good), str(bad), str(gone), "--as", "SECRETARIAT"]) == 1
    said = capsys.readouterr().err
    assert "bad.xml: The file has a DOCTYPE." in said
    assert "gone.xml: No such file" in said
    assert count(engine) == 1


@pytest.mark.parametrize("code", ["SECRETARIAT", "NOBODY"])
def test_where_nothing_can_be_done_it_is_one_line_and_status_two(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    assert run(["iati", "import", str(tmp_path / "gone.xml"), "--as", code]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_check_leaves_nothing(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "projects.csv"
    file.write_text("title,country\nOne,KH\nTwo,LA\n")
    assert run(["projects", "import", str(file), "--as", "SECRETARIAT", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "2 registered" in said
    assert "only checked" in said
    assert count(engine) == 0


def test_each_record_is_named_where_it_is_asked_for(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "projects.csv"
    file.write_text("reference,title,country\nR-1,One,KH\n,Two,LA\n")
    check = ["projects", "import", str(file), "--as", "SECRETARIAT", "--dry-run", "--list"]
    assert run(check) == 0
    said = capsys.readouterr().out
    assert f"{file}:2: R-1 “One”: registered" in said
    assert f"{file}:3: “Two”: registered" in said


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl", "hxl"])
def test_a_table_goes_out_and_comes_in_again(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    file = tmp_path / "projects.csv"
    file.write_text("title,country,visibility\nOne,KH,organisation\nTwo,LA,public\n")
    assert run(["projects", "import", str(file), "--as", "SECRETARIAT"]) == 0
    out = tmp_path / f"out.{form}"
    assert run(["projects", "export", "--format", form, "--out", str(out)]) == 0
    assert "2 projects written" in capsys.readouterr().err
    assert run(["projects", "import", str(out), "--as", "SECRETARIAT"]) == 0
    assert "0 registered, 0 updated, 2 unchanged" in capsys.readouterr().out


def test_the_template_is_written_whole(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "template.xlsx"
    assert run(["projects", "template", str(file)]) == 0
    assert file.read_bytes().startswith(b"PK")
    assert [each.name for each in tmp_path.glob("*.part")] == []


def test_only_public_projects_leave_as_iati(engine: Engine, tmp_path: Path) -> None:
    lines = [
        json.dumps({"title": word, "start": "2025-01-01", "visibility": word})
        for word in (each.value for each in Visibility)
        if word != "group"
    ]
    file, out = tmp_path / "projects.jsonl", tmp_path / "out.xml"
    file.write_text("\n".join(lines))
    assert run(["projects", "import", str(file), "--as", "SECRETARIAT"]) == 0
    assert run(["iati", "export", "--organisation", "SECRETARIAT", "--out", str(out)]) == 0
    text = out.read_text()
    assert text.count("<iati-activity ") == 1
    assert "<narrative>public</narrative>" in text


def test_an_iati_file_is_not_taken_for_a_table(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "activities.csv"
    file.write_bytes(file_of([activity(1)]))
    assert run(["projects", "import", str(file), "--as", "SECRETARIAT"]) == 2
    assert "Import it as IATI" in capsys.readouterr().err


def test_an_import_by_command_is_listed_and_taken_back(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "projects.csv"
    file.write_text("title,country\nOne,KH\nTwo,LA\n")
    assert run(["projects", "import", str(file), "--as", "SECRETARIAT"]) == 0
    said = capsys.readouterr().out
    (id,) = re.findall(r"tacoord imports undo ([a-z2-7]{16})$", said, re.M)
    assert run(["imports", "list"]) == 0
    line = capsys.readouterr().out
    assert line.startswith(f"{id}\t")
    assert line.endswith("\tdone\tSECRETARIAT\tprojects.csv\t2 registered\n")
    assert run(["imports", "undo", id]) == 0
    assert "2 withdrawn, 0 as before the import, 0 stay" in capsys.readouterr().out
    with Session(engine) as session:
        project = session.scalars(select(Project).where(Project.title == "One")).one()
        assert project.state is ProjectState.PUBLISHED, "without --yes nothing is done"
        projects.confirm(session, project, by=OPERATOR)
        session.commit()
    assert run(["imports", "undo", id, "--yes"]) == 1
    said = capsys.readouterr()
    assert "1 withdrawn, 0 as before the import, 1 stay" in said.out
    assert "One: stays: somebody confirmed it since" in said.err
    assert run(["imports", "undo", id, "--yes"]) == 2
    assert run(["imports", "undo", "nowhere"]) == 2
    assert "tacoord imports list" in capsys.readouterr().err.splitlines()[-1]


def test_the_list_says_of_a_file_that_was_only_checked_what_would_be(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with Session(engine) as session:
        user = make_user(session, Role.REPORTER)
        submit(
            session,
            b"title,country\nOne,KH\nBad,Atlantis\n",
            name="projects.csv",
            organisation=user.organisation,
            by=user,
            dry_run=True,
            max_bytes=1000,
        )
        session.commit()
    assert run(["jobs", "once", "imports"]) == 0
    capsys.readouterr()
    assert run(["imports", "list"]) == 0
    line = capsys.readouterr().out
    assert line.endswith("\t1 would be registered, 1 refused (only checked)\n")


def test_a_file_of_which_nothing_came_in_is_not_in_the_list(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "projects.csv"
    file.write_text("colour\nblue\n")
    assert run(["projects", "import", str(file), "--as", "SECRETARIAT"]) == 2
    assert capsys.readouterr().err.startswith(f"{file}: ")
    assert run(["imports", "list"]) == 0
    assert capsys.readouterr().out == ""


def test_a_template_writes_over_nothing_unless_asked(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.xlsx"
    file.write_text("filled in for hours")
    assert run(["projects", "template", str(file)]) == 2
    assert "--force" in capsys.readouterr().err
    assert file.read_text() == "filled in for hours"
    assert run(["projects", "template", str(file), "--force"]) == 0
    assert capsys.readouterr().err == f"written: {file}\n"
    assert file.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["projects", "export", "--format", "csv"], {"format": "csv", "restricted": 1}),
        (["projects", "export", "--format", "jsonl"], {"format": "jsonl", "restricted": 1}),
        (["iati", "export"], {"format": "iati", "restricted": 0}),
        (["overlaps", "export"], {"format": "csv", "restricted": 1, "what": "overlap"}),
    ],
)
def test_what_is_taken_out_by_a_command_is_written_down(
    engine: Engine, capsys: pytest.CaptureFixture[str], command: list[str], said: dict[str, object]
) -> None:
    with Session(engine) as session:
        make_project(session, visibility=Visibility.ORGANISATION)
        session.commit()
    assert run(command) == 0
    with Session(engine) as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "project.exported")
        ).one()
    assert (entry.by_id, entry.details) == (None, said)
