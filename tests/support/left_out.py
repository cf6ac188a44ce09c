"""What a run leaves out for want of something, counted; and when that is a failure instead."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import NoReturn

import pytest

POSTGRES = "PostgreSQL is not here (see TACOORD_TEST_POSTGRES_URL)"
CHROMIUM = "no Chromium is here"
MUST_BE_THERE = frozenset({POSTGRES, CHROMIUM})


def leave_out(reason: str) -> NoReturn:
    """Skip the test, or fail it where TACOORD_TEST_ALL=1 and `reason` is in MUST_BE_THERE."""
    if reason in MUST_BE_THERE and os.environ.get("TACOORD_TEST_ALL") == "1":
        pytest.fail(f"TACOORD_TEST_ALL=1, but {reason}", pytrace=False)
    pytest.skip(reason)


class LeftOut:
    """Counts skipped tests by their reason, and writes the counts where scripts/test reads them."""

    def __init__(self, report: Path | None) -> None:
        self._report = report
        self.counts: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called once for each phase of each test, with xdist in the main process."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.counts[_reason(report)] += 1

    def pytest_sessionfinish(self) -> None:
        """The run is over."""
        if self._report is not None:
            self._report.write_text(json.dumps(self.counts), encoding="utf-8")


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
