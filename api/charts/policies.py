"""Ways to share, told apart in every chart by a hue, a mark and a dash of their own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final

from api.charts.look import BLUE, GREEN, INK, ORANGE, label

LOOKS: Final = (
    (BLUE, "circle", "solid"),
    (ORANGE, "square", "dash"),
    (GREEN, "diamond", "dot"),
    ("#d55e00", "triangle-up", "dashdot"),
    ("#cc79a7", "cross", "longdash"),
    ("#56b4e9", "triangle-down", "longdashdot"),
    (INK, "x", "solid"),
)
"""Hue, mark and dash of each; from the eighth policy on they come again."""


LINE: Final = 20
"""Letters of a policy's name on one line."""

LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, and the ends of its interval; none where too few runs were made."""

    mean: float
    low: float | None = None
    high: float | None = None


def named(names: Sequence[str]) -> list[str]:
    """Policies as rows of a chart: long names on several lines, and no two rows alike.

    >>> named(["First come, first served with EASY backfill"])
    ['First come, first<br>served with EASY<br>backfill']
    """
    plain = ["<br>".join(label(line) for line in wrap(name, LINE)[:LINES]) for name in names]
    often = Counter(plain)
    return [
        shown if often[shown] == 1 else f"{number}: {shown}"
        for number, shown in enumerate(plain, 1)
    ]


def hue(number: int) -> str:
    """The hue of policy ``number``, counted from 0."""
    return LOOKS[number % len(LOOKS)][0]


def mark(number: int, size: int = 9) -> dict[str, Any]:
    """The mark of policy ``number``."""
    colour, symbol, _ = LOOKS[number % len(LOOKS)]
    size += 2 * symbol.startswith("triangle")  # which are small for their size
    return {"symbol": symbol, "size": size, "color": colour, "line": {"width": 0, "color": colour}}


def dash(number: int) -> str:
    """The dash of its line."""
    return LOOKS[number % len(LOOKS)][2]


def whiskers(estimates: Sequence[Estimate | None], colour: str = INK) -> dict[str, Any]:
    """Plotly's error bars along x; none where there is no interval."""
    up = [one.high - one.mean if one and one.high is not None else 0.0 for one in estimates]
    down = [one.mean - one.low if one and one.low is not None else 0.0 for one in estimates]
    return {
        "type": "data",
        "symmetric": False,
        "array": up,
        "arrayminus": down,
        "visible": any(up) or any(down),
        "color": colour,
        "thickness": 2,
        "width": 4,
    }
