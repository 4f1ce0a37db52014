"""What teams spent, and on what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import plotly.graph_objects as go

from api.charts.look import (
    AWAY,
    BLUE,
    GREEN,
    ORANGE,
    QUIET,
    Figure,
    bars_by_name,
    label,
    labels,
    look,
    marker,
)
from pricing.shown import credits_shown
from pricing.units import MICRO

LOOKS: Final = (
    (BLUE, ""),
    (ORANGE, "/"),
    (GREEN, "x"),
    ("#56b4e9", "."),
    (AWAY, "-"),
    ("#cc79a7", "\\"),
)
"""Of the themes that most was spent on; the others share one."""

OTHERS: Final = ("other themes", QUIET, "")
NO_THEME: Final = "no theme"
TEAMS: Final = 12
"""So many teams have a bar of their own, those that spent most; the others share one."""


def spend(spent_ucr: Mapping[tuple[str, str], int]) -> Figure:
    """A bar for each team, the dearest first, parted by theme; by both what was spent."""
    teams = _ranked((team, amount) for (team, _), amount in spent_ucr.items())
    themes = _ranked((theme, amount) for (_, theme), amount in spent_ucr.items())
    rows = {team: min(k, TEAMS) for k, team in enumerate(teams)}
    parts = {theme: min(k, len(LOOKS)) for k, theme in enumerate(themes)}
    amounts = defaultdict[tuple[int, int], int](int)
    for (team, theme), amount in spent_ucr.items():
        amounts[parts[theme], rows[team]] += amount
    names = list(labels((one, one) for one in teams[:TEAMS]).values())
    names += [f"{len(teams) - TEAMS} other teams"] if len(teams) > TEAMS else []
    drawn = [
        (label(theme or NO_THEME), *its) for theme, its in zip(themes, LOOKS, strict=False)
    ] + ([OTHERS] if len(themes) > len(LOOKS) else [])
    figure = go.Figure()
    for part, (name, colour, pattern) in enumerate(drawn):
        of_part = [amounts[part, row] for row in range(len(names))]
        figure.add_trace(
            go.Bar(
                name=name,
                orientation="h",
                y=names,
                x=[amount / MICRO for amount in of_part],
                text=[credits_shown(amount, 2) for amount in of_part],
                textposition="none",
                marker=marker(colour, pattern),
                hovertemplate=f"<b>%{{y}}</b><br>%{{text}} credits, {name}<extra></extra>",
            )
        )
    figure.update_layout(**look(70 + 30 * len(names)), barmode="relative")
    bars_by_name(figure, "credits")
    return figure


def _ranked(amounts: Iterable[tuple[str, int]]) -> list[str]:
    """Names by their sums, the largest first."""
    sums = defaultdict[str, int](int)
    for name, amount in amounts:
        sums[name] += amount
    return sorted(sums, key=lambda one: (-sums[one], one))
