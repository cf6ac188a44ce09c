"""What runs by the clock, and when; how each is run stands in `tacoord.jobs`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from tacoord.errors import N_

LOOK_AGAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """about: what the job does, marked for translation. every: how often it is asked.

    at: for nightly jobs the hour in UTC after which a day's one run is due.
    """

    about: str
    every: timedelta = LOOK_AGAIN
    at: time | None = None


SCHEDULE: Final[Mapping[str, Hours]] = {
    "heartbeat": Hours(N_("Say that the jobs process is alive"), timedelta(seconds=30)),
    "imports": Hours(N_("Import the files that wait"), timedelta(seconds=5)),
    "digests": Hours(N_("Send the digests that are due, and mail that waits")),
    "password-links": Hours(
        N_("Send links to set a password to those who asked for one"), timedelta(seconds=5)
    ),
    "overlaps": Hours(N_("Compare the projects that changed with all others"), at=time(1, 30)),
    "gaps": Hours(N_("Look where help is missing, and note what is new"), at=time(2, 30)),
    "cleanup": Hours(
        N_("Delete kept answers, counted sign-ins and links that are over"), at=time(3, 40)
    ),
}
