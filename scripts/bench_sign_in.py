#!/usr/bin/env python3
"""How signing in answers strangers: as fast for unknown accounts as for known ones, and after how many tries with 429.

Starts a server of four workers of its own on a database of its own (SQLite, or --database ADDRESS of an empty one) and
asks it as a browser would. Prints figures; fails where times tell known accounts from unknown ones.
"""

import argparse
import os
import random
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tacoord.app import create_app
from tacoord.config import Settings
from tacoord.extensions import db, writing_transaction
from tacoord.models import Role
from tacoord.policy import OPERATOR
from tacoord.services.accounts.accounts import add_user
from tacoord.services.organisations.organisations import SECRETARIAT, get_organisation
from tacoord.services.visibility import EVERYTHING

TACOORD = Path(sys.executable).with_name("tacoord")
WORKERS = 4
PASSWORD = "quiet boats in the evening"
LEAST, MOST = 0.40, 0.60


class From(HTTPAdapter):
    """Calls from one address of loopback."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """As before, with the address as the source."""
        super().init_poolmanager(*args, source_address=(self._address, 0), **more)


class Visitor:
    """A browser that has opened the sign-in page."""

    def __init__(self, server: str, address: str) -> None:
        self._session = requests.Session()
        self._session.mount("http://", From(address))
        self._page = f"{server}/account/sign-in"
        page = self._session.get(self._page, timeout=60).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        self._token = found[1] if found else ""

    def attempt(self, email: str) -> tuple[int, float]:
        """Try a wrong password; gives the status and the seconds."""
        said = {"email": email, "password": "wrong on purpose", "csrf_token": self._token}
        begun = time.perf_counter()
        answer = self._session.post(self._page, data=said, timeout=60, allow_redirects=False)
        return answer.status_code, time.perf_counter() - begun


def main() -> int:
    """Start, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="the address of an empty database")
    parser.add_argument("--pairs", type=int, default=60, help="known and unknown accounts asked")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, running(Path(home), given) as server:
        known, unknown = times(server, given.pairs)
        area = probability_known_is_slower(known, unknown)
        print(f"known accounts:   median {_ms(known)} ms of {len(known)}")
        print(f"unknown accounts: median {_ms(unknown)} ms of {len(unknown)}")
        print(f"area under the curve of telling them apart by time: {area:.3f} (0.5 is chance)")
        print(f"one account, one address, one after the other: 429 after {in_turn(server)} tries")
        print(f"one account, one address, 16 at once: {at_once(server)} tries were looked at")
        print(f"many accounts, one address: 429 after {one_place(server)} tries")
        print(f"one account, 30 addresses, the owner from their own: {owner(server)}")
    return 0 if LEAST <= area <= MOST else 1


def times(server: str, pairs: int) -> tuple[list[float], list[float]]:
    """Seconds of refusals for known and for unknown accounts, in random order, each address asked a few times."""
    asked = [f"known{number}@example.org" for number in range(pairs)]
    asked += [f"nobody{number}@example.org" for number in range(pairs)]
    random.shuffle(asked)
    found: dict[bool, list[float]] = {True: [], False: []}
    for number, email in enumerate(asked):
        status, seconds = Visitor(server, f"127.0.1.{number % 200 + 1}").attempt(email)
        assert status == 422, status
        found[email.startswith("known")].append(seconds)
    return found[True], found[False]


def probability_known_is_slower(known: list[float], unknown: list[float]) -> float:
    """Of a known and an unknown account taken at random: how often the known one is slower."""
    pairs = [(a > b) + (a == b) / 2 for a in known for b in unknown]
    return sum(pairs) / len(pairs)


def in_turn(server: str) -> int:
    """Tries on one account before the first 429."""
    visitor = Visitor(server, "127.0.2.1")
    return next(n for n in range(100) if visitor.attempt("known0@example.org")[0] == 429)


def at_once(server: str) -> int:
    """Of sixteen tries at one moment, how many were looked at at all."""
    visitors = [Visitor(server, "127.0.2.2") for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda each: each.attempt("known1@example.org")[0], visitors)
        return sum(status != 429 for status in answers)


def one_place(server: str) -> int:
    """Tries from one address, each on another account, before the first 429."""
    visitor = Visitor(server, "127.0.2.3")
    for number in range(200):
        if visitor.attempt(f"another{number}@example.org")[0] == 429:
            return number
    return 200


def owner(server: str) -> str:
    """Whether the owner is let try while thirty other addresses have used up their tries on the account."""
    for number in range(30):
        robot = Visitor(server, f"127.0.3.{number + 1}")
        for _ in range(6):
            robot.attempt("known2@example.org")
    status, _seconds = Visitor(server, "127.0.2.4").attempt("known2@example.org")
    return "may try" if status == 422 else f"is locked out ({status})"


@contextmanager
def running(home: Path, given: argparse.Namespace) -> Iterator[str]:
    """A server with known accounts; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    more = {"TACOORD_DATABASE_URL": given.database} if given.database else {}
    environ = {
        **os.environ,
        "TACOORD_HOME": str(home),
        "TACOORD_SECRET_KEY": secrets.token_hex(16),
        "TACOORD_BASE_URL": f"http://127.0.0.1:{port}",
        **more,
    }
    for command in (["db", "upgrade"], ["vocabularies", "load"]):
        subprocess.run([TACOORD, *command], env=environ, check=True, stdout=subprocess.DEVNULL)
    add_people(environ, given.pairs)
    serve: list[str | Path] = [TACOORD, "serve", "--port", str(port), "--workers", str(WORKERS)]
    server = subprocess.Popen(
        serve, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield wait_for(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(30)


def add_people(environ: dict[str, str], count: int) -> None:
    """Accounts with a password."""
    with create_app(Settings.from_environment(environ)).app_context():
        with writing_transaction() as session:
            home = get_organisation(session, SECRETARIAT, EVERYTHING)
            for number in range(count):
                add_user(
                    session,
                    f"known{number}@example.org",
                    name="Known",
                    organisation=home,
                    role=Role.VIEWER,
                    password=PASSWORD,
                    by=OPERATOR,
                )
        db.engine.dispose()


def wait_for(server: str) -> str:
    """Wait until the server answers."""
    for _ in range(300):
        try:
            if requests.get(f"{server}/healthz", timeout=5).ok:
                return server
        except requests.ConnectionError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")


def _ms(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f}"


if __name__ == "__main__":
    sys.exit(main())
