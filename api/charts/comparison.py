"""One number of several ways to share."""

from collections.abc import Sequence

import plotly.graph_objects as go

from api.charts.look import BLUE, QUIET, Figure, bars_by_name, label, look


def comparison(names: Sequence[str], heights: Sequence[float], words: Sequence[str]) -> Figure:
    """A bar for each way, the first one stressed; ``words`` are the heights as people read them."""
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[label(name) for name in names],
            x=list(heights),
            text=list(words),
            textposition="outside",  # readable whatever the bar and the theme
            cliponaxis=False,
            marker={"color": [BLUE, *[QUIET] * (len(heights) - 1)]},
            hovertemplate="<b>%{y}</b><br>%{text}<extra></extra>",
        )
    )
    figure.update_layout(**look(70 + 42 * len(heights)))
    bars_by_name(figure, "")
    figure.update_xaxes(nticks=4, range=[0, 1.35 * max(heights, default=0.0) or 1.0])
    return figure
