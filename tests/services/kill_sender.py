"""A process of its own that sends digests and is killed the moment the mail server has taken the first copy."""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from tacoord.config import Settings
from tacoord.mail import Letter, Outlet
from tacoord.services.digests.delivery import run_digests
from tests.support.databases import engine_for
from tests.support.steps import steps_on


def main(database_url: str, smtp_url: str, now: str) -> None:
    """Send, and never come to mark what was sent."""
    engine = engine_for(database_url)
    send = Outlet.send

    def send_and_die(outlet: Outlet, letter: Letter) -> None:
        send(outlet, letter)
        os.kill(os.getpid(), signal.SIGKILL)

    Outlet.send = send_and_die  # type: ignore[method-assign]
    settings = Settings(
        home=Path("/nowhere"),
        database_url=database_url,
        secret_key="only for tests",
        base_url="https://tacoord.example.org",
        smtp_url=smtp_url,
        mail_from="tacoord@example.org",
    )
    moment = datetime.fromisoformat(now)
    run_digests(steps_on(lambda: Session(engine)), settings, clock=lambda: moment)


if __name__ == "__main__":
    main(*sys.argv[1:])
