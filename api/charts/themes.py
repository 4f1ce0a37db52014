"""What was spent on each theme, beside its share of the credits that were given."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from api.charts.look import BLUE, ORANGE, Figure, bars_by_name, label, look, marker
from pricing.shown import credits_shown
from pricing.units import MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A theme: its share of what was given, and what was spent on it."""

    name: str
    planned_ucr: int
    spent_ucr: int


def themes(found: Sequence[Meant]) -> Figure:
    """Two bars for each theme, in the order that is told."""
    names = [label(one.name) for one in found]
    figure = go.Figure()
    for name, colour, pattern, amounts in (
        ("share of new credits", BLUE, "", [one.planned_ucr for one in found]),
        ("spent", ORANGE, "/", [one.spent_ucr for one in found]),
    ):
        figure.add_trace(
            go.Bar(
                name=name,
                orientation="h",
                y=names,
                x=[amount / MICRO for amount in amounts],
                text=[credits_shown(amount, 2) for amount in amounts],
                textposition="none",
                marker=marker(colour, pattern),
                hovertemplate=f"<b>%{{y}}</b><br>%{{text}} credits, {name}<extra></extra>",
            )
        )
    figure.update_layout(**look(70 + 44 * len(names)), barmode="group")
    bars_by_name(figure, "credits")
    return figure
