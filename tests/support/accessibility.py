"""What the axe engine says of a page that is open in a browser."""

from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS: Final = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
    # Of all else that it looked at, it would describe each place of the page.
    "resultTypes": ["violations"],
}
ENGINE: Final = Axe().axe_script
ASKED: Final = "options => typeof axe === 'undefined' ? null : axe.run(document, options)"
"""Asked in one go: another page may come between two questions."""


def violations(page: Page) -> list[str]:
    """A line for each rule of WCAG 2.2 A and AA that the page breaks, with the first places."""
    answer = page.evaluate(ASKED, OPTIONS)
    if answer is None:
        page.evaluate(ENGINE)
        answer = page.evaluate(ASKED, OPTIONS)
    found = answer["violations"]
    return [f"{each['id']}: {each['help']}: {_places(each['nodes'])}" for each in found]


def _places(nodes: list[dict[str, list[object]]]) -> str:
    return "; ".join(str(node["target"]) for node in nodes[:3])
