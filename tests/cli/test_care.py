"""What an open site is told at its start of settings that are allowed, and weak."""

from dataclasses import replace
from pathlib import Path

import pytest

from tacoord.cli.care import advice
from tacoord.config import Settings


@pytest.fixture
def good(tmp_path: Path) -> Settings:
    tmp_path.chmod(0o700)
    return Settings(
        home=tmp_path,
        database_url="postgresql+psycopg://tacoord@/tacoord?host=/var/run/postgresql",
        secret_key="only for tests " * 3,
        base_url="https://ta.example.org",
        smtp_url="smtps://user:word@mail.example.org",
        mail_from="tacoord@example.org",
        trusted_proxies=1,
        second_factor_roles=frozenset({"admin", "coordinator"}),
        breached_passwords=tmp_path / "hashes.txt",
    )


def test_a_site_in_order_is_told_nothing(good: Settings) -> None:
    assert list(advice(good)) == []


@pytest.mark.parametrize(
    ("weak", "named"),
    [
        ({"smtp_url": "smtp://mail.example.org"}, "TACOORD_SMTP_URL"),
        ({"smtp_url": "file:/tmp/mail"}, "TACOORD_SMTP_URL"),
        ({"database_url": "postgresql+psycopg://t@db.example.org/t"}, "TACOORD_DATABASE_URL"),
        (
            {"database_url": "postgresql+psycopg://t@db.example.org/t?sslmode=require"},
            "TACOORD_DATABASE_URL",
        ),
        ({"trusted_proxies": 0}, "TACOORD_TRUSTED_PROXIES"),
        ({"second_factor_roles": frozenset({"admin"})}, "TACOORD_SECOND_FACTOR_ROLES"),
        ({"breached_passwords": None}, "TACOORD_BREACHED_PASSWORDS"),
        ({"metrics_open": True}, "TACOORD_METRICS_OPEN"),
        ({"match_engine": "tcp://dask.example.org:8786"}, "TACOORD_MATCH_ENGINE"),
    ],
)
def test_each_weak_setting_is_named_with_what_to_do(
    good: Settings, weak: dict[str, object], named: str
) -> None:
    (told,) = advice(replace(good, **weak))
    assert named in told


@pytest.mark.parametrize(
    "fine",
    [
        {"smtp_url": "smtp://127.0.0.1:25"},
        {"database_url": "postgresql+psycopg://t@localhost/t"},
        {"database_url": "postgresql+psycopg://t@db.example.org/t?sslmode=verify-full"},
        {"database_url": "sqlite:////srv/tacoord.sqlite"},
        {"match_engine": "tcp://127.0.0.1:8786"},
    ],
)
def test_what_stays_on_the_machine_or_is_checked_is_fine(
    good: Settings, fine: dict[str, object]
) -> None:
    assert list(advice(replace(good, **fine))) == []


def test_a_home_that_others_can_read_is_told(good: Settings) -> None:
    good.home.chmod(0o755)
    (told,) = advice(good)
    assert str(good.home) in told


def test_a_trial_on_ones_own_machine_is_told_nothing(good: Settings) -> None:
    assert list(advice(replace(good, base_url="http://localhost", trusted_proxies=0))) == []
