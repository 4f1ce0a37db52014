"""What a figure's traces look like, for a key beside it that wraps and can be read aloud."""

from dataclasses import dataclass
from html import unescape

from api.charts.look import Figure


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One trace: ``name`` is plain text, and the page that shows it escapes it."""

    name: str
    colour: str
    pattern: str  # as in Plotly, or "|" for an upright mark, "-" a line, ":" a dotted line; or the
    # name of a mark, as Plotly calls it


def key_of(figure: Figure) -> tuple[KeyEntry, ...]:
    """The named traces of a figure, in drawing order; of lines, those that ask for it."""
    entries = []
    for trace in figure.data:
        name = unescape(trace.name or "")
        if name and trace.type == "scatter" and "markers" in (trace.mode or ""):
            symbol = trace.marker.symbol
            entries.append(
                KeyEntry(name, trace.marker.line.color, "|" if symbol == "line-ns" else symbol)
            )
        elif name and trace.type == "scatter" and trace.showlegend:
            line = ":" if trace.line.dash == "dot" else "-"
            entries.append(KeyEntry(name, trace.line.color, "" if trace.fill else line))
        elif name and trace.type == "bar":
            pattern = trace.marker.pattern
            colour = pattern.fgcolor if trace.base is not None else trace.marker.color
            entries.append(KeyEntry(name, colour, pattern.shape or ""))
    return tuple(entries)
