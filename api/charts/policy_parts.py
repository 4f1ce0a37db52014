"""What became of the value that was asked for: delivered, or not, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from api.charts.look import BLUE, GREEN, ORANGE, Figure, bars_by_name, label, look, marker
from api.charts.policies import named
from pricing.shown import percent_shown

DELIVERED: Final = "delivered"
_LOOKS: Final = (
    (ORANGE, ""),
    ("#56b4e9", "/"),
    ("#d55e00", "x"),
    (GREEN, "\\"),
    ("#cc79a7", ""),
    ("#8a8f98", "/"),
    ("#f0e442", ""),
)
_OTHERS: Final = "other reasons"
_MOST: Final = len(_LOOKS)


@dataclass(frozen=True, slots=True)
class Parts:
    """One policy's parts of all that was asked for, by reason; the rest was delivered."""

    name: str
    unmet: Mapping[str, float]


def parts_by_policy(policies: Sequence[Parts]) -> Figure:
    """A bar for each policy: what was delivered, then what was not, the largest reason first."""
    rows = named([one.name for one in policies])
    total: dict[str, float] = {}
    for one in policies:
        for reason, part in one.unmet.items():
            total[reason] = total.get(reason, 0.0) + part
    ranked = sorted(total, key=lambda reason: (-total[reason], reason))
    told = ranked if len(ranked) <= _MOST else ranked[: _MOST - 1]
    bars = [(DELIVERED, BLUE, "", [1 - sum(one.unmet.values()) for one in policies])]
    for reason, (colour, pattern) in zip(told, _LOOKS, strict=False):
        bars.append((reason, colour, pattern, [one.unmet.get(reason, 0.0) for one in policies]))
    if len(told) < len(ranked):
        rest = [
            sum(one.unmet.get(reason, 0.0) for reason in ranked[_MOST - 1 :]) for one in policies
        ]
        bars.append((_OTHERS, "#b9bdc4", ".", rest))
    figure = go.Figure()
    for reason, colour, pattern, parts in bars:
        shown = label(reason)
        figure.add_trace(
            go.Bar(
                name=shown,
                orientation="h",
                y=rows,
                x=[100 * part for part in parts],
                customdata=[percent_shown(part, 1) for part in parts],
                marker=marker(colour, pattern),
                width=0.6,
                hovertemplate=f"<b>%{{y}}</b><br>%{{customdata}} {shown}<extra></extra>",
            )
        )
    figure.update_layout(**look(70 + 46 * len(rows)), barmode="stack")
    bars_by_name(figure, "per cent of the value asked for")
    figure.update_xaxes(range=[0, 100], dtick=20)
    return figure
