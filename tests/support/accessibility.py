"""What the axe engine says of a page that is open in a browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def violations(page: Page) -> list[str]:
    """A line for each rule of WCAG 2.2 A and AA that the page breaks, with the first places."""
    options = {"runOnly": {"type": "tag", "values": list(RULES)}}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{each['id']}: {each['help']}: {_places(each['nodes'])}" for each in found]


def _places(nodes: list[dict[str, list[object]]]) -> str:
    return "; ".join(str(node["target"]) for node in nodes[:3])
