"""How each team's orders ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from api.charts.look import BLUE, GREEN, ORANGE, Figure, bars_by_name, label, labels, look, marker

_LOOKS: Final = {  # colour, pattern
    "won": (BLUE, ""),
    "outbid": (ORANGE, ""),
    "unfit": ("#56b4e9", "/"),
    "not-found": ("#56b4e9", "\\"),
    "below-reserve": ("#f0e442", ""),
    "cap": ("#cc79a7", ""),
    "budget": ("#cc79a7", "x"),
    "refused": ("#d55e00", ""),
    "expired": ("#8a8f98", "/"),
    "failed": ("#d55e00", "x"),
    "cancelled": ("#b9bdc4", ""),
    "released": (GREEN, "\\"),
    "open": ("#d9dce1", "."),
}


@dataclass(frozen=True, slots=True)
class TeamEndings:
    """How many of one team's orders ended in which way."""

    id: str
    name: str
    counts: Mapping[str, int]


def endings_by_team(endings: Sequence[str], teams: Sequence[TeamEndings]) -> Figure:
    """Every team's orders by how they ended, stacked in the order of ``endings``."""
    names = list(labels((one.id, one.name) for one in teams).values())
    figure = go.Figure()
    for ending in endings:
        colour, pattern = _LOOKS.get(ending, ("#999999", "-"))
        shown = label(ending)
        figure.add_trace(
            go.Bar(
                name=shown,
                orientation="h",
                y=names,
                x=[one.counts.get(ending, 0) for one in teams],
                marker=marker(colour, pattern),
                hovertemplate=f"<b>%{{y}}</b><br>%{{x:,}} {shown}<extra></extra>",
            )
        )
    figure.update_layout(**look(70 + 30 * len(teams)), barmode="stack")
    bars_by_name(figure, "orders")
    return figure
