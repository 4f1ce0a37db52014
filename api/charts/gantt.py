"""What a team has, as bars along time: one pool beneath the other, in as few lanes as they fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import plotly.graph_objects as go

from api.charts.look import BLUE, HATCH, NOW, ORANGE, Figure, label, labels, look
from api.charts.time_axis import MILLISECOND, Steps

LANE_PX: Final = 24
PAD_PX: Final = 64
GAP: Final = 0.4
"""Between two pools, in lanes."""

WHITE: Final = "#ffffff"
PALE: Final = "rgba(47,143,206,0.2)"
MAY: Final = "#2f8fce"
"""What is the team's, and may still change: the ground, and the lines on it, which are thin, and so
of a blue that is seen on a dark page too."""

EDGE: Final = "rgba(255,255,255,0.8)"
"""So that two bars that touch are two."""


class Kind(StrEnum):
    """What a bar stands for."""

    RESERVED = "reserved"
    MOVABLE = "reserved, may still be moved"
    RECALLABLE = "reserved, may still be moved or bought back"
    SPOT = "spot run"
    GONE = "given back or lost"
    RECALLED = "recalled"


LOOKS: Final[dict[Kind, tuple[str, str, str]]] = {
    Kind.RESERVED: (BLUE, "", BLUE),
    Kind.MOVABLE: (PALE, "\\", MAY),
    Kind.RECALLABLE: (PALE, ".", MAY),
    Kind.SPOT: ("rgba(230,159,0,0.25)", "/", ORANGE),
    Kind.GONE: ("rgba(0,0,0,0)", "x", HATCH),
    Kind.RECALLED: ("rgba(0,0,0,0)", "+", HATCH),
}
"""Of each kind the fill, the pattern over it and its hue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """So many units of a pool in [start, end); ``told``: more about it, in a few words."""

    pool: str
    name: str
    kind: Kind
    start: datetime
    end: datetime
    units: int
    told: str


def gantt(steps: Steps, bars: Sequence[Bar], now: str) -> Figure:
    """The bars over the time of ``steps``, which reaches as far as they are to be seen; ``now``
    divides what was from what will be. A lane never holds two bars at once."""
    lanes, marks, height = _lanes(bars)
    shown = look(PAD_PX + round(LANE_PX * max(height, 1)))
    along = shown["xaxis"] | steps.marks() | {"range": steps.ends()}
    across = shown["yaxis"] | {
        "tickmode": "array",
        "tickvals": list(marks.values()),
        "ticktext": list(marks),
        "range": [max(height, 1) - 0.5 + GAP / 2, -0.5 - GAP / 2],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    }
    more = {"barmode": "overlay", "uniformtext": {"minsize": 11, "mode": "hide"}}
    by_kind = [
        (kind, [(one, lane) for one, lane in zip(bars, lanes, strict=True) if one.kind is kind])
        for kind in Kind
    ]
    return go.Figure(  # in one go: each change of a figure takes longer than its making
        [_trace(kind, its, steps.start) for kind, its in by_kind if its],
        shown | more | {"xaxis": along, "yaxis": across, "shapes": [now_line(now)]},
    )


def now_line(at: str) -> dict[str, Any]:
    """What divides what was from what will be, from the bottom of a figure to its top."""
    ends = {"x0": at, "x1": at, "y0": 0, "y1": 1}
    return {"type": "line", "xref": "x", "yref": "paper", **ends, "line": NOW}


def _trace(kind: Kind, its: Iterable[tuple[Bar, float]], since: datetime) -> go.Bar:
    """The bars of one kind, from ``since`` on: else the number in a bar that began before would be
    cut off with it."""
    fill, shape, hue = LOOKS[kind]
    found = [(one, lane, max(one.start, since)) for one, lane in its if one.end > since]
    return go.Bar(
        name=kind.value,
        orientation="h",
        y=[lane for _, lane, _ in found],
        base=[f"{start:%Y-%m-%dT%H:%M}" for _, _, start in found],
        x=[(one.end - start) // MILLISECOND for one, _, start in found],
        width=[0.8] * len(found),
        text=["" if shape else f"{one.units:,}" for one, _, _ in found],  # no hatch over a number
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"color": WHITE, "size": 12},
        marker=_marker(fill, shape, hue),
        hovertext=[_words(one) for one, _, _ in found],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _marker(fill: str, shape: str, hue: str) -> dict[str, Any]:
    pattern = {"shape": shape, "fgcolor": hue, "size": 6, "solidity": 0.25}
    edge = hue if shape else EDGE
    return {"color": fill, "line": {"width": 1, "color": edge}, "pattern": pattern}


def _words(one: Bar) -> str:
    until = (
        f"{one.end:%H:%M}" if one.end.date() == one.start.date() else f"{one.end:%a %d %b %H:%M}"
    )
    when = f"{one.start:%a %d %b %H:%M} to {until} UTC"
    lines = [f"<b>{label(one.name)}</b>", f"{one.units:,} units, {one.kind.value}", when]
    return "<br>".join([*lines, label(one.told, 80)] if one.told else lines)


def _lanes(bars: Sequence[Bar]) -> tuple[list[float], dict[str, float], float]:
    """Each bar's lane, from above; the middle of each pool's lanes by its label; and how many lanes
    there are in all. Pools stand in the order in which they come."""
    names = labels({one.pool: one.name for one in bars}.items())
    places: dict[int, float] = {}
    marks: dict[str, float] = {}
    above = 0.0
    for pool, name in names.items():
        its = [number for number, one in enumerate(bars) if one.pool == pool]
        free: list[datetime] = []  # until when each lane is taken
        for number in sorted(its, key=lambda number: (bars[number].start, number)):
            one = bars[number]
            lane = next((k for k, until in enumerate(free) if until <= one.start), len(free))
            free[lane : lane + 1] = [one.end]
            places[number] = above + lane
        marks[name] = above + (len(free) - 1) / 2
        above += len(free) + GAP
    return [places[number] for number in range(len(bars))], marks, above - GAP if names else 0.0
