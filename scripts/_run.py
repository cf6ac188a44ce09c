"""`scripts/run`: from a bare checkout to a running demo, and its end without leftovers."""

import argparse
import hashlib
import http.client
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from _environment import TACOORD, Lock, install
from _processes import ROOT, Ended, Stop, call, child, clean_environment, guarded

HOST = "127.0.0.1"
SECRET_FILE = "secret_key"
BASE_URL_FILE = "base_url"
PREPARED_FILE = "prepared"
START_SECONDS = 120


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="scripts/run", description="Install tacoord in this folder and start its demo."
    )
    parser.add_argument("--port", type=_port, default=8000, help="port of the web pages (8000)")
    port: int = parser.parse_args().port
    return guarded("scripts/run", lambda: run(port))


def run(port: int) -> int:
    """Install, prepare and serve until a signal comes; answers 0 for that."""
    refuse_taken(port)
    home = make_home(os.environ)
    env = demo_environment(clean_environment(), home=home, port=port)
    note_address(env, home)
    install(Lock.RUN)
    first = not is_prepared(env, home)
    if first:
        prepare(env, home)
    serve = [TACOORD, "serve", "--host", HOST, "--port", str(port), "--with-jobs"]
    try:
        with child(serve, env=env) as server:
            wait_until_healthy(server, port)
            say(f"tacoord answers at {env['TACOORD_BASE_URL']}")
            if not first:
                look_again(env)
            tell(env)
            status = server.wait()
    except Ended:
        say("tacoord has ended.")
        return 0
    raise Stop(f"the server ended by itself (status {status})")


def refuse_taken(port: int) -> None:
    """Raise Stop where another program has the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise Stop(f"port {port} needs rights that you do not have; try --port 8000") from None
        except OSError:
            raise Stop(f"port {port} is in use; choose another with --port") from None


def make_home(environ: Mapping[str, str]) -> Path:
    """The data folder, made where it is missing, with a secret of its own in it."""
    home = Path(environ.get("TACOORD_HOME", "").strip() or ROOT / "instance").expanduser()
    home = home.absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_secret(home / SECRET_FILE)
    return home


def make_secret(file: Path) -> None:
    """Write a new secret that only the owner can read, unless there is one."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(secrets.token_urlsafe(48) + "\n")


def demo_environment(environ: Mapping[str, str], *, home: Path, port: int) -> dict[str, str]:
    """The settings of the demo: the home, and the printed address as the base of all links."""
    own = {"TACOORD_HOME": str(home), "TACOORD_BASE_URL": f"http://{HOST}:{port}"}
    return {**environ, **own}


def note_address(env: Mapping[str, str], home: Path) -> None:
    """Leave the address in the home, so that the links of a command in another terminal lead to this server."""
    (home / BASE_URL_FILE).write_text(env["TACOORD_BASE_URL"] + "\n", encoding="ascii")


def prepare(env: Mapping[str, str], home: Path) -> None:
    """Bring the database up to date, fill it where it is empty, look for overlaps, send digests."""
    say("Preparing the database …")
    tacoord(env, "db", "upgrade")
    tacoord(env, "vocabularies", "load")
    tacoord(env, "demo", "load", "--if-empty")
    look_again(env)
    (home / PREPARED_FILE).write_text(_state_of_checkout(env) + "\n", encoding="ascii")


def look_again(env: Mapping[str, str]) -> None:
    """Flag overlaps that nobody flagged, and send the digests that are due.

    What fails here is said and tried again by the jobs process; the pages can be used without it.
    """
    for arguments in (("overlaps", "sweep"), ("digests", "send")):
        status = call([TACOORD, *arguments], env=env)
        if status:
            say(f"tacoord {' '.join(arguments)} ended with status {status}")


def is_prepared(env: Mapping[str, str], home: Path) -> bool:
    """Whether this version prepared this database before, so that it can be served at once."""
    try:
        found = (home / PREPARED_FILE).read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeError):
        return False
    missing = not env.get("TACOORD_DATABASE_URL") and not (home / "tacoord.sqlite").exists()
    return not missing and found == _state_of_checkout(env)


def _state_of_checkout(env: Mapping[str, str]) -> str:
    """A digest of the database's address, the migrations and the data that is loaded from files."""
    digest = hashlib.sha256(env.get("TACOORD_DATABASE_URL", "").encode())
    for folder in (ROOT / "migrations" / "versions", ROOT / "tacoord" / "data"):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
                digest.update(file.read_bytes())
    return digest.hexdigest()


def tacoord(env: Mapping[str, str], *arguments: str) -> None:
    """Run one command. Raises Stop where it fails."""
    status = call([TACOORD, *arguments], env=env)
    if status:
        raise Stop(f"tacoord {' '.join(arguments)} ended with status {status}")


def tell(env: Mapping[str, str]) -> None:
    """Print what was found, the address, and how to sign in."""
    tacoord(env, "demo", "summary")
    say(f"Open {env['TACOORD_BASE_URL']} in a browser. Ctrl-C ends tacoord.")


def wait_until_healthy(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until /healthz answers. Raises Stop where the server ends or stays silent."""
    patience = time.monotonic() + START_SECONDS
    while not is_healthy(port):
        if server.poll() is not None:
            raise Stop(f"the server could not start (status {server.returncode})")
        if time.monotonic() > patience:
            raise Stop(f"the server did not answer within {START_SECONDS} seconds")
        time.sleep(0.05)


def is_healthy(port: int) -> bool:
    """Whether /healthz answers 200 on this machine's port."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port (1 to 65535)")
    return int(text)
