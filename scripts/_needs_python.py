"""Stops with one line where Python is too old; written so that any Python 3 can read it."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the one place that an older Python reads
    sys.exit(
        "tacoord needs Python 3.11 or newer; this is Python {}.{}. "
        "Start the script with a newer one, as in: python3.11 {}".format(
            sys.version_info[0], sys.version_info[1], " ".join(sys.argv)
        )
    )
