"""How far long work is: a bar on a terminal, plain lines elsewhere; always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

import click

_BAR: Final = 30
_EVERY_SECONDS: Final = 10.0
_REDRAW_SECONDS: Final = 0.1


class Progress:
    """Shows stages one after the other, with a rate and the remaining time.

    Called with the stage, how much is done and how much there is (None where that is not known yet).
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._terminal = sys.stderr.isatty()
        self._stage = ""
        self._began = self._shown = 0.0

    def __call__(self, stage: str, done: int, whole: int | None) -> None:
        """Show where the stage is, not too often."""
        now = self._clock()
        if stage != self._stage:
            self.finish()
            self._stage, self._began, self._shown = stage, now, 0.0 if self._terminal else now
        ended = whole is not None and done >= whole
        pause = _REDRAW_SECONDS if self._terminal else _EVERY_SECONDS
        if not ended and now - self._shown < pause:
            return
        self._shown = now
        text = self._text(done, whole, now - self._began)
        click.echo(f"\r\x1b[K{text}" if self._terminal else text, err=True, nl=not self._terminal)

    def finish(self) -> None:
        """Leave the bar's line."""
        if self._terminal and self._stage:
            click.echo("", err=True)
        self._stage = ""

    def _text(self, done: int, whole: int | None, seconds: float) -> str:
        rate = done / seconds if seconds > 0 else 0.0
        parts = [f"{self._stage}: {done:,}" + (f" of {whole:,}" if whole else "")]
        if whole and self._terminal:
            filled = _BAR * min(done, whole) // whole
            parts.append("[" + "#" * filled + "." * (_BAR - filled) + "]")
        if rate:
            parts.append(f"{rate:,.0f}/s")
        if rate and whole and done < whole:
            parts.append(f"{(whole - done) / rate:,.0f} s left")
        return "  ".join(parts)
