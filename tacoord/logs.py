"""Lines of the log: nobody can make one up by what they send, and each says when, in UTC."""

import logging
import sys
import time
from typing import Final

_FORM: Final = "%(asctime)sZ %(levelname)s %(name)s: %(message)s"
_NEXT: Final = "\n    | "


class SafeFormatter(logging.Formatter):
    """One line an event; what spans several, such as a traceback, is set in, so that no part looks like an event."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(_FORM, "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The event as text; signs that cannot be seen are written as escapes."""
        lines = super().format(record).splitlines()
        return _NEXT.join("".join(map(_seen, line)) for line in lines)


def write_to_standard_error() -> None:
    """Let everything of tacoord be logged there, in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter())
    logging.getLogger("tacoord").handlers = [handler]


def _seen(sign: str) -> str:
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode()
