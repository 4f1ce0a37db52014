"""What all charts have alike: hues, patterns, axes, and text that cannot be markup.

Grounds are transparent and inks neutral, so that one figure reads on a light and on a dark page; a
page may set the ink of its own scheme. Hues are those of Okabe and Ito, and cividis, which people
with any colour vision can tell apart; where hues lie next to each other, patterns help.
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from html import escape
from typing import Any, Final, TypeAlias

Figure: TypeAlias = Any  # a go.Figure; Plotly has no types

INK: Final = "#7a808a"
GRID: Final = "rgba(128,132,140,0.22)"
BLUE, ORANGE, GREEN, QUIET = "#0072b2", "#e69f00", "#009e73", "rgba(128,132,140,0.55)"
HATCH: Final = "rgba(128,132,140,0.9)"
AWAY: Final = "#d55e00"
NOW: Final = {"color": AWAY, "width": 2, "dash": "dot"}
"""The line between what was and what will be."""

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def label(text: str, longest: int = 34) -> str:
    """Text from the data as a chart may show it: no markup, and not longer than its place."""
    short = text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
    return escape(short, quote=False)


def labels(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A label for each id from its name; where labels are alike, from both, so that no two
    rows of a chart fall together.

    >>> labels([("a", "Vision"), ("b", "Vision"), ("c", "Speech")])
    {'a': 'a: Vision', 'b': 'b: Vision', 'c': 'Speech'}
    """
    plain = {id_: label(name) for id_, name in named}
    often = Counter(plain.values())
    return {
        id_: shown if often[shown] == 1 else f"{escape(id_, quote=False)}: {shown}"
        for id_, shown in plain.items()
    }


def marks_of_ten(lowest: int = -6, highest: int = 12) -> dict[str, Any]:
    """A logarithmic axis marked at 1, 2 and 5 of each power of ten, written out."""
    powers = range(lowest, highest)
    marks = [Decimal(first).scaleb(power) for power in powers for first in (1, 2, 5)]
    return {
        "type": "log",
        "tickmode": "array",
        "tickvals": [float(mark) for mark in marks],
        "ticktext": [f"{mark:,f}" for mark in marks],
    }


def marker(colour: str, pattern: str) -> dict[str, Any]:
    """How a bar is filled: its colour, and the pattern over it, where it has one."""
    drawn = {
        "shape": pattern,
        "fillmode": "overlay",
        "fgcolor": "rgba(255,255,255,0.85)",
        "size": 6,
    }
    return {"color": colour, "line": {"width": 0}} | ({"pattern": drawn} if pattern else {})


def colour_bar(title: str, rows: int) -> dict[str, Any]:
    """The scale of a map of shares, with as many marks as have room beside its ``rows``."""
    return {
        "title": {"text": title, "side": "top"},
        "ticksuffix": " %",
        "thickness": 10,
        "len": 0.9,
        "outlinewidth": 0,
        "tickvals": [0, 50, 100] if rows < 3 else [0, 20, 40, 60, 80, 100],
    }


def bars_by_name(figure: Figure, unit: str) -> None:
    """Horizontal bars in the order in which they came, from above."""
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    figure.update_xaxes(
        title_text=unit, title_font_size=13, automargin=True, tickangle=0, separatethousands=True
    )


def look(height: int) -> dict[str, Any]:
    """What all charts have alike."""
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "linecolor": GRID, "fixedrange": False}
    return {
        "height": height,
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": INK},
        "margin": {"l": 8, "r": 12, "t": 8, "b": 40},
        "showlegend": False,  # pages show a key that wraps and can be read aloud
        "separators": ".,",
        "dragmode": False,
        "xaxis": axis,
        "yaxis": axis,
    }
