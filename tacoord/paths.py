"""Where templates, migrations and data are: inside the package (a wheel) or beside it."""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent


def find_folder(name: str, landmark: str, *, package: Path = PACKAGE) -> Path:
    """The folder `name` inside `package`, else beside it, with the file `landmark` in it.

    A wheel carries the folder inside; in a checkout it stands beside. The landmark keeps a
    stranger's folder out: beside an installed package lies all of site-packages.
    Raises FileNotFoundError where neither place has it, which is a broken installation.
    """
    for folder in (package / name, package.parent / name):
        if (folder / landmark).is_file():
            return folder
    raise FileNotFoundError(f"tacoord is not completely installed: {name}/{landmark} is missing")


TEMPLATES: Final = find_folder("templates", "layout.html")
MIGRATIONS: Final = find_folder("migrations", "env.py")
STATIC: Final = PACKAGE / "static"
DATA: Final = PACKAGE / "data"
