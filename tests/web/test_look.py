"""The look: what can be read stays readable, and no page breaks the content security policy."""

import re
from pathlib import Path

import pytest

from tacoord import paths

STYLES = (paths.STATIC / "tacoord.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"(--[a-z0-9-]+): (#[0-9a-f]+);", block))
    for block in re.findall(r":root[^{]*\{([^}]*)\}", STYLES)
)
GROUNDS = ("--paper", "--surface", "--sunk", "--tint")
MARKS = ("--overlap", "--gap", "--request", "--covered", "--stale")
TEXTS = [
    *((text, ground) for text in ("--ink", "--ink-2", "--accent", *MARKS) for ground in GROUNDS),
    *((mark, f"{mark}-fill") for mark in MARKS),
    *(("--ink", f"{mark}-fill") for mark in MARKS),
    *((f"--coverage-ink-{step}", f"--coverage-{step}") for step in range(5)),
    ("--accent-ink", "--accent"),
    ("--accent-ink", "--accent-strong"),
]


def _light_of(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_light_of(one), _light_of(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read_on_its_ground(tokens: dict[str, str]) -> None:
    poor = [pair for pair in TEXTS if _contrast(tokens[pair[0]], tokens[pair[1]]) < 4.5]
    assert not poor


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_border_of_a_control_can_be_seen(tokens: dict[str, str]) -> None:
    for ground in ("--paper", "--surface"):
        assert _contrast(tokens["--control-border"], tokens[ground]) >= 3


def test_dark_has_every_colour_that_light_has() -> None:
    assert DARK.keys() == LIGHT.keys()


def test_the_stylesheet_is_small_and_asks_for_nothing_else() -> None:
    assert len(STYLES.encode()) < 38_000
    assert "url(" not in STYLES
    assert "@import" not in STYLES


def test_no_rule_of_the_stylesheet_is_for_nothing() -> None:
    sources = [*paths.TEMPLATES.rglob("*.html"), *paths.STATIC.glob("*.js")]
    sources += [path for path in paths.PACKAGE.rglob("*.py") if path.parts[-2] != "__pycache__"]
    text = "".join(path.read_text("utf-8") for path in sources)
    named = set(re.findall(r"[\w-]+", text))
    selectors = re.findall(r"([^{}]*)\{", re.sub(r"/\*.*?\*/", "", STYLES, flags=re.S))
    classes = {name for each in selectors for name in re.findall(r"\.([a-z][\w-]*)", each)}
    made = {name for name in classes if f"{name.rpartition('-')[0]}-" in named}  # "mark-" ~ kind
    assert not classes - named - made


def test_the_stylesheet_names_no_left_or_right() -> None:
    sides = re.findall(
        r"(?:margin|padding|border|inset)-(?:left|right)|text-align: (?:left|right)", STYLES
    )
    assert not sides


def _templates() -> list[Path]:
    return [path for path in paths.TEMPLATES.rglob("*.html") if "mail" not in path.parts]


@pytest.mark.parametrize("template", _templates(), ids=lambda path: path.name)
def test_a_template_uses_only_classes_that_there_are(template: Path) -> None:
    sheets = "".join(path.read_text("utf-8") for path in paths.STATIC.glob("*.css"))
    known = set(re.findall(r"\.([a-z][\w-]*)", sheets))
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", " ", template.read_text("utf-8"), flags=re.S)
    words = {word for group in re.findall(r'class="([^"]*)"', plain) for word in group.split()}
    used = {word for word in words if not word.endswith("-")}
    assert not used - known


@pytest.mark.parametrize("template", _templates(), ids=lambda path: path.name)
def test_a_template_has_no_inline_style_or_script(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"<[^>]*\sstyle=", text)
    assert not re.search(r"<[^>]*\son[a-z]+=", text)
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*src=)", text)
