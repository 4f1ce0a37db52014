"""A pool's spot side: what its price was and may be, and how many units were wanted and ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import plotly.graph_objects as go

from api.charts.forward import reserve_line
from api.charts.look import BLUE, GREEN, GRID, INK, NOW, Figure, look
from pricing.shown import price_shown
from pricing.units import MICRO

BAND: Final = "rgba(0,114,178,0.35)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotSeries:
    """One pool, tick by tick: when, the price of a unit-hour, and units for spot, wanted, running;
    and, hour by hour ahead, between what and what its price will be nine times of ten. Times are
    UTC, as in ``2026-03-02T00:15``; ``ends``: of the picture, and of the last hour ahead."""

    reserve_ucr: int
    at: Sequence[str]
    price_ucr: Sequence[int]
    supply: Sequence[int]
    wanted: Sequence[int]
    used: Sequence[int]
    ahead: Sequence[str]
    low_ucr: Sequence[int]
    middle_ucr: Sequence[int]
    high_ucr: Sequence[int]
    now: str
    ends: tuple[str, str]


def spot_outlook(one: SpotSeries) -> Figure:
    """Above: the price until now, and the band in which it may move from now on. Beneath: units
    for spot, those wanted and those that ran."""
    figure = go.Figure().set_subplots(rows=2, shared_xaxes=True, row_heights=[0.55, 0.45])
    if one.ahead:
        figure.add_trace(_band(one), row=1, col=1)
        ahead = [*one.ahead, one.ends[1]], [*one.middle_ucr, one.middle_ucr[-1]]
        figure.add_trace(_money("as often above as below", *ahead, GREEN), row=1, col=1)
    figure.add_trace(_money("spot price", one.at, one.price_ucr, BLUE), row=1, col=1)
    figure.add_trace(reserve_line(one.ends, one.reserve_ucr), row=1, col=1)
    for name, units, colour, more in (
        ("running", one.used, BLUE, {"fill": "tozeroy", "fillcolor": BAND}),
        ("wanted", one.wanted, GREEN, {}),
        ("for spot", one.supply, INK, {}),
    ):
        trace = _steps(name, one.at, list(units), colour)
        trace.update(hovertemplate=f"%{{x|%a %d %b %H:%M}} UTC<br>%{{y:,}} {name}<extra></extra>")
        figure.add_trace(trace.update(more), row=2, col=1)
    figure.update_layout(**look(380))
    figure.update_layout(margin={"l": 62, "r": 8, "t": 8, "b": 44})
    figure.update_xaxes(type="date", tickformat="%H:%M\n%d %b", tickangle=0)
    figure.update_xaxes(gridcolor=GRID, range=one.ends)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, rangemode="tozero", nticks=4)
    figure.update_yaxes(title={"text": "credits a unit-hour", "font": {"size": 12}}, row=1, col=1)
    figure.update_yaxes(title={"text": "units", "font": {"size": 12}}, row=2, col=1)
    figure.add_vline(x=one.now, line=NOW)
    return figure


def _band(one: SpotSeries) -> "go.Scatter":
    edges = [*one.ahead, one.ends[1]]
    there = [at for pair in pairwise(edges) for at in pair]
    heights = [price for price in one.high_ucr for _ in range(2)]
    heights += [price for price in reversed(one.low_ucr) for _ in range(2)]
    return go.Scatter(
        x=[*there, *reversed(there)],
        y=[height / MICRO for height in heights],
        name="nine times of ten",
        mode="lines",
        line={"color": BAND, "width": 0},
        fill="toself",
        fillcolor=BAND,
        showlegend=True,
        hoverinfo="skip",
    )


def _money(name: str, at: Sequence[str], price_ucr: Sequence[int], colour: str) -> "go.Scatter":
    trace = _steps(name, at, [price / MICRO for price in price_ucr], colour)
    return trace.update(
        text=[price_shown(price) for price in price_ucr],
        hovertemplate=f"%{{x|%a %d %b %H:%M}} UTC<br>{name}: %{{text}}<extra></extra>",
    )


def _steps(name: str, at: Sequence[str], heights: list[Any], colour: str) -> "go.Scatter":
    line = {"shape": "hv", "color": colour, "width": 1.6}
    return go.Scatter(x=at, y=heights, name=name, mode="lines", line=line, showlegend=True)
