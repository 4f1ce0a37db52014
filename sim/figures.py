"""The report's charts: a history in, Plotly figures out. Floats here are for drawing only."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pricing.units import MICRO
from sim.chart_look import (
    AWAY,
    BLUE,
    GREEN,
    GRID,
    HATCH,
    ORANGE,
    QUIET,
    Figure,
    bars_by_name,
    colour_bar,
    label,
    labels,
    look,
    marker,
    marks_of_ten,
)
from sim.demand import SLOT
from sim.findings import (
    WON,
    credits_text,
    endings_by_team,
    endings_seen,
    percent_text,
    runs,
    spent_ucr,
)
from sim.history import CycleRecord, History, PoolSeries, TeamLine

SLOT_MS: Final = SLOT // timedelta(milliseconds=1)
LOG_FROM: Final = 20
"""How many times its reserve a price must reach before a linear axis hides the rest."""

_LOOK_OF_ENDING: Final = {  # colour, pattern
    WON: (BLUE, ""),
    "outbid": (ORANGE, ""),
    "unfit": ("#56b4e9", "/"),
    "below-reserve": ("#f0e442", ""),
    "cap": ("#cc79a7", ""),
    "budget": ("#cc79a7", "x"),
    "refused": ("#d55e00", ""),
    "expired": ("#8a8f98", "/"),
    "failed": ("#d55e00", "x"),
    "cancelled": ("#b9bdc4", ""),
    "released": (GREEN, "\\"),
    "open": ("#d9dce1", "."),
}


def capacity_map(history: History) -> Figure:
    """Sold over capacity, pool by slot; hatched where nobody works, or units are away."""
    names = list(labels((one.pool.id, one.pool.name) for one in history.pools).values())
    shares, hovers = [], []
    for one in history.pools:
        there = one.capacity > 0
        share = np.full(len(there), np.nan)
        share[there] = np.minimum(100.0 * one.sold[there] / one.capacity[there], 100.0)
        shares.append(share)
        hovers.append(_slot_words(one))
    figure = go.Figure(
        go.Heatmap(
            x=_middles(history),
            y=names,
            z=np.array(shares) if shares else [],
            text=hovers,
            hovertemplate="<b>%{y}</b><br>%{x|%a %d %b %H:%M} UTC<br>%{text}<extra></extra>",
            colorscale="Cividis",
            zmin=0,
            zmax=100,
            ygap=5,
            hoverongaps=True,
            colorbar=colour_bar("sold"),
        )
    )
    for name, pattern, masks in (
        ("closed", ".", [(one.capacity == 0) & (one.maintenance == 0) for one in history.pools]),
        ("units away for maintenance", "/", [one.maintenance > 0 for one in history.pools]),
    ):
        stretches = [
            (names[row], first, end)
            for row, mask in enumerate(masks)
            for first, end in runs(mask[: history.slots])
        ]
        if stretches:
            figure.add_trace(_overlay(history, name, pattern, stretches))
    figure.update_layout(**look(70 + 58 * len(names)), barmode="overlay", bargap=0.1)
    days = [_at(history, 0), _at(history, history.slots)]
    figure.update_xaxes(**_days(history), showgrid=False, range=days)
    figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True)
    return figure


def _slot_words(one: PoolSeries) -> list[str]:
    unit = label(one.pool.unit)
    words = []
    for there, sold, away in zip(one.capacity, one.sold, one.maintenance, strict=True):
        said = f"{sold} of {there} {unit} units sold, {sold / there:.0%}" if there else "nothing"
        if not there:
            said = "nothing on sale: " + ("all units away" if away else "closed")
        words.append(said + (f"; {away} away for maintenance" if away else ""))
    return words


def _overlay(
    history: History, name: str, pattern: str, stretches: Sequence[tuple[str, int, int]]
) -> go.Bar:
    """Hatched stretches of time over the heat map; the map beneath answers the pointer."""
    colour = AWAY if pattern == "/" else HATCH
    return go.Bar(
        name=name,
        orientation="h",
        y=[row for row, _, _ in stretches],
        base=[_at(history, first) for _, first, _ in stretches],
        x=[(end - first) * SLOT_MS for _, first, end in stretches],
        marker={
            "color": "rgba(128,132,140,0.12)",
            "line": {"width": 1 if pattern == "/" else 0, "color": colour},
            "pattern": {"shape": pattern, "fgcolor": colour, "size": 6, "solidity": 0.25},
        },
        hoverinfo="skip",
    )


def price_curve(history: History, one: PoolSeries) -> Figure:
    """A pool's mean price by slot as steps, gaps where nothing was sold, its reserve dotted."""
    times: list[str | None] = []
    prices: list[float | None] = []
    words: list[str] = []
    for first, end in runs(one.price_ucr >= 0):
        for slot in range(first, end):
            times.append(_at(history, slot))
            prices.append(int(one.price_ucr[slot]) / MICRO)
            words.append(credits_text(int(one.price_ucr[slot]), 4))
        times += [_at(history, end), None]
        prices += [prices[-1], None]
        words += [words[-1], ""]
    reserve = one.pool.reserve_ucr / MICRO
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
        x=[_at(history, 0), _at(history, history.slots)],
        y=[reserve, reserve],
        name="reserve price",
        mode="lines",
        line={"dash": "dot", "color": ORANGE, "width": 2},
        hovertemplate=f"reserve price {credits_text(one.pool.reserve_ucr)}<extra></extra>",
    )
    figure = go.Figure([paid, floor])
    figure.update_layout(**look(230))
    figure.update_layout(margin={"l": 46, "r": 8, "t": 8, "b": 36})
    ends = [_at(history, 0), _at(history, history.slots)]
    figure.update_xaxes(**_days(history), range=ends)
    if logarithmic(history):
        figure.update_yaxes(**marks_of_ten())
    else:
        figure.update_yaxes(rangemode="tozero", nticks=5)
    return figure


def logarithmic(history: History) -> bool:
    """Whether price curves need a logarithmic axis: all of them or none, to read them alike."""
    prices = [(one.pool.reserve_ucr, one.price_ucr[one.price_ucr >= 0]) for one in history.pools]
    positive = all(reserve > 0 and (seen > 0).all() for reserve, seen in prices)
    return positive and any((seen > LOG_FROM * reserve).any() for reserve, seen in prices)


def winners(history: History) -> Figure:
    """Every team's jobs by how they ended, stacked."""
    counts = endings_by_team(history)
    names = labels((team.id, team.name) for team in history.organisation.teams)
    figure = go.Figure()
    for name in endings_seen(history.jobs):
        colour, pattern = _LOOK_OF_ENDING.get(name, ("#999999", "-"))
        shown = label(name)
        figure.add_trace(
            go.Bar(
                name=shown,
                orientation="h",
                y=[names.get(team, label(team)) for team in counts],
                x=[ends[name] for ends in counts.values()],
                marker=marker(colour, pattern),
                hovertemplate=f"<b>%{{y}}</b><br>%{{x:,}} {shown}<extra></extra>",
            )
        )
    figure.update_layout(**look(70 + 30 * len(counts)), barmode="stack")
    bars_by_name(figure, "orders")
    return figure


def spend(history: History) -> Figure:
    """Where every team's credits went; refunds to the left, since they come off what was paid."""
    columns: tuple[tuple[str, str, str, list[int]], ...] = (
        ("paid", BLUE, "", [line.paid_ucr for line in history.teams]),
        ("left", GREEN, "", [line.left_ucr for line in history.teams]),
        ("expired", "#8a8f98", "/", [line.expired_ucr for line in history.teams]),
        ("refunded", "#56b4e9", "x", [-line.refunded_ucr for line in history.teams]),
    )
    teams = list(labels((line.team.id, line.team.name) for line in history.teams).values())
    figure = go.Figure()
    for name, colour, pattern, amounts in columns:
        figure.add_trace(
            go.Bar(
                name=name,
                orientation="h",
                y=teams,
                x=[amount / MICRO for amount in amounts],
                text=[credits_text(abs(amount), 2) for amount in amounts],
                textposition="none",
                marker=marker(colour, pattern),
                hovertemplate=f"<b>%{{y}}</b><br>%{{text}} credits {name}<extra></extra>",
            )
        )
    figure.add_trace(
        go.Scatter(
            name="granted",
            mode="markers",
            y=teams,
            x=[line.granted_ucr / MICRO for line in history.teams],
            text=[credits_text(line.granted_ucr, 2) for line in history.teams],
            marker={"symbol": "line-ns", "size": 17, "line": {"width": 3, "color": ORANGE}},
            hovertemplate="<b>%{y}</b><br>%{text} credits granted<extra></extra>",
        )
    )
    figure.update_layout(**look(70 + 30 * len(teams)), barmode="relative")
    bars_by_name(figure, "credits")
    return figure


def value_per_credit(history: History) -> Figure:
    """Value of the work that ran over the credits spent on it, by team."""
    lines = [line for line in history.teams if spent_ucr(line) > 0]
    each = [line.delivered_ucr / spent_ucr(line) for line in lines]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=list(labels((line.team.id, line.team.name) for line in lines).values()),
            x=each,
            text=[f"{value:,.2f}" for value in each],
            textposition="auto",
            marker={"color": BLUE},
            customdata=[_spend_words(line) for line in lines],
            hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
        )
    )
    figure.update_layout(**look(70 + 30 * len(lines)))
    bars_by_name(figure, "credits of value for a credit spent")
    return figure


def _spend_words(line: TeamLine) -> str:
    delivered, spent = credits_text(line.delivered_ucr, 2), credits_text(spent_ucr(line), 2)
    return f"{delivered} credits of value<br>for {spent} spent"


def welfare(history: History) -> list[tuple[str, Figure]]:
    """The market against its baselines: value, jobs served and use, each with its title."""
    every = history.comparisons
    return [
        (
            "Value delivered, credits",
            _compare(
                history,
                [one.delivered_ucr / MICRO for one in every],
                [credits_text(one.delivered_ucr, 0) for one in every],
            ),
        ),
        (
            "Jobs served",
            _compare(
                history, [float(one.served) for one in every], [f"{one.served:,}" for one in every]
            ),
        ),
        (
            "GPU time used, per cent",
            _compare(
                history,
                [100 * one.utilisation for one in every],
                [percent_text(one.utilisation) for one in every],
            ),
        ),
    ]


def _compare(history: History, heights: list[float], words: list[str]) -> Figure:
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[label(one.name) for one in history.comparisons],
            x=heights,
            text=words,
            textposition="outside",  # readable whatever the bar and the theme
            cliponaxis=False,
            marker={"color": [BLUE, *[QUIET] * (len(heights) - 1)]},
            hovertemplate="<b>%{y}</b><br>%{text}<extra></extra>",
        )
    )
    figure.update_layout(**look(70 + 42 * len(heights)))
    bars_by_name(figure, "")
    figure.update_xaxes(nticks=4, range=[0, 1.35 * max(heights, default=0.0) or 1.0])
    return figure


def cycles(records: Sequence[CycleRecord]) -> Figure:
    """Bids and awards of every cycle, and beneath them its gap to the proven bound."""
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.6, 0.4], vertical_spacing=0.09)
    closed = [f"{one.closed_at:%Y-%m-%dT%H:%M}" for one in records]
    for name, colour, counts in (
        ("bids", QUIET, [one.bids for one in records]),
        ("awards", BLUE, [one.awards for one in records]),
    ):
        hover = f"%{{x|%a %d %b %H:%M}} UTC<br>%{{y:,}} {name}<extra></extra>"
        bar = go.Bar(x=closed, y=counts, name=name, marker_color=colour, hovertemplate=hover)
        figure.add_trace(bar, row=1, col=1)
    figure.add_trace(
        go.Bar(
            x=closed,
            y=[100 * one.gap for one in records],
            name="gap, %",
            marker=marker(ORANGE, ""),
            text=[_proof_words(one) for one in records],
            textposition="none",
            hovertemplate="%{x|%a %d %b %H:%M} UTC<br>%{text}<extra></extra>",
        ),
        row=2,
        col=1,
    )
    figure.update_layout(**look(400), barmode="overlay", bargap=0.25)
    figure.update_xaxes(type="date", tickformat="%d %b", nticks=8, tickangle=0, gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True, title_font_size=13)
    figure.update_yaxes(title_text="orders", row=1, col=1, rangemode="tozero")
    figure.update_yaxes(title_text="gap, %", row=2, col=1, rangemode="tozero")
    return figure


def _proof_words(one: CycleRecord) -> str:
    return (
        f"gap {percent_text(one.gap, 3)}<br>surplus {credits_text(one.surplus_ucr, 2)}"
        f"<br>bound {credits_text(one.bound_ucr, 2)} credits"
    )


def _at(history: History, slot: int) -> str:
    return f"{history.organisation.start + slot * SLOT:%Y-%m-%dT%H:%M}"


def _middles(history: History) -> list[str]:
    return [
        f"{history.organisation.start + (slot + 0.5) * SLOT:%Y-%m-%dT%H:%M}"
        for slot in range(history.slots)
    ]


def _days(history: History) -> dict[str, Any]:
    """A date axis marked at midnights, a week apart where the run has weeks."""
    apart = 7 if history.organisation.days > 10 else 1
    return {
        "type": "date",
        "tickformat": "%d %b",
        "tickangle": 0,
        "tick0": _at(history, 0),
        "dtick": apart * timedelta(days=1) // timedelta(milliseconds=1),
    }
