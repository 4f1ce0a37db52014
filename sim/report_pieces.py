"""What the report's parts are made of: sections, charts with their keys, folded tables."""

from html import escape
from typing import Final

from sim.chart_look import Figure, key_of

PARTS: Final = (
    ("headline", "Headline"),
    ("capacity", "Capacity"),
    ("prices", "Prices"),
    ("winners", "Won and lost"),
    ("spend", "Spend"),
    ("spot", "Spot"),
    ("welfare", "Welfare"),
    ("cycles", "Cycles"),
    ("books", "Books"),
)
"""The report's parts in their order: id and name."""


def section(id_: str, answer: str, *parts: str) -> str:
    """One of ``PARTS``: the question's answer is its heading."""
    name = dict(PARTS)[id_]
    return (
        f'<section id="{id_}" aria-labelledby="{id_}-title"><p class="eyebrow">{name}</p>'
        f'<h2 id="{id_}-title">{escape(answer)}</h2>{"".join(parts)}</section>'
    )


def chart(id_: str, figure: Figure, told: str, caption: str) -> str:
    """A figure that the page's script draws from the data beside it."""
    data = figure.to_json()  # Plotly writes "<" as an escape, so no word can close the script
    height = figure.layout.height
    key = _key(figure)
    under = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure>{key}<div id="{id_}" class="chart" role="img" aria-label="{escape(told)}" '
        f'style="height:{height}px"></div>{under}'
        f'<script type="application/json" id="{id_}-data">{data}</script></figure>'
    )


_SWATCHES: Final = {
    "/": "slash",
    "\\": "slash",
    "x": "cross",
    ".": "dots",
    "|": "mark",
    "-": "line",
    ":": "dotted",
}


def _key(figure: Figure) -> str:
    entries = key_of(figure)
    if len(entries) < 2:
        return ""
    # Names are escaped already: Plotly reads markup too.
    listed = "".join(
        f'<li><span class="swatch {_SWATCHES.get(one.pattern, "")}" '
        f'style="--hue:{one.colour}"></span>{one.name}</li>'
        for one in entries
    )
    return f'<ul class="key" aria-label="Key">{listed}</ul>'


def folded(title: str, content: str) -> str:
    """Something to open for whoever wants it."""
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def empty(sentence: str) -> str:
    """What stands where there is nothing to draw."""
    return f'<p class="empty">{escape(sentence)}</p>'
