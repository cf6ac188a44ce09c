"""Where folders are found: inside the package first, beside it next, never a stranger's."""

import pytest

from tacoord import paths
from tacoord.paths import find_folder


def lay(folder, name):
    file = folder / "templates" / name
    file.parent.mkdir(parents=True)
    file.write_text("", encoding="utf-8")
    return file.parent


def test_a_wheel_has_it_inside_the_package(tmp_path):
    lay(tmp_path, "layout.html")
    inside = lay(tmp_path / "tacoord", "layout.html")
    assert find_folder("templates", "layout.html", package=tmp_path / "tacoord") == inside


def test_a_checkout_has_it_beside_the_package(tmp_path):
    beside = lay(tmp_path, "layout.html")
    assert find_folder("templates", "layout.html", package=tmp_path / "tacoord") == beside


def test_a_strangers_folder_is_not_ours(tmp_path):
    lay(tmp_path, "theirs.html")
    with pytest.raises(FileNotFoundError, match=r"templates/layout\.html"):
        find_folder("templates", "layout.html", package=tmp_path / "tacoord")


def test_this_checkout_is_complete():
    for folder in (paths.TEMPLATES, paths.MIGRATIONS, paths.STATIC, paths.DATA):
        assert folder.is_dir()
