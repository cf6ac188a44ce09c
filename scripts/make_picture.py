"""Take the README's picture of the matrix from a demo that is running: `make_picture.py [ADDRESS]`."""

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, ViewportSize

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "docs" / "images" / "matrix.png"
SIZE: Final[ViewportSize] = {"width": 1280, "height": 900}
sys.path.insert(0, str(ROOT))

from tacoord.demo.people import PASSWORD  # noqa: E402 - the checkout is looked in first
from tests.support.chromium import chromium, find_chromium  # noqa: E402


def take(browser: Browser, address: str) -> None:
    """Sign in as the demo's donor and write what the matrix shows first."""
    page = browser.new_page(viewport=SIZE, color_scheme="light")
    page.goto(f"{address}/account/sign-in")
    page.fill("[name=email]", "donor@demo.example")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/coverage")
    page.screenshot(path=PICTURE)


if __name__ == "__main__":
    program = find_chromium()
    if program is None:
        sys.exit("no Chromium on this machine")
    with chromium(program) as opened:
        take(opened, sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
