"""A pool's price by the hour, above its reserve price."""

from collections.abc import Iterable, Sequence
from typing import Final

import plotly.graph_objects as go

from api.charts.look import BLUE, ORANGE, Figure, look, marks_of_ten
from api.charts.time_axis import Steps, stretches
from pricing.shown import credits_shown
from pricing.units import MICRO

LOG_FROM: Final = 20
"""How many times its reserve a price must reach before a linear axis hides the rest."""


def price_curve(
    steps: Steps, price_ucr: Sequence[int | None], reserve_ucr: int, *, logarithmic: bool
) -> Figure:
    """A pool's mean price as steps, gaps where it has none, its reserve price dotted."""
    times: list[str | None] = []
    prices: list[float | None] = []
    words: list[str] = []
    for first, end in stretches(price is not None for price in price_ucr):
        for number in range(first, end):
            price = price_ucr[number] or 0
            times.append(steps.at(number))
            prices.append(price / MICRO)
            words.append(credits_shown(price, 4))
        times += [steps.at(end), None]
        prices += [prices[-1], None]
        words += [words[-1], ""]
    paid = go.Scatter(
        x=times,
        y=prices,
        text=words,
        name="mean price",
        line={"shape": "hv", "color": BLUE, "width": 1.6},
        hovertemplate="%{x|%a %d %b %H:%M} UTC<br>%{text} credits a unit-hour<extra></extra>",
        mode="lines",
    )
    floor = go.Scatter(
        x=steps.ends(),
        y=[reserve_ucr / MICRO] * 2,
        name="reserve price",
        mode="lines",
        line={"dash": "dot", "color": ORANGE, "width": 2},
        hovertemplate=f"reserve price {credits_shown(reserve_ucr)}<extra></extra>",
    )
    figure = go.Figure([paid, floor])
    figure.update_layout(**look(230))
    figure.update_layout(margin={"l": 46, "r": 8, "t": 8, "b": 36})
    figure.update_xaxes(**steps.days(), range=steps.ends())
    if logarithmic:
        figure.update_yaxes(**marks_of_ten())
    else:
        figure.update_yaxes(rangemode="tozero", nticks=5)
    return figure


def needs_logarithm(pools: Iterable[tuple[int, Sequence[int | None]]]) -> bool:
    """Whether price curves need a logarithmic axis: all of them or none, to read them alike.

    Each pool is its reserve price and its prices.
    """
    seen = [(reserve, [one for one in prices if one is not None]) for reserve, prices in pools]
    positive = all(reserve > 0 and all(one > 0 for one in prices) for reserve, prices in seen)
    return positive and any(one > LOG_FROM * reserve for reserve, prices in seen for one in prices)
