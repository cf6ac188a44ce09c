"""Settings: every variable is read, checked, and wrong ones are named in one line."""

import re
from pathlib import Path

import pytest

from tacoord.config import MailFolder, MailServer, Settings, mail_target, setting_names
from tacoord.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret of the tests, long enough"


def read(**given: str) -> Settings:
    environ = {"TACOORD_HOME": "/srv/tacoord", "TACOORD_SECRET_KEY": SECRET}
    return Settings.from_environment(environ | {f"TACOORD_{k}": v for k, v in given.items()})


def test_little_has_to_be_said():
    settings = read()
    assert settings.database_url == "sqlite:////srv/tacoord/tacoord.sqlite"
    assert settings.mail_target == MailFolder(Path("/srv/tacoord/mail"))
    assert settings.mail_from == "tacoord@localhost"
    assert (settings.max_upload_mb, settings.match_engine) == (50, "local")
    assert not settings.metrics_open
    assert not settings.secure


def test_an_empty_variable_counts_as_absent():
    assert read(MATCH_ENGINE="", MAX_UPLOAD_MB=" ") == read()


def test_the_home_is_beside_the_caller_unless_said(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({"TACOORD_SECRET_KEY": SECRET})
    assert settings.home == tmp_path / "instance"


def test_a_missing_secret_stops_the_start(tmp_path):
    with pytest.raises(ConfigurationError, match="TACOORD_SECRET_KEY is missing"):
        Settings.from_environment({"TACOORD_HOME": str(tmp_path)})


def test_the_secret_that_was_left_in_the_home_is_used(tmp_path):
    (tmp_path / "secret_key").write_text(SECRET + "\n", encoding="ascii")
    assert Settings.from_environment({"TACOORD_HOME": str(tmp_path)}).secret_key == SECRET


def test_secrets_do_not_show_in_a_printed_value():
    shown = repr(
        read(
            DATABASE_URL="postgresql://ann:db-password@db/tacoord",
            SMTP_URL="smtp://ann:mail-password@mail",
        )
    )
    assert SECRET not in shown
    assert "db-password" not in shown
    assert "mail-password" not in shown
    assert "hidden-one" not in repr(mail_target("smtp://ann:hidden-one@mail"))


@pytest.mark.parametrize(
    "given",
    [
        "postgres://ann:p%40ss@db:5433/tacoord",
        "postgresql://ann:p%40ss@db:5433/tacoord",
        "postgresql+psycopg2://ann:p%40ss@db:5433/tacoord",
    ],
)
def test_every_way_to_write_postgresql_becomes_the_driver_we_have(given):
    url = read(DATABASE_URL=given).database_url
    assert url == "postgresql+psycopg://ann:p%40ss@db:5433/tacoord"


def test_a_relative_sqlite_file_is_beside_the_caller(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert read(DATABASE_URL="sqlite:///x.db").database_url == f"sqlite:///{tmp_path}/x.db"


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ("smtp://mail", MailServer("mail", 25, "smtp")),
        ("smtps://mail", MailServer("mail", 465, "smtps")),
        ("smtp+starttls://mail", MailServer("mail", 587, "smtp+starttls")),
        ("smtp://a%40b:p%2Fw@mail:2525", MailServer("mail", 2525, "smtp", "a@b", "p/w")),
        ("smtp://[::1]:2525", MailServer("::1", 2525, "smtp")),
        ("file:/var/mail out", MailFolder(Path("/var/mail out"))),
        ("file:///var/mail%20out", MailFolder(Path("/var/mail%20out"))),
    ],
)
def test_mail_goes_to_a_server_or_into_a_folder(given, target):
    assert read(SMTP_URL=given).mail_target == target


def test_the_sender_is_at_the_host_of_the_site():
    assert read(BASE_URL="https://ta.example.org").mail_from == "tacoord@ta.example.org"


@pytest.mark.parametrize(
    ("given", "engine"),
    [
        ("local", "local"),
        ("tcp://10.0.0.1:8786", "tcp://10.0.0.1:8786"),
        ("dask:1", "tcp://dask:1"),
    ],
)
def test_matching_runs_here_or_at_a_scheduler(given, engine):
    assert read(MATCH_ENGINE=given).match_engine == engine


def test_https_makes_the_site_secure_and_loses_its_slash():
    settings = read(BASE_URL="https://ta.example.org/")
    assert settings.secure
    assert settings.base_url == "https://ta.example.org"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "http://ta.example.org"),
        ("BASE_URL", "ta.example.org"),
        ("BASE_URL", "https://ta.example.org/below"),
        ("BASE_URL", "https://ta.example.org:99999"),
        ("BASE_URL", "https://[::1"),
        ("DATABASE_URL", "mysql://db/tacoord"),
        ("DATABASE_URL", "postgresql://db"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "no address"),
        ("SECRET_KEY", "short"),
        ("SMTP_URL", "mail.example.org"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail:port"),
        ("SMTP_URL", "smtp://mail/folder"),
        ("SMTP_URL", "file:"),
        ("SMTP_URL", "file://host/folder"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b\nBcc: c@d"),
        ("MAX_UPLOAD_MB", "0"),
        ("MAX_UPLOAD_MB", "many"),
        ("MAX_UPLOAD_MB", "-1"),
        ("MATCH_ENGINE", "cluster"),
        ("METRICS_OPEN", "perhaps"),
        ("TRUSTED_PROXIES", "all"),
        ("BREACHED_PASSWORDS", "/nowhere/hashes.txt"),
        ("BREACHED_PASSWORDS", "/"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(name, value):
    with pytest.raises(ConfigurationError) as caught:
        read(**{name: value})
    message = str(caught.value)
    assert message.startswith(f"TACOORD_{name} ")
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    ["", "password\n", "A" * 32 + ":7\n", "A" * 41 + "\n", "B" * 40 + ":7\n" + "A" * 40 + ":9\n"],
    ids=["empty", "words", "another hash", "too long", "another order"],
)
def test_a_list_of_stolen_passwords_that_cannot_be_searched_stops_the_start(tmp_path, text):
    file = tmp_path / "hashes.txt"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match="TACOORD_BREACHED_PASSWORDS must"):
        read(BREACHED_PASSWORDS=str(file))
    file.write_text("A" * 40 + ":7\r\n" + "B" * 40 + ":9\r\n")
    assert read(BREACHED_PASSWORDS=str(file)).breached_passwords == file


def test_an_error_does_not_repeat_a_password():
    for name in ("DATABASE_URL", "SMTP_URL"):
        with pytest.raises(ConfigurationError) as caught:
            read(**{name: "ftp://ann:hidden-one@host:x/y"})
        assert "hidden-one" not in str(caught.value)


def test_the_readme_has_a_row_for_every_setting():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\|\s*`(TACOORD_[A-Z_]+)`", readme, flags=re.MULTILINE))
    settings = {name for name in rows if not name.startswith("TACOORD_TEST_")}
    assert settings == set(setting_names())


def test_a_command_links_to_where_the_demo_of_its_home_is_served(tmp_path):
    assert read(HOME=str(tmp_path)).base_url == "http://127.0.0.1:8000"
    (tmp_path / "base_url").write_text("http://127.0.0.1:8123\n")
    assert read(HOME=str(tmp_path)).base_url == "http://127.0.0.1:8123"
    assert read(HOME=str(tmp_path), BASE_URL="https://a.example").base_url == "https://a.example"
