"""Guards of the house that no other tool knows: they read the files that git tracks."""

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

LONGEST_FILE = 500
MIGRATIONS = "versions"  # their length is that of the tables
COUNTED = frozenset({".py", ".html", ".css", ".js", ".md"})
NEEDED = ("CHANGELOG.md", "LICENSE", "README.md", "requirements.lock", "requirements-dev.lock")
# The parts are joined here so that this file does not hold what it looks for.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("rubygems", "org"),
    )
)


def problems(root: Path) -> list[str]:
    """What is wrong in the checkout at `root`, a line each, in the order of the files."""
    files = tracked_files(root)
    found = [f"{name}: is missing" for name in NEEDED if not (root / name).is_file()]
    places = machine_places(root)
    for file in files:
        name = file.relative_to(root).as_posix()
        text = read_text(file)
        if text is not None:
            found += (f"{name}: {what}" for what in problems_of(file, text, places))
    return found


def problems_of(file: Path, text: str, places: Iterable[str]) -> Iterator[str]:
    """What is wrong with one file."""
    lines = text.count("\n")
    if file.suffix in COUNTED and file.parent.name != MIGRATIONS and lines > LONGEST_FILE:
        yield f"has {lines} lines, more than {LONGEST_FILE}: split it by subject"
    for host in REGISTRIES:
        if re.search(rf"(?<![\w.-])(?:[\w-]+\.)*{re.escape(host)}\b", text):
            yield f"names the package registry {host}"
    for place in places:
        if re.search(rf"(?<![\w./-]){re.escape(place)}(?![\w-])", text):
            yield f"names a folder of this machine ({place})"


def machine_places(root: Path) -> list[str]:
    """Folders that mean something on this machine only: the checkout and the home."""
    places = {root, root.parent, Path.home()}
    return sorted(
        str(place) for place in places if place not in {Path("/"), Path(tempfile.gettempdir())}
    )


def tracked_files(root: Path) -> list[Path]:
    """The files that git tracks and that are there, sorted by name."""
    command = ["git", "-C", str(root), "ls-files", "-z"]
    listing = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [root / name for name in sorted(listing.split("\0")) if (root / name).is_file()]


def read_text(file: Path) -> str | None:
    """The text of a file, or None where it is a picture or other bytes."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
