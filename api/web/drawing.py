"""A chart as a page carries it: its place, its key, and what the page's script draws."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from api.charts.key import KeyEntry, key_of
from api.charts.look import Figure

ESCAPED: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""No text of a figure ends the script that holds it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart: ``figure`` is JSON that may stand in a page."""

    id: str
    height: int
    key: tuple[KeyEntry, ...]
    figure: Markup


def drawing(id_: str, figure: Figure) -> Drawing:
    """A figure under a name of its own on the page."""
    text = figure.to_json()
    return Drawing(id_, int(figure.layout.height), key_of(figure), Markup(text.translate(ESCAPED)))  # noqa: S704
