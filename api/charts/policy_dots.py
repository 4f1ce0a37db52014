"""Several policies side by side on each of several rows: sizes of jobs, or teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from api.charts.look import Figure, bars_by_name, label, labels, look
from api.charts.policies import Estimate, hue, mark, whiskers

LANE: Final = 15
"""Pixels that each policy has on a row."""

NAME: Final = 60
"""Letters of a policy's name in a key."""


@dataclass(frozen=True, slots=True)
class Dots:
    """One policy's numbers, row by row; none where it has none."""

    name: str
    estimates: Sequence[Estimate | None]
    words: Sequence[str]  # as people read them


def dots_by_policy(rows: Sequence[tuple[str, str]], policies: Sequence[Dots], unit: str) -> Figure:
    """A mark for each policy on each row (id and name), in a lane of its own, with its interval."""
    names = list(labels(rows).values())
    figure = go.Figure()
    for number, one in enumerate(policies):
        figure.add_trace(
            go.Scatter(
                name=label(one.name, NAME),
                mode="markers",
                orientation="h",
                y=names,
                x=[each.mean if each else None for each in one.estimates],
                error_x=whiskers(one.estimates, hue(number)),
                marker=mark(number),
                offsetgroup=str(number),
                customdata=list(one.words),
                hovertemplate=f"<b>%{{y}}</b><br>{label(one.name)}: %{{customdata}}<extra></extra>",
            )
        )
    lanes = max(len(policies), 2)
    figure.update_layout(**look(64 + (LANE * lanes + 10) * len(names)), scattermode="group")
    bars_by_name(figure, unit)
    figure.update_xaxes(rangemode="tozero", nticks=5)
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=names,
        range=[len(names) - 0.5, -0.5],
        autorange=False,
        showdividers=False,
    )
    for between in range(1, len(names)):
        figure.add_hline(y=between - 0.5, line={"color": "rgba(128,132,140,0.22)", "width": 1})
    return figure
