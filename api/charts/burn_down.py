"""A team's credits: what it had day by day, what it spent, and how long the rest will do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from api.charts.gantt import now_line
from api.charts.look import BLUE, ORANGE, Figure, look, marker
from api.charts.time_axis import Steps
from pricing.shown import credits_shown
from pricing.units import MICRO

HEIGHT_PX: Final = 320
DAY: Final = "%{x|%a %d %b}"
MOMENT: Final = "%{x|%a %d %b %H:%M} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """Days from the first on: what was left at each day's end, of today now, and what was spent in
    it; and what will be left at the end of each day ahead, of which the first is today."""

    left_ucr: Sequence[int]
    spent_ucr: Sequence[int]
    ahead_ucr: Sequence[int]


def burn_down(steps: Steps, burn: Burn, now: str) -> Figure:
    """Above: credits left, and dotted what will be left at the rate of late. Beneath: what was
    spent, day by day. ``steps`` are days; the last of the past is today."""
    past, ahead = len(burn.left_ucr), len(burn.ahead_ucr)
    ends = [*(steps.at(number + 1) for number in range(past - 1)), now]
    coming = [now, *(steps.at(number) for number in range(past, past + ahead))]
    left = [
        _line("credits left", ends, burn.left_ucr, "solid"),
        _line("left at the rate of late", coming, [burn.left_ucr[-1], *burn.ahead_ucr], "dot"),
    ]
    spent = go.Bar(
        name="spent in the day",
        yaxis="y2",
        x=steps.middles()[:past],
        y=[amount / MICRO for amount in burn.spent_ucr],
        text=[credits_shown(amount, 2) for amount in burn.spent_ucr],
        textposition="none",
        marker=marker(ORANGE, ""),
        hovertemplate=f"{DAY}<br>%{{text}} credits spent<extra></extra>",
    )
    shown = look(HEIGHT_PX)
    along = shown["xaxis"] | steps.days() | {"range": steps.ends(), "anchor": "y2"}
    across = shown["yaxis"] | {
        "rangemode": "tozero",
        "nticks": 4,
        "automargin": True,
        "separatethousands": True,
    }
    above = across | {
        "domain": [0.4, 1],
        "title": {"text": "credits", "font": {"size": 12}, "standoff": 12},
    }
    beneath = across | {
        "domain": [0, 0.3],
        "title": {"text": "a day", "font": {"size": 12}, "standoff": 12},
    }
    more = {"bargap": 0.3, "shapes": [now_line(now)]}
    return go.Figure(  # in one go: each change of a figure takes longer than its making
        [*left, spent], shown | more | {"xaxis": along, "yaxis": above, "yaxis2": beneath}
    )


def _line(name: str, dates: Sequence[str], amounts: Sequence[int], dash: str) -> "go.Scatter":
    return go.Scatter(
        name=name,
        mode="lines",
        x=dates,
        y=[amount / MICRO for amount in amounts],
        text=[credits_shown(amount, 2) for amount in amounts],
        line={"color": BLUE, "width": 3, "dash": dash},
        showlegend=True,
        hovertemplate=f"{MOMENT}<br>%{{text}} {name}<extra></extra>",
    )
