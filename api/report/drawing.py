"""A chart as a report carries it: its place, its key, and what the page's script draws."""

import json
from dataclasses import dataclass
from typing import Any, Final

from api.charts.key import key_of
from api.charts.look import Figure

_SWATCHES: Final = {
    "/": "slash",
    "\\": "slash",
    "x": "crossed",
    ".": "dots",
    "|": "mark",
    **{
        name: name
        for name in ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")
    },
    "-": "line",
    ":": "dotted",
}


@dataclass(frozen=True, slots=True)
class Swatch:
    """One entry of a key: its name, its hue, and the class that draws its pattern."""

    name: str
    hue: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart of the page: where it goes, its key, and what Plotly is given."""

    id: str
    height: int
    key: tuple[Swatch, ...]  # empty where one trace needs none
    figure: Any  # plain JSON


def drawing(id_: str, figure: Figure) -> Drawing:
    """A figure under a name of its own on the page."""
    key = tuple(
        Swatch(one.name, one.colour, _SWATCHES.get(one.pattern, "")) for one in key_of(figure)
    )
    return Drawing(
        id=id_,
        height=figure.layout.height,
        key=key if len(key) > 1 else (),
        figure=json.loads(figure.to_json()),
    )
