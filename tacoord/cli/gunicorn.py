"""The web processes: gunicorn around the application. Started by `tacoord serve`, never by hand."""

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from apiflask import APIFlask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from sqlalchemy.exc import DBAPIError

from tacoord.app import create_app
from tacoord.config import Settings
from tacoord.extensions import db
from tacoord.models import Heartbeat
from tacoord.services.upkeep import health

# gunicorn makes files of its own there, which it unlinks at once.
SHARED_MEMORY: Final = "/dev/shm"  # nosec B108
LOOK_SECONDS: Final = 0.05


class Web(BaseApplication):  # type: ignore[misc]
    """Our application with gunicorn's settings; nothing is read from files or the environment."""

    def __init__(self, app: APIFlask, *, host: str, port: int, workers: int) -> None:
        self._app = app
        self._options = options(host, port, workers)
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        """The WSGI application."""
        return self._app


def options(host: str, port: int, workers: int) -> dict[str, Any]:
    """Threads, because most of an answer's time is the database's; short grace, because nobody may wait for the end."""
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": 4,
        "preload_app": True,
        "timeout": 120,
        "graceful_timeout": 1,
        "keepalive": 5,
        "errorlog": "-",
        "loglevel": "warning",
        "control_socket_disable": True,
        "worker_tmp_dir": SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None,
    }


def wait_for_heartbeat(app: APIFlask, after: datetime) -> None:
    """Wait until the jobs process has beaten after a moment. Who started us ends us if that never happens."""
    with app.app_context():
        while not _has_beaten(after):
            time.sleep(LOOK_SECONDS)
        db.engine.dispose()  # the workers are forked from us and must not share a connection


def _has_beaten(after: datetime) -> bool:
    try:
        beat = db.session.get(Heartbeat, health.JOBS)
        return beat is not None and beat.at >= after
    except DBAPIError:
        return False
    finally:
        db.session.remove()


def main(host: str, port: str, workers: str, after: str | None = None) -> None:
    """Serve; with `after`, only once the jobs process is alive."""
    app = create_app(Settings.from_environment(os.environ))
    if after is not None:
        wait_for_heartbeat(app, datetime.fromisoformat(after))
    Web(app, host=host, port=int(port), workers=int(workers)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
