"""What of each pool is taken, slot by slot, and what an hour of it costs, on one time axis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from api.charts.capacity import hatching
from api.charts.look import NOW, Figure, label, labels, look
from api.charts.time_axis import Steps
from pricing.shown import price_shown

ROW_PX: Final = 30
STRIP_PX: Final = 16
PAD_PX: Final = 104
GAP_PX: Final = 30
CHEAP, MIDDLE, DEAR = "#fff3dc", "#e69f00", "#6b4400"
PRICES: Final = [[0.0, CHEAP], [0.5, MIDDLE], [1.0, DEAR]]
"""One hue, the darker the dearer."""

BETWEEN: Final = "between"
"""The shape that a page draws in the colour of its ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSlots:
    """One pool, slot by slot: units there are, sold, run or kept by spot, away, and the price of a
    unit-hour where one is known; ``past``: so many slots are over."""

    id: str
    name: str
    unit: str
    capacity: Sequence[int]
    sold: Sequence[int]
    spot: Sequence[int]
    away: Sequence[int]
    price_ucr: Sequence[int | None]
    past: int

    def part(self, first: int, end: int) -> "PoolSlots":
        """Its slots from ``first`` until ``end``."""
        return replace(
            self,
            capacity=self.capacity[first:end],
            sold=self.sold[first:end],
            spot=self.spot[first:end],
            away=self.away[first:end],
            price_ucr=self.price_ucr[first:end],
            past=max(self.past - first, 0),
        )


def availability(steps: Steps, pools: Sequence[PoolSlots], now: str) -> Figure:
    """Above, how much of each pool is taken; beneath, what a unit-hour costs between the cheapest
    and the dearest slot of that pool, where any price is known; ``now`` divides what was from what
    will be. Of one pool at least; ``meta`` of a map are its pools' ids, row by row."""
    names = list(labels((one.id, one.name) for one in pools).values())
    priced = any(price is not None for one in pools for price in one.price_ucr)
    above, beneath = ROW_PX * len(names), STRIP_PX * len(names) if priced else 0
    figure = go.Figure().set_subplots(
        rows=2 if priced else 1,
        shared_xaxes=True,
        row_heights=[above, beneath] if priced else [1],
        vertical_spacing=GAP_PX / (above + beneath + GAP_PX) if priced else 0,
    )
    common = {"x": steps.middles(), "y": names, "hoverongaps": True}
    hover = "<b>%{y}</b><br>%{x|%a %d %b %H:%M} UTC<br>%{text}<br>%{customdata}<extra></extra>"
    prices = np.array([_prices(one) for one in pools])  # Plotly judges each word of a list
    figure.add_trace(
        go.Heatmap(
            **common,
            z=np.array([_taken(one) for one in pools], dtype=object),
            text=np.array([told(one) for one in pools]),
            customdata=prices,
            hovertemplate=hover,
            colorscale="Cividis",
            zmin=0,
            zmax=100,
            showscale=False,
            meta=[one.id for one in pools],
        ),
        row=1,
        col=1,
    )
    if priced:
        dear = go.Heatmap(
            **common,
            z=np.array([_dear(one) for one in pools], dtype=object),
            text=prices,
            hovertemplate=hover.replace("<br>%{customdata}", ""),
            colorscale=PRICES,
            zmin=0,
            zmax=100,
            showscale=False,
            meta=[one.id for one in pools],
        )
        figure.add_trace(dear, row=2, col=1)
    for overlay in hatching(steps, names, pools):
        figure.add_trace(overlay, row=1, col=1)
    height = PAD_PX + above + beneath
    figure.update_layout(
        **look(height if priced else height - GAP_PX), barmode="overlay", bargap=0.1
    )
    figure.update_xaxes(**steps.marks(), showgrid=False, range=steps.ends())
    figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True)
    for row in range(1, 3 if priced else 2):
        figure.add_shape(between_rows(len(pools)), row=row, col=1)
    figure.add_vline(x=now, line=NOW)
    return figure


def between_rows(count: int) -> dict[str, Any]:
    """What divides the rows of a map, as one shape: a map that has gaps itself is drawn cell by
    cell, which takes a browser many times as long."""
    lines = "".join(f"M0,{row - 0.5}L1,{row - 0.5}" for row in range(count + 1))
    return {
        "type": "path",
        "path": lines,
        "xref": "x domain",
        "line": {"color": "#ffffff", "width": 3},
        "name": BETWEEN,
    }


def scales() -> dict[str, tuple[str, str]]:
    """The ends of both scales, for a key beside the figure: of nothing taken and all taken, of the
    cheapest and the dearest."""
    return {"taken": ("#00224e", "#fee838"), "price": (CHEAP, DEAR)}


def _taken(one: PoolSlots) -> list[int | None]:
    return [
        min(round(100 * (sold + spot) / there), 100) if there else None
        for there, sold, spot in zip(one.capacity, one.sold, one.spot, strict=True)
    ]


def _dear(one: PoolSlots) -> list[int | None]:
    known = [price for price in one.price_ucr if price is not None]
    lowest, apart = min(known, default=0), max(known, default=0) - min(known, default=0)
    return [
        None if price is None else round(100 * (price - lowest) / apart) if apart else 0
        for price in one.price_ucr
    ]


def told(one: PoolSlots) -> list[str]:
    """Each slot in words: what is free, and what of the rest is sold, spot's, or away."""
    words, unit = [], label(one.unit)
    slots = zip(one.capacity, one.sold, one.spot, one.away, strict=True)
    for number, (there, sold, spot, away) in enumerate(slots):
        over = number < one.past
        if there:
            free = max(there - sold - spot, 0)
            said = f"{free} of {there} {unit} {'were ' if over else ''}free"
            parts = [f"{sold} {'used as reserved' if over else 'sold ahead'}" if sold else ""]
            parts += [f"{spot} {'ran on spot' if over else 'kept by spot'}" if spot else ""]
            said = "; ".join([said, *(part for part in parts if part)])
        else:
            said = "nothing on sale: " + ("all units away" if away else "closed")
        words.append(said + (f"; {away} away for maintenance" if away else ""))
    return words


def _prices(one: PoolSlots) -> list[str]:
    words = {price: "no price known" if price is None else _cost(price) for price in one.price_ucr}
    return [words[price] for price in one.price_ucr]


def _cost(price_ucr: int) -> str:
    return f"{price_shown(price_ucr)} credits a unit-hour"
