"""How much of each pool was sold, hour by hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import plotly.graph_objects as go

from api.charts.look import AWAY, HATCH, Figure, colour_bar, label, labels, look
from api.charts.time_axis import MILLISECOND, Steps, stretches


class Hours(Protocol):
    """Units of a pool that there are, and that are away, step by step."""

    @property
    def capacity(self) -> Sequence[int]: ...

    @property
    def away(self) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolHours:
    """One pool, step by step: units on sale, sold, and away for maintenance."""

    id: str
    name: str
    unit: str
    capacity: Sequence[int]
    sold: Sequence[int]
    away: Sequence[int]


def capacity_map(steps: Steps, pools: Sequence[PoolHours]) -> Figure:
    """Sold over capacity, pool by step; hatched where nobody works, or units are away."""
    names = list(labels((one.id, one.name) for one in pools).values())
    shares = [
        [
            min(100.0 * sold / there, 100.0) if there else np.nan
            for there, sold in zip(one.capacity, one.sold, strict=True)
        ]
        for one in pools
    ]
    figure = go.Figure(
        go.Heatmap(
            x=steps.middles(),
            y=names,
            z=np.array(shares) if shares else [],  # Plotly packs an array
            text=[_words(one) for one in pools],
            hovertemplate="<b>%{y}</b><br>%{x|%a %d %b %H:%M} UTC<br>%{text}<extra></extra>",
            colorscale="Cividis",
            zmin=0,
            zmax=100,
            ygap=5,
            hoverongaps=True,
            colorbar=colour_bar("sold", len(names)),
        )
    )
    for overlay in hatching(steps, names, pools):
        figure.add_trace(overlay)
    figure.update_layout(**look(70 + 58 * len(names)), barmode="overlay", bargap=0.1)
    figure.update_xaxes(**steps.days(), showgrid=False, range=steps.ends())
    figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True)
    return figure


def _words(one: PoolHours) -> list[str]:
    unit = label(one.unit)
    words = []
    for there, sold, away in zip(one.capacity, one.sold, one.away, strict=True):
        said = f"{sold} of {there} {unit} units sold, {sold / there:.0%}" if there else "nothing"
        if not there:
            said = "nothing on sale: " + ("all units away" if away else "closed")
        words.append(said + (f"; {away} away for maintenance" if away else ""))
    return words


def hatching(steps: Steps, names: Sequence[str], pools: Sequence[Hours]) -> list[go.Bar]:
    """Over each pool's row of a map, where it is closed and where units are away."""
    closed = [
        [not there and not away for there, away in zip(one.capacity, one.away, strict=True)]
        for one in pools
    ]
    gone = [[away > 0 for away in one.away] for one in pools]
    overlays = []
    for name, pattern, masks in (
        ("closed", ".", closed),
        ("units away for maintenance", "/", gone),
    ):
        found = [
            (row, first, end)
            for row, mask in zip(names, masks, strict=True)
            for first, end in stretches(mask[: steps.count])
        ]
        if found:
            overlays.append(_hatched(steps, name, pattern, found))
    return overlays


def _hatched(
    steps: Steps, name: str, pattern: str, found: Sequence[tuple[str, int, int]]
) -> "go.Bar":
    """Hatched stretches of time over the heat map; the map beneath answers the pointer."""
    colour = AWAY if pattern == "/" else HATCH
    return go.Bar(
        name=name,
        orientation="h",
        y=[row for row, _, _ in found],
        base=[steps.at(first) for _, first, _ in found],
        x=[(end - first) * (steps.step // MILLISECOND) for _, first, end in found],
        marker={
            "color": "rgba(128,132,140,0.12)",
            "line": {"width": 1 if pattern == "/" else 0, "color": colour},
            "pattern": {"shape": pattern, "fgcolor": colour, "size": 6, "solidity": 0.25},
        },
        hoverinfo="skip",
    )
