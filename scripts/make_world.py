"""Write `tacoord/data/world/countries.json`: the outlines of countries, projected and made small.

    python scripts/make_world.py countries-50m.json

The argument is Natural Earth's 1:50m countries as TopoJSON (public domain; the npm package
`world-atlas` holds it; `npm pack world-atlas` fetches it). The projection is Equal Earth, which
keeps areas true, centred so that the map's edge lies in the Bering Strait and the Pacific islands
stand together. A country too small to be seen becomes a point, moved a little where points would
cover each other. Run `make_countries.py` first: the points come from its table.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from math import asin, cos, hypot, radians, sin, sqrt
from pathlib import Path

from country_table import UNOFFICIAL_PARTS
from topojson import Point, Ring, Topology

DATA = Path(__file__).parent.parent / "tacoord" / "data"
WIDTH = 2400
CENTRE = 11.5
NORTH, SOUTH = 83.7, -56.5
COARSENESS = 2.5  # the area, in square units, of the triangles that may go
SMALLEST_ISLAND = 5.0  # in square units, of a country that has larger pieces
SMALLEST_COUNTRY = 34.0  # its largest piece; about 7,000 square kilometres
APART = 15.0  # units between the middles of two points
LEFT_OUT = {"AQ"}


def main(source: Path) -> None:
    """Read the shapes, write the file, and say how large it is."""
    with (DATA / "vocabularies" / "country.csv").open(encoding="utf-8", newline="") as file:
        countries = list(csv.DictReader(file))
    code_of = {row["m49"]: row["code"] for row in countries if row["m49"]}
    topology = Topology(source)
    rings = topology.rings_by_country(
        lambda piece: (
            code_of.get(piece.get("id", "")) or UNOFFICIAL_PARTS.get(piece["properties"]["name"])
        )
    )
    points = {row["code"]: on_map(float(row["lon"]), float(row["lat"])) for row in countries}
    arcs = [simplified(arc) for arc in topology.arcs]
    paths: dict[str, str] = {}
    for code in sorted(rings.keys() - LEFT_OUT):
        outlines = [projected(topology.ring(numbers, arcs)) for numbers in rings[code]]
        if max(abs(area(outline)) for outline in outlines) >= SMALLEST_COUNTRY:
            paths[code] = path_of(outlines)
    small = {code: point for code, point in points.items() if code not in paths}
    points |= spread(small)
    document = {
        "width": WIDTH,
        "height": round(on_map(CENTRE, SOUTH)[1]),
        "paths": paths,
        "points": {code: [round(x), round(y)] for code, (x, y) in sorted(points.items())},
    }
    target = DATA / "world" / "countries.json"
    target.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(paths)} outlines, {len(small)} points, {target.stat().st_size} bytes")


def equal_earth(lon: float, lat: float) -> Point:
    """Equal Earth (Šavrič, Patterson, Jenny 2018) on a globe of radius 1; degrees in."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = asin(sqrt(3) / 2 * sin(radians(lat)))
    slope = a1 + 3 * a2 * theta**2 + theta**6 * (7 * a3 + 9 * a4 * theta**2)
    x = 2 * sqrt(3) * radians(lon) * cos(theta) / (3 * slope)
    return x, theta * (a1 + a2 * theta**2 + theta**6 * (a3 + a4 * theta**2))


SCALE = WIDTH / (2 * equal_earth(180, 0)[0])
DEGREE = radians(1) * SCALE
TOP = equal_earth(0, NORTH)[1]


def on_map(lon: float, lat: float, *, turn: float | None = None) -> Point:
    """Units to the right and down; `turn` adds whole turns for a ring that crosses the edge."""
    if turn is None:
        turn = whole_turns(lon)
    x, y = equal_earth(lon - CENTRE + turn, max(lat, SOUTH + 0.5))
    return WIDTH / 2 + x * SCALE, (TOP - y) * SCALE


def whole_turns(lon: float) -> float:
    """What to add to a longitude so that it lies within half a turn of the centre."""
    return -360.0 * round((lon - CENTRE) / 360)


def projected(ring: Ring) -> Ring:
    """A ring on the side of the map where its middle is, whole even where it crosses the edge."""
    middle = (min(lon for lon, _ in ring) + max(lon for lon, _ in ring)) / 2
    turn = whole_turns(middle)
    return [on_map(lon, lat, turn=turn) for lon, lat in ring]


def area(ring: Ring) -> float:
    """Signed area of a ring."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def path_of(outlines: list[Ring]) -> str:
    """SVG path data in whole units, without the islands that nobody would see."""
    largest = max(abs(area(outline)) for outline in outlines)
    floor = min(SMALLEST_ISLAND, largest)
    return "".join(
        "".join(commands(outline[:-1])) for outline in outlines if abs(area(outline)) >= floor
    )


def simplified(arc: Ring) -> Ring:
    """Visvalingam: drop the point of the smallest triangle until all are large enough.

    Done arc by arc, ends kept, so that neighbours keep one border. Areas are true on the globe.
    """
    points = list(arc)
    flat = [(lon * cos(radians(lat)) * DEGREE, lat * DEGREE) for lon, lat in points]
    while len(points) > 4:
        sizes = [abs(area([*flat[i - 1 : i + 2], flat[i - 1]])) for i in range(1, len(flat) - 1)]
        smallest = min(sizes)
        if smallest >= COARSENESS:
            break
        # Small ones go many at a time, but never two neighbours, whose triangles overlap.
        limit, last = max(smallest, COARSENESS / 8), -1
        for i, size in enumerate(sizes, 1):
            if size <= limit and last != i - 1:
                last = i
                points[i] = flat[i] = None  # type: ignore[call-overload]
        points = [point for point in points if point is not None]
        flat = [point for point in flat if point is not None]
    return points


def commands(points: Ring) -> Iterator[str]:
    """One closed subpath: an absolute start, then steps."""
    whole = [(round(x), round(y)) for x, y in points]
    yield f"M{whole[0][0]} {whole[0][1]}l"
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(whole) if a != b]
    text = " ".join(f"{dx} {dy}" for dx, dy in steps)
    yield text.replace(" -", "-") + "z"


def spread(points: dict[str, Point]) -> dict[str, Point]:
    """The points pushed apart, in small steps, until none covers another."""
    places = {code: list(point) for code, point in sorted(points.items())}
    codes = list(places)
    for _ in range(200):
        moved = False
        for i, first in enumerate(codes):
            for second in codes[i + 1 :]:
                moved |= push(places[first], places[second])
        if not moved:
            break
    return {code: (x, y) for code, (x, y) in places.items()}


def push(one: list[float], other: list[float]) -> bool:
    """Move two places apart by a part of what they lack; False where they are apart enough."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    distance = hypot(dx, dy) or 0.01
    lack = APART - distance
    if lack <= 0.1:
        return False
    step = lack / 4 / distance
    one[0] -= dx * step
    one[1] -= dy * step
    other[0] += dx * step
    other[1] += dy * step
    return True


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
