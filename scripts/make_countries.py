"""Write the vocabularies `region` (UN M49) and `country` (ISO 3166-1) from Babel's names and codes.

    python scripts/make_countries.py countries-50m.json

The argument is Natural Earth's 1:50m countries as TopoJSON (public domain; the npm package
`world-atlas` holds it): it gives each country the point where a mark or a circle is drawn. The
grouping by region is the table below; Babel has the codes and the names, but no grouping.
"""

from __future__ import annotations

import csv
import sys
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from babel import Locale
from babel.core import get_global
from country_table import (
    COUNTRIES_OF,
    OTHER_NAMES,
    POINTS,
    REGION_TREE,
    SMALL_ISLAND_STATES,
    UNOFFICIAL_PARTS,
)
from topojson import Ring, Topology

VOCABULARIES = Path(__file__).parent.parent / "tacoord" / "data" / "vocabularies"
RETIRED_ALPHA3 = {"ZAR", "DDR", "FXX", "BUR", "TMP", "YMD"}
RETIRED_NUMERIC = {"278", "280", "230", "249", "736", "720", "886"}
COMMON = ["code", "parent", "label", "sort", "source"]
OF_COUNTRY = ["region", "iso3", "m49", "small_island_state", "lon", "lat", "other_names"]
M49, ISO = "United Nations M49", "ISO 3166-1"


def main(shapes: Path) -> None:
    """Write both files beside the other vocabularies."""
    names = Locale("en").territories
    with _open("region") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COMMON, "kind"])
        for sort, (code, parent, kind) in enumerate(REGION_TREE, 1):
            label = names[code][0].upper() + names[code][1:]
            writer.writerow([code, parent, label, sort, M49, kind])
    points = centre_points(shapes) | POINTS
    alpha3, numeric = _codes(RETIRED_ALPHA3, 3), _codes(RETIRED_NUMERIC, 3, digits=True)
    region_of = {code: region for region, codes in COUNTRIES_OF.items() for code in codes.split()}
    with _open("country") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COMMON, *OF_COUNTRY])
        for sort, code in enumerate(sorted(region_of, key=lambda c: _sort_key(names[c])), 1):
            lon, lat = points[code]
            island = "yes" if code in SMALL_ISLAND_STATES.split() else ""
            source = ISO if code != "XK" else "user-assigned code"
            row = [code, "", names[code], sort, source, region_of[code]]
            row += [alpha3[code], numeric[code], island, f"{lon:g}", f"{lat:g}"]
            writer.writerow([*row, OTHER_NAMES.get(code, "")])


def centre_points(shapes: Path) -> dict[str, tuple[float, float]]:
    """The middle of the largest piece of each country that has a shape."""
    numeric = _codes(RETIRED_NUMERIC, 3, digits=True)
    by_number = {number: code for code, number in numeric.items() if number}
    topology = Topology(shapes)
    rings = topology.rings_by_country(
        lambda piece: (
            by_number.get(piece.get("id", "")) or UNOFFICIAL_PARTS.get(piece["properties"]["name"])
        )
    )
    return {
        code: _middle(max((topology.ring(r) for r in numbers), key=lambda r: abs(_area(r))))
        for code, numbers in rings.items()
    }


def _area(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def _middle(ring: Ring) -> tuple[float, float]:
    area, x, y = _area(ring), 0.0, 0.0
    for a, b in pairwise(ring):
        cross = a[0] * b[1] - b[0] * a[1]
        x, y = x + (a[0] + b[0]) * cross, y + (a[1] + b[1]) * cross
    return round(x / (6 * area), 2), round(y / (6 * area), 2)


def _codes(retired: set[str], length: int, *, digits: bool = False) -> dict[str, str]:
    """Alpha-2 code -> the alpha-3 or numeric code of today."""
    aliases = get_global("territory_aliases")
    found = {
        codes[0]: alias
        for alias, codes in aliases.items()
        if len(alias) == length
        and alias.isdigit() is digits
        and len(codes) == 1
        and alias not in retired
    }
    return found | {"XK": ""}  # user-assigned: it has no other code


def _sort_key(name: str) -> str:
    return name.replace("Å", "A").replace("ô", "o").replace("ã", "a").replace("ü", "u").casefold()


def _open(vocabulary: str) -> TextIO:
    return (VOCABULARIES / f"{vocabulary}.csv").open("w", encoding="utf-8", newline="")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
