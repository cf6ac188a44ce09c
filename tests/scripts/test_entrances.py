"""The scripts themselves: what an old Python, a wrong argument and a taken port are told."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
ENTRANCES = ("check", "lock", "run", "sbom", "test", "wheel")


def start(name: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPTS / name), *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", ENTRANCES)
def test_a_script_can_be_started_by_its_name(name):
    file = SCRIPTS / name
    assert os.access(file, os.X_OK)
    assert file.read_text(encoding="utf-8").startswith("#!/usr/bin/env python3\n")


@pytest.mark.parametrize("name", ENTRANCES)
def test_the_version_of_python_is_asked_before_anything_else(name):
    text = (SCRIPTS / name).read_text(encoding="utf-8")
    imports = re.findall(r"^(?:import|from) (\w+)", text, flags=re.MULTILINE)
    assert imports[:2] == ["sys", "_needs_python"]


def test_an_older_python_is_told_so_in_one_line():
    fake = "import sys; sys.version_info = (3, 9, 0); import _needs_python"
    answer = subprocess.run(
        [sys.executable, "-c", fake], cwd=SCRIPTS, capture_output=True, text=True
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("tacoord needs Python 3.11 or newer; this is Python 3.9.")
    assert answer.stderr.count("\n") == 1


def test_what_an_older_python_reads_is_written_for_it():
    old = next((p for v in range(10, 5, -1) if (p := shutil.which(f"python3.{v}"))), None)
    text = (SCRIPTS / "_needs_python.py").read_text(encoding="utf-8")
    assert "f'" not in text
    assert 'f"' not in text
    if old and subprocess.run([old, "-V"], capture_output=True).returncode == 0:
        answer = subprocess.run([old, SCRIPTS / "run"], capture_output=True, text=True)
        assert "needs Python 3.11 or newer" in answer.stderr


def test_a_taken_port_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = start("run", "--port", str(port), TACOORD_HOME=str(tmp_path))
    assert answer.returncode == 2
    assert answer.stderr == (f"scripts/run: port {port} is in use; choose another with --port\n")
    assert not list(tmp_path.iterdir())


def test_a_wrong_port_is_refused():
    answer = start("run", "--port", "70000")
    assert answer.returncode == 2
    assert "70000" in answer.stderr


def test_a_home_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = start("run", "--port", "18017", TACOORD_HOME=str(tmp_path / "file" / "home"))
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr
