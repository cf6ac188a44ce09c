"""`.venv`: filled once, and again only when something changed."""

import sys
import time

import _environment
import pytest
from _environment import Lock, install
from _processes import Stop


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose pip writes down what it is asked for and installs nothing."""
    monkeypatch.setattr(_environment, "ROOT", tmp_path)
    monkeypatch.setattr(_environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(_environment, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(_environment, "PYTHON", tmp_path / ".venv" / "python")
    for name in (*Lock, "pyproject.toml"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


@pytest.fixture
def done(checkout, monkeypatch):
    steps: list[str] = []

    def make(folder):
        steps.append("make")
        folder.mkdir(exist_ok=True)
        (folder / "python").unlink(missing_ok=True)
        (folder / "python").symlink_to(sys.executable)

    def pip(python, *arguments):
        lock = next((lock for lock in Lock if str(checkout / lock) in arguments), None)
        steps.append(f"install {lock.name}" if lock else "install project")

    monkeypatch.setattr(_environment, "make_environment", make)
    monkeypatch.setattr(_environment, "pip", pip)
    return steps


def test_the_first_time_everything_is_installed(done):
    install(Lock.RUN)
    assert done == ["make", "install RUN", "install project"]


def test_the_second_time_nothing_is(done):
    install(Lock.RUN)
    done.clear()
    install(Lock.RUN)
    assert done == []


def test_a_changed_lock_is_installed_into_what_is_there(checkout, done):
    install(Lock.RUN)
    done.clear()
    (checkout / Lock.RUN).write_text("newer", encoding="utf-8")
    install(Lock.RUN)
    assert done == ["install RUN", "install project"]


def test_who_has_the_tools_has_what_it_takes_to_run(done):
    install(Lock.DEVELOP)
    done.clear()
    install(Lock.RUN)
    assert done == []


def test_changed_metadata_install_the_project_alone(checkout, done):
    install(Lock.RUN)
    done.clear()
    (checkout / "pyproject.toml").write_text("newer", encoding="utf-8")
    install(Lock.RUN)
    assert done == ["install project"]


def test_an_installation_that_broke_off_is_done_again(done, monkeypatch):
    working = _environment.pip

    def broken(python, *arguments):
        raise Stop("no network")

    monkeypatch.setattr(_environment, "pip", broken)
    with pytest.raises(Stop):
        install(Lock.RUN)
    monkeypatch.setattr(_environment, "pip", working)
    done.clear()
    install(Lock.RUN)
    assert done == ["install RUN", "install project"]


def test_an_environment_that_was_copied_from_elsewhere_is_made_anew(checkout, done):
    install(Lock.RUN)
    done.clear()
    stamp = _environment.STAMP
    stamp.write_text(stamp.read_text(encoding="utf-8").replace(str(checkout), "/srv"), "utf-8")
    install(Lock.RUN)
    assert done[0] == "make"


def test_an_environment_whose_python_is_gone_is_made_anew(done):
    install(Lock.RUN)
    done.clear()
    _environment.PYTHON.unlink()
    _environment.PYTHON.symlink_to("/nowhere/python3")
    install(Lock.RUN)
    assert done == ["make", "install RUN", "install project"]


def test_a_damaged_note_of_what_is_installed_is_no_obstacle(done):
    install(Lock.RUN)
    _environment.STAMP.write_text("{", encoding="utf-8")
    done.clear()
    install(Lock.RUN)
    assert done == ["install RUN", "install project"]


def test_a_checkout_without_its_lock_says_so(checkout, done):
    (checkout / Lock.RUN).unlink()
    with pytest.raises(Stop, match=r"requirements\.lock is missing"):
        install(Lock.RUN)


def test_a_long_installation_says_that_it_goes_on(monkeypatch, capsys):
    monkeypatch.setattr(_environment, "TELL_SECONDS", 0.02)

    def call(*_command, **_more):
        time.sleep(0.15)
        return 0

    monkeypatch.setattr(_environment, "call", call)
    _environment.pip("python", "anything")
    assert "still installing" in capsys.readouterr().out
