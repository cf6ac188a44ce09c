"""`tacoord serve`: the web pages, and with them, if asked, the jobs process."""

import os
import socket
import sys
from contextlib import closing

import click

from tacoord.cli.care import advice
from tacoord.cli.family import Family
from tacoord.cli.ready import require_database
from tacoord.cli.whole_number import WholeNumber
from tacoord.config import Settings
from tacoord.errors import ConfigurationError

MOST_WORKERS = 64


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=WholeNumber(1, 65535), default=8000, show_default=True)
@click.option(
    "--workers", type=WholeNumber(1, MOST_WORKERS), default=2, show_default=True,
    help="Processes that answer, four requests at a time each.",
)  # fmt: skip
@click.option("--with-jobs", is_flag=True, help="Start the jobs process too, and end it with us.")
def serve(host: str, port: int, workers: int, with_jobs: bool) -> int:
    """Serve the web pages and the API until the process is asked to end."""
    settings = Settings.from_environment(os.environ)  # a wrong setting is told here, once
    refuse_taken(host, port)
    require_database(settings)
    for sentence in advice(settings):
        click.echo(f"tacoord: {sentence}", err=True)
    web = [sys.executable, "-m", "tacoord.cli.gunicorn", host, str(port), str(workers)]
    if not with_jobs:
        sys.stdout.flush()
        os.execv(web[0], web)
    with Family() as family:
        started = family.start("jobs", [sys.executable, "-m", "tacoord.cli", "jobs", "run"])
        family.start("web", [*web, started.isoformat()])
        return family.watch(restart="jobs")


def refuse_taken(host: str, port: int) -> None:
    """Raise ConfigurationError where nobody can listen at this address."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with closing(socket.socket(family, kind, number)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen at {host} port {port}: {error.strerror or error}"
        ) from None
