"""What became of teams' budgets: spent, held, still free."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from api.charts.look import BLUE, GREEN, ORANGE, Figure, bars_by_name, labels, look, marker
from pricing.shown import credits_shown
from pricing.units import MICRO

TEAMS: Final = 12
"""So many teams have a bar of their own, the first that are told; the others share one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """A team's budget by what became of it; ``told``: how long it will do, in words."""

    id: str
    name: str
    spent_ucr: int
    held_ucr: int
    free_ucr: int
    told: str = ""


def budgets(teams: Sequence[Parted]) -> Figure:
    """A bar for each team in their order, parted by what became of it."""
    rows, others = list(teams[:TEAMS]), teams[TEAMS:]
    names = list(labels((one.id, one.name) for one in rows).values())
    if others:
        rows.append(
            Parted(
                id="",
                name="",
                spent_ucr=sum(one.spent_ucr for one in others),
                held_ucr=sum(one.held_ucr for one in others),
                free_ucr=sum(one.free_ucr for one in others),
            )
        )
        names.append(f"{len(others)} other teams")
    parts: tuple[tuple[str, str, str, list[int]], ...] = (
        ("spent", BLUE, "", [one.spent_ucr for one in rows]),
        ("held", ORANGE, "/", [one.held_ucr for one in rows]),
        ("free", GREEN, ".", [one.free_ucr for one in rows]),
    )
    figure = go.Figure()
    for name, colour, pattern, amounts in parts:
        figure.add_trace(
            go.Bar(
                name=name,
                orientation="h",
                y=names,
                x=[amount / MICRO for amount in amounts],
                text=[credits_shown(amount, 2) for amount in amounts],
                textposition="none",
                customdata=[f"<br>{one.told}" if one.told else "" for one in rows],
                marker=marker(colour, pattern),
                hovertemplate=f"<b>%{{y}}</b><br>%{{text}} credits {name}%{{customdata}}"
                "<extra></extra>",
            )
        )
    figure.update_layout(**look(70 + 30 * len(names)), barmode="relative")
    bars_by_name(figure, "credits")
    return figure
