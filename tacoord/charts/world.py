"""The world map: each country in the colour of its coverage, with a sign and a link."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from markupsafe import Markup

from tacoord.charts.signs import Sign, sign_on_map
from tacoord.paths import DATA

SHAPES: Final = DATA / "world" / "countries.json"


@dataclass(frozen=True, slots=True)
class CountryMark:
    """What the map says of one country.

    step: coverage from 0 to 4 (see `coverage_step`), or None where nothing is known;
    words: the whole of it in the reader's language, shown at the pointer and read aloud.
    """

    step: int | None
    words: str
    href: str | None = None
    signs: Collection[Sign] = ()


def world_map(
    marks: Mapping[str, CountryMark],
    *,
    title: str,
    signs: Sequence[Sign] = tuple(Sign),
) -> Markup:
    """The map as SVG, coloured by `static/charts.css` in light and dark alike.

    marks: by ISO alpha-2 code; a code without a shape or point is left out. Of a country's signs
    the first that stands in `signs` is drawn. Small States are circles. Links are not in the tab
    order: put the table with the same links after the map.
    """
    world = _world()
    known = {code: mark for code, mark in marks.items() if code in world["points"]}
    plain = [code for code in world["points"] if code not in known]
    parts = [Markup('<g class="world-plain">')]
    parts += [_shape(code) for code in plain]
    parts.append(Markup("</g>"))
    parts += [_country(code, mark) for code, mark in known.items() if code in world["paths"]]
    parts += [_country(code, mark) for code, mark in known.items() if code not in world["paths"]]
    parts += _signs(known, signs)
    return Markup(
        '<svg class="world" viewBox="0 0 {width} {height}" role="group" aria-label="{title}">'
        "{parts}</svg>"
    ).format(
        width=world["width"], height=world["height"], title=title, parts=Markup("").join(parts)
    )


def countries_on_map() -> frozenset[str]:
    """The alpha-2 codes that have a shape or a point."""
    return frozenset(_world()["points"])


@cache
def _world() -> dict[str, Any]:
    """width, height, paths (code -> SVG path data) and points (code -> x, y)."""
    world: dict[str, Any] = json.loads(SHAPES.read_text(encoding="utf-8"))
    return world


def _shape(code: str, title: str = "") -> Markup:
    inner = Markup("<title>{}</title>").format(title) if title else Markup("")
    outline = _world()["paths"].get(code)
    if outline is not None:
        return Markup('<path d="{}">{}</path>').format(outline, inner)
    x, y = _world()["points"][code]
    return Markup('<circle cx="{}" cy="{}" r="7">{}</circle>').format(x, y, inner)


def _country(code: str, mark: CountryMark) -> Markup:
    kind = "world-unknown" if mark.step is None else f"world-{min(max(mark.step, 0), 4)}"
    shape = _shape(code, mark.words)
    if mark.href is None:
        return Markup('<g class="{}" role="img" aria-label="{}">{}</g>').format(
            kind, mark.words, shape
        )
    return Markup('<a class="{}" href="{}" tabindex="-1" aria-label="{}">{}</a>').format(
        kind, mark.href, mark.words, shape
    )


def _signs(marks: Mapping[str, CountryMark], shown: Sequence[Sign]) -> Iterator[Markup]:
    for code, mark in marks.items():
        sign = next((sign for sign in shown if sign in mark.signs), None)
        if sign is not None:
            x, y = _world()["points"][code]
            small = code not in _world()["paths"]
            yield Markup(
                '<g transform="translate({} {})" pointer-events="none" aria-hidden="true">{}</g>'
            ).format(x, y, sign_on_map(sign, beside=small))
