"""Price, supply and use of a pool, tick by tick."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from api.charts.look import BLUE, GREEN, GRID, INK, ORANGE, Figure, look
from api.charts.time_axis import Steps
from pricing.shown import credits_shown
from pricing.units import MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotTicks:
    """One pool's ticks: the price of a unit-hour, and units for spot, wanted, and running."""

    reserve_ucr: int
    price_ucr: Sequence[int]
    supply: Sequence[int]
    wanted: Sequence[int]
    used: Sequence[int]


def spot_ticks(steps: Steps, one: SpotTicks) -> Figure:
    """Above: the price, and the reserve price. Beneath: the units for spot, those wanted, and
    those that ran. All of them steps, tick by tick."""
    times = steps.begins()
    figure = go.Figure().set_subplots(
        rows=2, shared_xaxes=True, row_heights=[0.5, 0.5], vertical_spacing=0.08
    )
    ends = [times[0], times[-1]] if times else []
    figure.add_trace(
        go.Scatter(
            x=ends,
            y=[one.reserve_ucr / MICRO] * len(ends),
            name="reserve price",
            mode="lines",
            line={"dash": "dot", "color": ORANGE, "width": 2},
            showlegend=True,
            hoverinfo="skip",
        ),
        row=1,
        col=1,
    )
    money = "%{x|%a %d %b %H:%M} UTC<br>%{text} credits a unit-hour<extra></extra>"
    figure.add_trace(
        _curve("price", times, [price / MICRO for price in one.price_ucr], BLUE, 1.6)
        .update(text=[credits_shown(price, 4) for price in one.price_ucr])
        .update(hovertemplate=money),
        row=1,
        col=1,
    )
    for name, colour, units, more in (
        ("running", BLUE, one.used, {"fill": "tozeroy", "fillcolor": "rgba(0,114,178,0.3)"}),
        ("wanted", GREEN, one.wanted, {}),
        ("for spot", INK, one.supply, {}),
    ):
        trace = _curve(name, times, list(units), colour, 1.2)
        trace.update(hovertemplate=f"%{{x|%a %d %b %H:%M}} UTC<br>%{{y:,}} {name}<extra></extra>")
        figure.add_trace(trace.update(more), row=2, col=1)
    figure.update_layout(**look(340))
    figure.update_layout(margin={"l": 46, "r": 8, "t": 8, "b": 36})
    figure.update_xaxes(type="date", tickformat="%d %b", nticks=6, tickangle=0, gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, rangemode="tozero", nticks=4)
    return figure


def _curve(
    name: str, times: list[str], heights: list[Any], colour: str, width: float
) -> "go.Scatter":
    line = {"shape": "hv", "color": colour, "width": width}
    return go.Scatter(x=times, y=heights, name=name, mode="lines", line=line, showlegend=True)
