"""The lines of the queue: one a pair, and one for many pairs that are nearly equal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tacoord.matching.words import normalise
from tacoord.models import Overlap

MOST_UNFOLDED: Final = 3
"""So many pairs of one project, or with the same two titles, stand by themselves on a page."""

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the queue. countries: names of those that both share, else of either. more: pairs folded into it."""

    overlap: Overlap
    countries: Sequence[str]
    more: int = 0


def lines_of(rows: Sequence[Overlap], countries: Mapping[str, str], *, fold: bool) -> list[Line]:
    """The lines of some pairs in their order; the first pair of a group stands for the rest where `fold` is set.

    countries: the name of each code.
    """
    groups = _groups(rows) if fold else {}
    heads: dict[Group, int] = {}
    lines: dict[int, Line] = {}
    for row in rows:
        group = groups.get(row.id)
        if group is not None and group in heads:
            head = heads[group]
            lines[head] = replace(lines[head], more=lines[head].more + 1)
            continue
        if group is not None:
            heads[group] = row.id
        lines[row.id] = Line(row, _countries(row, countries))
    return list(lines.values())


def _groups(rows: Sequence[Overlap]) -> dict[int, Group]:
    """The group of each pair that is in a large one: those with the same two titles, else those of one project."""
    titled = {row.id: _titles(row) for row in rows}
    same = Counter(titled.values())
    found = {row.id: titled[row.id] for row in rows if same[titled[row.id]] > MOST_UNFOLDED}
    rest = [row for row in rows if row.id not in found]
    times = Counter(one for row in rest for one in (row.first_id, row.second_id))
    for row in rest:
        busiest = max(row.first_id, row.second_id, key=lambda project_id: times[project_id])
        if times[busiest] > MOST_UNFOLDED:
            found[row.id] = (str(busiest),)
    return found


def _titles(overlap: Overlap) -> Group:
    return tuple(sorted(normalise(one.title).strip() for one in (overlap.first, overlap.second)))


def _countries(overlap: Overlap, names: Mapping[str, str]) -> list[str]:
    one, other = (set(side.codes("country")) for side in (overlap.first, overlap.second))
    return sorted(names.get(code, code) for code in (one & other or one | other))
