"""A chart as a page carries it: its place, its key, and what the page's script draws."""

import json
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from api.charts.key import KeyEntry, key_of
from api.charts.look import Figure

ESCAPED: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""No text of a figure ends the script that holds it."""


PACKED: Final = frozenset({"text", "customdata"})
"""Words of the cells of a map, which are often the same."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart: ``figure`` is JSON that may stand in a page."""

    id: str
    height: int
    key: tuple[KeyEntry, ...]
    figure: Markup


def drawing(id_: str, figure: Figure) -> Drawing:
    """A figure under a name of its own on the page."""
    plain = json.loads(figure.to_json())
    for trace in plain["data"]:
        for name in PACKED & trace.keys():
            trace[name] = packed(trace[name])
    text = json.dumps(plain, separators=(",", ":"), ensure_ascii=False)
    return Drawing(id_, int(figure.layout.height), key_of(figure), Markup(text.translate(ESCAPED)))  # noqa: S704


def packed(rows: Any) -> Any:
    """Rows of words as each word once, and its numbers row by row; what is no such thing stays.

    >>> packed([["a", "b"], ["b", "b"]])
    {'words': ['a', 'b'], 'rows': [[0, 1], [1, 1]]}
    """
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows) or not rows:
        return rows
    numbers: dict[str, int] = {}
    found = [[numbers.setdefault(word, len(numbers)) for word in row] for row in rows]
    return {"words": list(numbers), "rows": found}
