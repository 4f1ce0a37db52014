"""How many unit-hours of a pool were bid for at each price or a higher one, and how many won."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Final

import plotly.graph_objects as go

from api.charts.look import BLUE, GREEN, GRID, ORANGE, Figure, look, marks_of_ten
from pricing.shown import price_shown
from pricing.units import MICRO

LOG_FROM: Final = 20
"""How many times the lowest price the highest must be before a linear axis hides the rest."""

DIGITS: Final = 2
Bids = Iterable[tuple[int, float]]
"""Each bid's price of a unit-hour, in micro-credits, and the unit-hours that it is for."""


def depth(wanted: Bids, won: Bids, reserve_ucr: int) -> Figure:
    """Two falling steps: unit-hours wanted at a price or more, and of those the ones that won.
    Prices are told to two digits: bids add up, and none stands out."""
    levels = {name: _levels(bids) for name, bids in (("wanted", wanted), ("won", won))}
    known = [price for found in levels.values() for price in found if price > 0] or [MICRO]
    figure = go.Figure()
    for name, colour in (("wanted", GREEN), ("won", BLUE)):
        figure.add_trace(_curve(name, levels[name], colour, min(known)))
    logarithmic = max(known) > LOG_FROM * min(known)
    if reserve_ucr:
        figure.add_trace(_reserve(reserve_ucr, sum(levels["wanted"].values())))
    figure.update_layout(**look(280))
    figure.update_layout(margin={"l": 62, "r": 8, "t": 8, "b": 48})
    if logarithmic:
        figure.update_xaxes(**marks_of_ten(), tickangle=0)
    else:
        figure.update_xaxes(rangemode="tozero", tickangle=0)
    title = {"text": "bid for a unit-hour, credits", "font": {"size": 12}}
    figure.update_xaxes(title=title, gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, rangemode="tozero", nticks=5, separatethousands=True)
    figure.update_yaxes(title={"text": "unit-hours at that or more", "font": {"size": 12}})
    return figure


def steps(wanted: Bids, won: Bids) -> list[tuple[int, float, float]]:
    """The same as rows, the highest price first: a price, the unit-hours that were bid for at it or
    more, and those of them that won.

    >>> steps([(2_000_000, 8), (1_000_000, 4)], [(2_000_000, 8)])
    [(2000000, 8.0, 8.0), (1000000, 12.0, 8.0)]
    """
    asked, got = _levels(wanted), _levels(won)
    prices = sorted(asked.keys() | got.keys(), reverse=True)
    wanted_from = accumulate(asked.get(price, 0.0) for price in prices)
    won_from = accumulate(got.get(price, 0.0) for price in prices)
    return list(zip(prices, wanted_from, won_from, strict=True))


def _levels(bids: Bids) -> dict[int, float]:
    """Unit-hours by price, of two digits."""
    found: dict[int, float] = defaultdict(float)
    for price_ucr, hours in bids:
        found[rounded(price_ucr)] += hours
    return found


def rounded(price_ucr: int) -> int:
    """A price to two digits.

    >>> rounded(1_234_567), rounded(87), rounded(0)
    (1200000, 87, 0)
    """
    step = 1
    while price_ucr // step >= 10**DIGITS:
        step *= 10
    return int((Decimal(price_ucr) / step).to_integral_value()) * step


def _curve(name: str, levels: Mapping[int, float], colour: str, lowest: int) -> "go.Scatter":
    prices = sorted(levels)
    sums = _from_above([levels[price] for price in prices])
    x = [min(lowest, *prices) / MICRO] if prices else []
    return go.Scatter(
        x=[*x, *(price / MICRO for price in prices), *(price / MICRO for price in prices[-1:])],
        y=[*sums[:1], *sums, *([0] if prices else [])],
        text=[price_shown(price) for price in (*prices[:1], *prices, *prices[-1:])],
        name=name,
        mode="lines",
        line={"shape": "vh", "color": colour, "width": 2},
        showlegend=True,
        hovertemplate=f"%{{y:,.0f}} unit-hours {name} at %{{text}} or more<extra></extra>",
    )


def _from_above(hours: Sequence[float]) -> list[float]:
    return list(accumulate(reversed(hours)))[::-1]


def _reserve(reserve_ucr: int, top: float) -> "go.Scatter":
    return go.Scatter(
        x=[reserve_ucr / MICRO] * 2,
        y=[0, top],
        name="reserve price",
        mode="lines",
        line={"dash": "dot", "color": ORANGE, "width": 2},
        showlegend=True,
        hovertemplate=f"reserve price {price_shown(reserve_ucr)}<extra></extra>",
    )
