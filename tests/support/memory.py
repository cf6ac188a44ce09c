"""Folders for the databases of a test run: in memory, where there is room."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

SHARED_MEMORY: Final = Path("/dev/shm")
ROOM: Final = 2 * 1024**3
"""In bytes. A container has 64 MiB in shared memory, a machine half of all that it has."""


def new_folder(name: str) -> Path:
    """An empty folder that whoever asked for it removes. A commit waits for a disk, and never for memory; and copying a
    database, which PostgreSQL keeps in hundreds of files, takes a fifth of the time there.
    """
    return Path(tempfile.mkdtemp(prefix=f"tacoord-{name}-", dir=quick_place()))


def quick_place(memory: Path = SHARED_MEMORY, room: int = ROOM) -> Path | None:
    """`memory`, if it has `room` for us; else None, where temporary files go anyway."""
    if not os.access(memory, os.W_OK):
        return None
    return memory if shutil.disk_usage(memory).free >= room else None
