"""What a time-box costs by the hour at which it starts, and which starts are cheapest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from api.charts.look import BLUE, GREEN, ORANGE, Figure, look
from pricing.shown import price_shown
from pricing.units import MICRO

HEIGHT: Final = 260


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCost:
    """A free start, and what the time-box costs there: by the newest prices, and by the middle of
    past cycles; None where neither tells."""

    at: str
    now_ucr: int | None
    expected_ucr: int | None
    cheapest: bool

    @property
    def cost_ucr(self) -> int | None:
        """The best that is known."""
        return self.now_ucr if self.expected_ucr is None else self.expected_ucr


def cost_by_start(starts: Sequence[StartCost], value_ucr: int | None) -> Figure:
    """Both costs over the starts, the cheapest ones marked, and the value as a line."""
    figure = go.Figure()
    for name, colour, dash, costs in (
        ("by the newest prices", GREEN, "dot", [one.now_ucr for one in starts]),
        ("expected, by past cycles", BLUE, "solid", [one.expected_ucr for one in starts]),
    ):
        if any(cost is not None for cost in costs):
            figure.add_trace(_curve(name, colour, dash, [one.at for one in starts], costs))
    marked = [one for one in starts if one.cheapest and one.cost_ucr is not None]
    if marked:
        figure.add_trace(
            go.Scatter(
                name="cheapest starts",
                x=[one.at for one in marked],
                y=[(one.cost_ucr or 0) / MICRO for one in marked],
                text=[price_shown(one.cost_ucr or 0) for one in marked],
                mode="markers",
                marker={"size": 12, "color": BLUE, "line": {"color": BLUE, "width": 1}},
                hovertemplate="start %{x|%a %d %b %H:%M} UTC<br>%{text} credits<extra></extra>",
            )
        )
    if value_ucr is not None and starts:
        figure.add_trace(
            go.Scatter(
                name="your value",
                x=[starts[0].at, starts[-1].at],
                y=[value_ucr / MICRO] * 2,
                mode="lines",
                showlegend=True,
                line={"color": ORANGE, "width": 2, "dash": "dash"},
                hovertemplate=f"your value: {price_shown(value_ucr)} credits<extra></extra>",
            )
        )
    figure.update_layout(**look(HEIGHT))
    figure.update_layout(margin={"l": 56, "r": 8, "t": 8, "b": 44})
    figure.update_xaxes(type="date", tickformat="%H:%M\n%d %b", nticks=8, tickangle=0)
    figure.update_yaxes(rangemode="tozero", nticks=5, title_text="credits", separatethousands=True)
    return figure


def _curve(
    name: str, colour: str, dash: str, times: list[str], costs: Sequence[int | None]
) -> "go.Scatter":
    return go.Scatter(
        name=name,
        x=times,
        y=[None if cost is None else cost / MICRO for cost in costs],
        text=["" if cost is None else price_shown(cost) for cost in costs],
        mode="lines",
        showlegend=True,
        line={"color": colour, "width": 2, "dash": dash},
        hovertemplate=f"start %{{x|%a %d %b %H:%M}} UTC<br>%{{text}} credits {name}<extra></extra>",
    )
