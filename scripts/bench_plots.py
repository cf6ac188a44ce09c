"""The plots of the matching benchmark, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt

_COLOURS = ["#1b4f8a", "#b3541e", "#3d7a3d", "#7b4b94", "#8a6d1b", "#5c6670"]


def _data(rows: list[dict[str, float | str]]) -> Any:
    return alt.Data(values=rows)


def _save(chart: alt.Chart | alt.LayerChart, path: Path) -> None:
    chart.configure_axis(grid=True, gridColor="#dddddd").configure_view(strokeWidth=0).save(
        str(path)
    )


def precision_recall(curves: Mapping[str, Sequence[tuple[float, float]]], path: Path) -> None:
    """Precision over recall, a line for each tool."""
    rows: list[dict[str, float | str]] = [
        {"tool": tool, "recall": recall, "precision": precision}
        for tool, curve in curves.items()
        for recall, precision in curve
    ]
    chart = (
        alt.Chart(_data(rows), width=520, height=320)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X(
                "recall:Q", scale=alt.Scale(domain=[0, 1]), title="share of the true pairs found"
            ),
            y=alt.Y(
                "precision:Q",
                scale=alt.Scale(domain=[0, 1]),
                title="share of the found pairs that are true",
            ),
            color=alt.Color(
                "tool:N", scale=alt.Scale(range=_COLOURS), sort=list(curves), title=None
            ),
            strokeDash=alt.StrokeDash("tool:N", sort=list(curves), title=None),
        )
    )
    _save(chart, path)


def calibration(bands: Sequence[tuple[float, float, int]], path: Path) -> None:
    """What the score said and what was so."""
    rows: list[dict[str, float | str]] = [
        {"said": said, "so": true, "pairs": count} for said, true, count in bands
    ]
    line = (
        alt.Chart(_data([{"said": 0, "so": 0}, {"said": 1, "so": 1}]), width=340, height=320)
        .mark_line(strokeDash=[4, 4], color="#888888")
        .encode(
            x=alt.X("said:Q", title="score"), y=alt.Y("so:Q", title="share that is one activity")
        )
    )
    points = (
        alt.Chart(_data(rows))
        .mark_circle(color=_COLOURS[0], opacity=1)
        .encode(x="said:Q", y="so:Q", size=alt.Size("pairs:Q", title="pairs"))
    )
    _save(line + points, path)


def growth(runs: Sequence[tuple[int, float]], path: Path) -> None:
    """Seconds over the number of records, both logarithmic."""
    rows: list[dict[str, float | str]] = [
        {"records": count, "seconds": seconds} for count, seconds in runs
    ]
    chart = (
        alt.Chart(_data(rows), width=420, height=280)
        .mark_line(point=True, color=_COLOURS[0])
        .encode(
            x=alt.X("records:Q", scale=alt.Scale(type="log"), title="records"),
            y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), title="seconds"),
        )
    )
    _save(chart, path)
