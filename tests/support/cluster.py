"""A temporary PostgreSQL server of our own, for machines that have the programs but run none."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.support.memory import new_folder

DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")
FAST_NOT_SAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
LOOPBACK = "127.0.0.1"
START_SECONDS = 60
UNPRIVILEGED = ("postgres", "nobody")


class TemporaryCluster:
    """A server in a folder of its own; everything in it is gone when it stops."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = new_folder("pg")
        self._account = _account()
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Make the cluster and start it; answers its address. Raises OSError where it does not."""
        if self._account is not None:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        data, port = self._folder / "data", _free_port()
        initdb = [str(self._programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        initdb += ["-E", "UTF8", "--no-locale", "--no-sync"]
        made = subprocess.run(initdb, capture_output=True, **self._how())
        if made.returncode:
            raise OSError(f"initdb failed: {made.stderr.decode(errors='replace').strip()}")
        settings = [f"listen_addresses={LOOPBACK}", f"port={port}", "max_connections=200"]
        settings += [f"unix_socket_directories={self._folder}", *FAST_NOT_SAFE]
        parts = [part for setting in settings for part in ("-c", setting)]
        with (self._folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [self._programs / "postgres", "-D", data, *parts],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C for the tests is no Ctrl-C for the server
                **self._how(),
            )
        self._wait(port)
        return f"postgresql+psycopg://postgres@{LOOPBACK}:{port}/postgres"

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)  # its "fast shutdown"
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, port: int) -> None:
        patience = time.monotonic() + START_SECONDS
        ask = [str(self._programs / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port)]
        while subprocess.run(ask, cwd=self._folder).returncode:
            ended = self._server is None or self._server.poll() is not None
            if ended or time.monotonic() > patience:
                raise OSError(f"PostgreSQL did not start; see {self._folder / 'log'}")
            time.sleep(0.05)

    def _how(self) -> dict[str, Any]:
        """Where and as whom the programs run: PostgreSQL refuses root."""
        place: dict[str, Any] = {"cwd": self._folder}
        if self._account is None:
            return place
        account = self._account
        return {**place, "user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def available_cluster() -> TemporaryCluster | None:
    """A cluster that can be started, or None where the programs or a user for them are missing."""
    programs = find_programs()
    if programs is None or (os.geteuid() == 0 and _account() is None):
        return None
    return TemporaryCluster(programs)


def find_programs() -> Path | None:
    """The folder of initdb and postgres: Debian's newest, else that of the PATH."""
    versions = sorted(DEBIAN_PROGRAMS.glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _account() -> pwd.struct_passwd | None:
    """Whom root runs the server as; None for who is not root, or where there is nobody."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
