"""Bids, awards and gap of each cycle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go

from api.charts.look import BLUE, GRID, ORANGE, QUIET, Figure, look, marker
from pricing.shown import credits_shown, percent_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleProof:
    """One cycle: what came, what won, and how far from the proven bound it may be."""

    closed_at: datetime
    bids: int
    awards: int
    surplus_ucr: int
    bound_ucr: int
    gap: float


def cycles(records: Sequence[CycleProof]) -> Figure:
    """Bids and awards of every cycle, and beneath them its gap to the proven bound."""
    figure = go.Figure().set_subplots(
        rows=2, shared_xaxes=True, row_heights=[0.6, 0.4], vertical_spacing=0.09
    )
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
            text=[_words(one) for one in records],
            textposition="none",
            hovertemplate="%{x|%a %d %b %H:%M} UTC<br>%{text}<extra></extra>",
        ),
        row=2,
        col=1,
    )
    figure.update_layout(**look(400), barmode="overlay", bargap=0.25)
    figure.update_xaxes(type="date", tickformat="%d %b", tickangle=0, gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, automargin=True, title_font_size=13)
    figure.update_yaxes(title_text="orders", row=1, col=1, rangemode="tozero")
    figure.update_yaxes(title_text="gap, %", row=2, col=1, rangemode="tozero")
    return figure


def _words(one: CycleProof) -> str:
    return (
        f"gap {percent_shown(one.gap, 3)}<br>surplus {credits_shown(one.surplus_ucr, 2)}"
        f"<br>bound {credits_shown(one.bound_ucr, 2)} credits"
    )
