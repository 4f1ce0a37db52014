"""What a pool's hours ahead cost: published prices, and what hours alike have cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from api.charts.look import BLUE, GREEN, GRID, ORANGE, Figure, look
from api.charts.time_axis import Steps, stretches
from pricing.shown import price_shown
from pricing.units import MICRO

PURPLE: Final = "#cc79a7"
BAND: Final = "rgba(0,158,115,0.35)"
HEADROOM: Final = 1.1
Prices = Sequence[int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesAhead:
    """One pool, slot by slot, in micro-credits a unit-hour: the price that was published last, the
    quartiles and median of slots alike, what the open cycle would clear at where that is told."""

    reserve_ucr: int
    cleared_ucr: Prices
    low_ucr: Prices
    middle_ucr: Prices
    high_ucr: Prices
    indicative_ucr: Prices


def forward(steps: Steps, one: PricesAhead) -> Figure:
    """The prices as steps over the band in which the middle half of slots alike lay; what nobody
    knows is left out."""
    figure = go.Figure()
    bands = [low is not None for low in one.low_ucr]
    if any(bands):
        figure.add_trace(_band(steps, one, bands))
    for name, prices, colour, width in (
        ("median of hours alike", one.middle_ucr, GREEN, 1.4),
        ("published price", one.cleared_ucr, BLUE, 2),
        ("indicative price", one.indicative_ucr, PURPLE, 2),
    ):
        if any(price is not None for price in prices):
            figure.add_trace(_line(name, steps, prices, colour, width))
    figure.add_trace(reserve_line(steps.ends(), one.reserve_ucr))
    figure.update_layout(**look(300))
    figure.update_layout(margin={"l": 62, "r": 8, "t": 8, "b": 44})
    figure.update_xaxes(type="date", tickformat="%H:%M\n%d %b", tickangle=0, range=steps.ends())
    figure.update_xaxes(gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, range=[0, HEADROOM * _top(one) / MICRO], nticks=5)
    figure.update_yaxes(title={"text": "credits a unit-hour", "font": {"size": 12}})
    return figure


def reserve_line(ends: Sequence[str], reserve_ucr: int) -> "go.Scatter":
    """The price below which nothing is sold, across the whole picture."""
    return go.Scatter(
        x=ends,
        y=[reserve_ucr / MICRO] * 2,
        name="reserve price",
        mode="lines",
        line={"dash": "dot", "color": ORANGE, "width": 2},
        showlegend=True,
        hovertemplate=f"reserve price {price_shown(reserve_ucr)}<extra></extra>",
    )


def _top(one: PricesAhead) -> int:
    """The dearest that is drawn."""
    drawn = (one.cleared_ucr, one.high_ucr, one.indicative_ucr)
    return max([one.reserve_ucr, 1, *(price or 0 for prices in drawn for price in prices)])


def corners(steps: Steps, prices: Prices) -> tuple[list[str | None], list[int | None]]:
    """Where a stepped line turns: both ends of each step, with a gap where there is no price."""
    times: list[str | None] = []
    heights: list[int | None] = []
    for first, end in stretches(price is not None for price in prices):
        for number in range(first, end):
            times += [steps.at(number), steps.at(number + 1)]
            heights += [prices[number]] * 2
        times.append(None)
        heights.append(None)
    return times, heights


def _line(name: str, steps: Steps, prices: Prices, colour: str, width: float) -> "go.Scatter":
    times, heights = corners(steps, prices)
    return go.Scatter(
        x=times,
        y=_credits(heights),
        text=["" if price is None else price_shown(price) for price in heights],
        name=name,
        mode="lines",
        line={"color": colour, "width": width},
        showlegend=True,
        hovertemplate=f"%{{x|%a %d %b %H:%M}} UTC<br>{name} %{{text}}<extra></extra>",
    )


def _band(steps: Steps, one: PricesAhead, known: Sequence[bool]) -> "go.Scatter":
    """Each stretch as a closed shape: forth along its top, back along its bottom."""
    times: list[str | None] = []
    heights: list[int | None] = []
    for first, end in stretches(known):
        numbers = range(first, end)
        there = [at for number in numbers for at in (steps.at(number), steps.at(number + 1))]
        times += [*there, *reversed(there), None]
        heights += [one.high_ucr[number] for number in numbers for _ in range(2)]
        heights += [one.low_ucr[number] for number in reversed(numbers) for _ in range(2)]
        heights.append(None)
    return go.Scatter(
        x=times,
        y=_credits(heights),
        name="middle half of hours alike",
        mode="lines",
        line={"color": BAND, "width": 0},
        fill="toself",
        fillcolor=BAND,
        showlegend=True,
        hoverinfo="skip",
    )


def _credits(heights: Sequence[int | None]) -> list[Any]:
    return [None if height is None else height / MICRO for height in heights]
