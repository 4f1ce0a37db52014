"""A pool's mean price, day by day, under each policy that has prices."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from api.charts.look import INK, Figure, label, look
from api.charts.policies import dash, hue, mark
from pricing.shown import price_shown
from pricing.units import MICRO


@dataclass(frozen=True, slots=True)
class DailyPrice:
    """One policy's prices of a unit-hour; none on a day on which nothing was sold."""

    number: int  # of the policy among all, for its look
    name: str
    by_day_ucr: Sequence[int | None]


def prices_by_day(policies: Sequence[DailyPrice], reserve_ucr: int) -> Figure:
    """A line for each policy, and the reserve price as a thin one."""
    figure = go.Figure()
    days = max((len(one.by_day_ucr) for one in policies), default=0)
    for one in policies:
        shown, prices = label(one.name), one.by_day_ucr
        figure.add_trace(
            go.Scatter(
                name=shown,
                mode="lines+markers",
                showlegend=True,
                x=list(range(1, len(prices) + 1)),
                y=[None if price is None else price / MICRO for price in prices],
                customdata=["" if price is None else price_shown(price) for price in prices],
                line={"color": hue(one.number), "width": 1.8, "dash": dash(one.number)},
                marker=mark(one.number, 6),
                hovertemplate=f"day %{{x}}<br>{shown}: %{{customdata}} credits a unit-hour"
                "<extra></extra>",
            )
        )
    figure.add_hline(y=reserve_ucr / MICRO, line={"color": INK, "width": 1, "dash": "dot"})
    figure.update_layout(**look(230))
    figure.update_layout(margin={"l": 46, "r": 8, "t": 8, "b": 42})
    figure.update_xaxes(title_text="day", title_font_size=13, nticks=8, range=[0.5, days + 0.5])
    figure.update_yaxes(rangemode="tozero", nticks=5)
    return figure
