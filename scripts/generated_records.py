"""Generated project records in the shape of `tacoord match`, with the truth of which are one activity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tacoord.demo.many import invent
from tacoord.demo.projects import Invented
from tacoord.demo.words import organisations

TODAY = date(2026, 1, 1)


def records(count: int, *, identifiers: bool = False) -> Iterator[tuple[dict[str, Any], str]]:
    """`count` records with their truth; identifiers are left out unless asked for, as they settle pairs."""
    names = {one.code: one.name for one in organisations()}
    for number, one in enumerate(invent(count, today=TODAY)):
        yield _record(f"g{number:07d}", one, names, identifiers=identifiers), one.truth


def _record(key: str, one: Invented, names: dict[str, str], *, identifiers: bool) -> dict[str, Any]:
    draft = one.draft
    return {
        "id": key,
        "iati_identifier": draft.iati_identifier if identifiers else None,
        "reporting_org": {"ref": one.reporter, "name": names[one.reporter]},
        "title": dict(draft.titles),
        "description": dict(draft.descriptions),
        "countries": [{"code": share.code} for share in draft.countries],
        "sectors": [{"code": sector.code, "vocabulary": "1"} for sector in draft.sectors],
        "pillars": [share.code for share in draft.pillars],
        "measures": sorted(draft.measures),
        "participating_orgs": [
            {"name": part.name, "role": part.role} for part in draft.participants
        ],
        "start": draft.actual_start.isoformat() if draft.actual_start else None,
        "end": draft.planned_end.isoformat() if draft.planned_end else None,
        "budget": [
            {"amount": part.amount_minor / 100, "currency": part.currency} for part in draft.budget
        ],
        "visibility": "public",
    }


def write(path: Path, count: int) -> dict[str, str]:
    """Write `count` records to a JSON Lines file; gives the truth of each id."""
    truth = {}
    with path.open("w", encoding="utf-8") as file:
        for record, activity in records(count):
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            truth[record["id"]] = activity
    return truth


def true_pairs(truth: dict[str, str]) -> set[tuple[str, str]]:
    """The pairs of ids that are one activity, the smaller id first."""
    by_activity: dict[str, list[str]] = {}
    for key, activity in truth.items():
        by_activity.setdefault(activity, []).append(key)
    return {(a, b) for same in by_activity.values() for a in same for b in same if a < b}
