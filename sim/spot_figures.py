"""Spot's charts: price, supply and use of a pool, tick by tick. Floats are for drawing only."""

from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pricing.units import MICRO
from sim.chart_look import BLUE, GREEN, GRID, INK, ORANGE, Figure, look
from sim.findings import credits_text
from sim.history import SpotSeries, SpotStory


def spot_ticks(story: SpotStory, one: SpotSeries) -> Figure:
    """Above: the price, the controller's part of it, and the reserve price. Beneath: the units
    for spot, those wanted, and those that ran. All of them steps, tick by tick."""
    times = [f"{story.start + k * story.tick:%Y-%m-%dT%H:%M}" for k in range(len(one.price_ucr))]
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.5, 0.5], vertical_spacing=0.08)
    ends = [times[0], times[-1]] if times else []
    reserve = one.pool.reserve_ucr / MICRO
    floor = {"dash": "dot", "color": ORANGE, "width": 2}
    figure.add_trace(
        go.Scatter(
            x=ends,
            y=[reserve] * len(ends),
            name="reserve price",
            mode="lines",
            line=floor,
            showlegend=True,
            hoverinfo="skip",
        ),
        row=1,
        col=1,
    )
    money = "%{x|%a %d %b %H:%M} UTC<br>%{text} credits a unit-hour<extra></extra>"
    figure.add_trace(
        _steps("price", times, [p / MICRO for p in one.price_ucr.tolist()], BLUE, 1.6)
        .update(text=[credits_text(p, 4) for p in one.price_ucr.tolist()])
        .update(hovertemplate=money),
        row=1,
        col=1,
    )
    for name, colour, units, more in (
        ("running", BLUE, one.used, {"fill": "tozeroy", "fillcolor": "rgba(0,114,178,0.3)"}),
        ("wanted", GREEN, one.wanted, {}),
        ("for spot", INK, one.supply, {}),
    ):
        trace = _steps(name, times, units.tolist(), colour, 1.2)
        trace.update(hovertemplate=f"%{{x|%a %d %b %H:%M}} UTC<br>%{{y:,}} {name}<extra></extra>")
        figure.add_trace(trace.update(more), row=2, col=1)
    figure.update_layout(**look(340))
    figure.update_layout(margin={"l": 46, "r": 8, "t": 8, "b": 36})
    figure.update_xaxes(type="date", tickformat="%d %b", nticks=6, tickangle=0, gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, rangemode="tozero", nticks=4)
    return figure


def _steps(
    name: str, times: list[str], heights: list[Any], colour: str, width: float
) -> go.Scatter:
    line = {"shape": "hv", "color": colour, "width": width}
    return go.Scatter(x=times, y=heights, name=name, mode="lines", line=line, showlegend=True)
