"""`scripts/wheel`: build the wheel, install it far from the checkout, and open a page of it."""

import http.client
import re
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from _environment import PYTHON, Lock, install, install_locked, make_environment, pip
from _processes import ROOT, Stop, call, child, clean_environment, guarded
from _run import HOST, wait_until_healthy


def main() -> int:
    """Build, install and try; 0 where the wheel works."""
    return guarded("scripts/wheel", wheel)


def wheel() -> int:
    """Build the wheel and try it in a folder that knows nothing of the checkout."""
    install(Lock.RUN)
    with tempfile.TemporaryDirectory(prefix="tacoord-wheel-") as place:
        folder = Path(place)
        built = build(folder / "dist")
        print(f"built {built.name} ({built.stat().st_size / 1024:.0f} kB)", flush=True)
        python = make_environment(folder / "venv")
        install_locked(python, ROOT / Lock.RUN)
        pip(python, "--no-deps", "--no-index", str(built))
        try_out(python, folder)
    print("scripts/wheel: the wheel works", flush=True)
    return 0


def build(folder: Path) -> Path:
    """The wheel, built without network by the hatchling of the lock."""
    command = [PYTHON, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    if call(command, env=clean_environment(), stdout=subprocess.DEVNULL):
        raise Stop("the wheel could not be built")
    (built,) = folder.glob("*.whl")
    return built


def try_out(python: Path, folder: Path) -> None:
    """Migrate an empty database, start the server, and open the sign-in page and its style."""
    port = free_port()
    env = {
        **{k: v for k, v in clean_environment().items() if not k.startswith("TACOORD_")},
        "TACOORD_HOME": str(folder / "home"),
        "TACOORD_SECRET_KEY": secrets.token_urlsafe(48),
        "TACOORD_BASE_URL": f"http://{HOST}:{port}",
    }
    is_installed_outside(python, folder, env)
    tacoord = python.with_name("tacoord")
    for command in (["db", "upgrade"], ["db", "check"], ["vocabularies", "load"]):
        if call([tacoord, *command], env=env, cwd=folder):
            raise Stop(f"tacoord {' '.join(command)} failed in the installed wheel")
    serve = [tacoord, "serve", "--host", HOST, "--port", str(port), "--workers", "1", "--with-jobs"]
    with child(serve, env=env, cwd=folder) as server:
        wait_until_healthy(server, port)
        page = fetch(port, "/account/sign-in")
        styles = re.findall(r'<link[^>]+href="(/static/[^"]+\.css[^"]*)"', page)
        if not styles:
            raise Stop("the sign-in page names no style sheet")
        for address in styles:
            fetch(port, address)
        print(f"opened /account/sign-in and {', '.join(styles)}", flush=True)


def is_installed_outside(python: Path, folder: Path, env: Mapping[str, str]) -> None:
    """Raises Stop where the package that would run is not the installed one."""
    ask = [str(python), "-c", "import tacoord; print(tacoord.__file__)"]
    answer = subprocess.run(ask, cwd=folder, env=dict(env), capture_output=True, text=True)
    if not answer.stdout.startswith(str(folder.resolve())):
        raise Stop(f"the installed package is not used, but {answer.stdout or answer.stderr}")


def fetch(port: int, address: str) -> str:
    """The text at an address of the server. Raises Stop for any other answer than 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=20)
    try:
        connection.request("GET", address)
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise Stop(f"{address} answered {answer.status}")
    return text


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
