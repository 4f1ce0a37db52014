"""Where teams' credits went, and what a credit bought."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from api.charts.look import BLUE, GREEN, ORANGE, Figure, bars_by_name, labels, look, marker
from pricing.shown import credits_shown
from pricing.units import MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One team's credits: granted = paid + left + expired - refunded."""

    id: str
    name: str
    granted_ucr: int
    paid_ucr: int
    left_ucr: int
    expired_ucr: int
    refunded_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What one team spent, and what the work that ran for it is worth to the team."""

    id: str
    name: str
    spent_ucr: int
    value_ucr: int


def accounts(teams: Sequence[Account]) -> Figure:
    """Where every team's credits went; refunds to the left, since they come off what was paid."""
    columns: tuple[tuple[str, str, str, list[int]], ...] = (
        ("paid", BLUE, "", [one.paid_ucr for one in teams]),
        ("left", GREEN, "", [one.left_ucr for one in teams]),
        ("expired", "#8a8f98", "/", [one.expired_ucr for one in teams]),
        ("refunded", "#56b4e9", "x", [-one.refunded_ucr for one in teams]),
    )
    names = list(labels((one.id, one.name) for one in teams).values())
    figure = go.Figure()
    for name, colour, pattern, amounts in columns:
        figure.add_trace(
            go.Bar(
                name=name,
                orientation="h",
                y=names,
                x=[amount / MICRO for amount in amounts],
                text=[credits_shown(abs(amount), 2) for amount in amounts],
                textposition="none",
                marker=marker(colour, pattern),
                hovertemplate=f"<b>%{{y}}</b><br>%{{text}} credits {name}<extra></extra>",
            )
        )
    figure.add_trace(
        go.Scatter(
            name="granted",
            mode="markers",
            y=names,
            x=[one.granted_ucr / MICRO for one in teams],
            text=[credits_shown(one.granted_ucr, 2) for one in teams],
            marker={"symbol": "line-ns", "size": 17, "line": {"width": 3, "color": ORANGE}},
            hovertemplate="<b>%{y}</b><br>%{text} credits granted<extra></extra>",
        )
    )
    figure.update_layout(**look(70 + 30 * len(teams)), barmode="relative")
    bars_by_name(figure, "credits")
    return figure


def value_per_credit(teams: Sequence[Bought]) -> Figure:
    """Value of the work that ran over the credits spent on it, by team that spent any."""
    spenders = [one for one in teams if one.spent_ucr > 0]
    each = [one.value_ucr / one.spent_ucr for one in spenders]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=list(labels((one.id, one.name) for one in spenders).values()),
            x=each,
            text=[f"{value:,.2f}" for value in each],
            textposition="auto",
            marker={"color": BLUE},
            customdata=[_words(one) for one in spenders],
            hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
        )
    )
    figure.update_layout(**look(70 + 30 * len(spenders)))
    bars_by_name(figure, "credits of value for a credit spent")
    return figure


def _words(one: Bought) -> str:
    value, spent = credits_shown(one.value_ucr, 2), credits_shown(one.spent_ucr, 2)
    return f"{value} credits of value<br>for {spent} spent"
