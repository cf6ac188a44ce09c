"""Read the countries of a TopoJSON file as rings of longitude and latitude, merged where asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Ring = list[Point]


class Topology:
    """The arcs of one file, and which of them bound which country."""

    def __init__(self, path: Path) -> None:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        scale, shift = document["transform"]["scale"], document["transform"]["translate"]
        self.arcs = [_decoded(arc, scale, shift) for arc in document["arcs"]]
        self.geometries: list[dict[str, Any]] = document["objects"]["countries"]["geometries"]

    def rings_by_country(
        self, code_of: Callable[[dict[str, Any]], str | None]
    ) -> dict[str, list[list[int]]]:
        """Arc numbers of the outlines of each country, pieces with the same code merged.

        `code_of` says under which code a piece goes, or None to leave it out.
        """
        pieces: dict[str, list[list[int]]] = {}
        for geometry in self.geometries:
            code = code_of(geometry)
            if code is not None and geometry.get("type"):
                pieces.setdefault(code, []).extend(_rings(geometry))
        return {code: _merged(rings, self.arcs) for code, rings in pieces.items()}

    def ring(self, numbers: Iterable[int], arcs: list[Ring] | None = None) -> Ring:
        """The points of one ring, without a jump where it crosses longitude 180.

        `arcs` may be simplified ones in place of the file's own.
        """
        arcs = self.arcs if arcs is None else arcs
        points: Ring = []
        for number in numbers:
            arc = arcs[number] if number >= 0 else arcs[~number][::-1]
            points.extend(arc[1:] if points else arc)
        return _unwrapped(points)


def _unwrapped(points: Ring) -> Ring:
    result = points[:1]
    for lon, lat in points[1:]:
        turns = round((result[-1][0] - lon) / 360)
        result.append((lon + 360 * turns, lat))
    return result


def _decoded(arc: list[list[int]], scale: list[float], shift: list[float]) -> Ring:
    x = y = 0
    points: Ring = []
    for step in arc:
        x, y = x + step[0], y + step[1]
        points.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
    return points


def _rings(geometry: dict[str, Any]) -> list[list[int]]:
    if geometry["type"] == "Polygon":
        return list(geometry["arcs"])
    return [ring for polygon in geometry["arcs"] for ring in polygon]


def _merged(rings: list[list[int]], arcs: list[Ring]) -> list[list[int]]:
    """Rings without the arcs that two pieces of one country share."""
    used = [number for ring in rings for number in ring]
    shared = {number for number in used if ~number in set(used)}
    if not shared:
        return rings
    whole = [ring for ring in rings if not shared.intersection(ring)]
    loose = [n for ring in rings if shared.intersection(ring) for n in ring if n not in shared]
    return whole + _stitched(loose, arcs)


def _stitched(numbers: list[int], arcs: list[Ring]) -> list[list[int]]:
    def ends(number: int) -> tuple[Point, Point]:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        return arc[0], arc[-1]

    waiting, rings = list(numbers), []
    while waiting:
        ring = [waiting.pop(0)]
        while ends(ring[-1])[1] != ends(ring[0])[0]:
            following = next(n for n in waiting if ends(n)[0] == ends(ring[-1])[1])
            waiting.remove(following)
            ring.append(following)
        rings.append(ring)
    return rings
