"""A spot price as it was and as it may be, and a limit over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from api.charts.look import BLUE, ORANGE, QUIET, Figure, look
from pricing.shown import price_shown
from pricing.units import MICRO

HEIGHT: Final = 260
BAND: Final = "rgba(0,114,178,0.18)"


@dataclass(frozen=True, slots=True)
class Known:
    """What a unit-hour cost from a time on."""

    at: str
    price_ucr: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What a unit-hour may cost at a time: nine times of ten between low and high."""

    at: str
    low_ucr: int
    middle_ucr: int
    high_ucr: int


def limit_over_prices(
    known: Sequence[Known], ahead: Sequence[Expected], limit_ucr: int | None
) -> Figure:
    """The price as it was, a band where it may be, and the limit as a line across both."""
    figure = go.Figure()
    hover = "%{x|%a %d %b %H:%M} UTC<br>%{text} credits a unit-hour<extra></extra>"
    if known:
        figure.add_trace(
            go.Scatter(
                name="price",
                x=[one.at for one in known],
                y=[one.price_ucr / MICRO for one in known],
                text=[price_shown(one.price_ucr) for one in known],
                mode="lines",
                showlegend=True,
                line={"shape": "hv", "color": BLUE, "width": 2},
                hovertemplate=hover,
            )
        )
    if ahead:
        figure.add_traces(_band(ahead, hover))
    times = [one.at for one in known] + [one.at for one in ahead]
    if limit_ucr is not None and times:
        figure.add_trace(
            go.Scatter(
                name="your limit",
                x=[times[0], times[-1]],
                y=[limit_ucr / MICRO] * 2,
                mode="lines",
                showlegend=True,
                line={"color": ORANGE, "width": 2, "dash": "dash"},
                hovertemplate=f"your limit: {price_shown(limit_ucr)} credits<extra></extra>",
            )
        )
    figure.update_layout(**look(HEIGHT))
    figure.update_layout(margin={"l": 56, "r": 8, "t": 8, "b": 44})
    figure.update_xaxes(type="date", tickformat="%H:%M\n%d %b", nticks=8, tickangle=0)
    figure.update_yaxes(rangemode="tozero", nticks=5, title_text="credits a unit-hour")
    return figure


def _band(ahead: Sequence[Expected], hover: str) -> list[go.Scatter]:
    times = [one.at for one in ahead]
    low = go.Scatter(
        x=times,
        y=[one.low_ucr / MICRO for one in ahead],
        mode="lines",
        line={"width": 0},
        hoverinfo="skip",
    )
    high = go.Scatter(
        name="nine times of ten",
        x=times,
        y=[one.high_ucr / MICRO for one in ahead],
        mode="lines",
        showlegend=True,
        line={"width": 0, "color": BLUE},
        fill="tonexty",
        fillcolor=BAND,
        hoverinfo="skip",
    )
    middle = go.Scatter(
        name="expected",
        x=times,
        y=[one.middle_ucr / MICRO for one in ahead],
        text=[
            f"{price_shown(one.middle_ucr)}, or {price_shown(one.low_ucr)} to "
            f"{price_shown(one.high_ucr)}"
            for one in ahead
        ],
        mode="lines",
        showlegend=True,
        line={"color": QUIET, "width": 2, "dash": "dot"},
        hovertemplate=hover,
    )
    return [low, high, middle]
