"""One measure of several policies with its intervals, and how far each lies from the first."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from api.charts.look import BLUE, INK, QUIET, Figure, bars_by_name, look
from api.charts.policies import Estimate, named, whiskers

ROW: Final = 46
"""Pixels for one policy."""


def values_by_policy(
    names: Sequence[str], estimates: Sequence[Estimate], words: Sequence[str], unit: str
) -> Figure:
    """A bar for each policy, the first one stressed, its interval as whiskers; ``words`` are the
    means as people read them."""
    rows = named(names)
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=rows,
            x=[one.mean for one in estimates],
            error_x=whiskers(estimates),
            marker={"color": [BLUE, *[QUIET] * (len(names) - 1)]},
            width=0.55,
            customdata=list(words),
            hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
        )
    )
    farthest = max([one.high or one.mean for one in estimates], default=0.0)
    for row, one, word in zip(rows, estimates, words, strict=True):
        figure.add_annotation(
            x=max(one.high or one.mean, one.mean, 0.0),
            y=row,
            text=word,
            showarrow=False,
            xanchor="left",
            xshift=8,
            font={"size": 13},
        )
    figure.update_layout(**look(70 + ROW * len(names)))
    bars_by_name(figure, unit)
    figure.update_xaxes(nticks=5, range=[0, 1.45 * farthest or 1.0])
    return figure


def steps_from_first(
    names: Sequence[str], estimates: Sequence[Estimate], words: Sequence[str], unit: str
) -> Figure:
    """How far each policy lies from the first, which is the upright line at nothing: a mark and
    its interval. An interval that reaches over the line says that it is open which has more."""
    rows = named(names)
    figure = go.Figure(
        go.Scatter(
            mode="markers",
            orientation="h",
            y=rows,
            x=[one.mean for one in estimates],
            error_x=whiskers(estimates, BLUE),
            marker={"color": BLUE, "size": 10, "line": {"width": 0, "color": BLUE}},
            customdata=list(words),
            hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
        )
    )
    ends = [end for one in estimates for end in (one.mean, one.low, one.high) if end is not None]
    least, most = min([0.0, *ends]), max([0.0, *ends])
    wide = (most - least) or 1.0
    figure.update_layout(**look(70 + ROW * len(names)))
    bars_by_name(figure, unit)
    figure.update_xaxes(nticks=6, range=[least - 0.08 * wide, most + 0.08 * wide], zeroline=False)
    figure.add_vline(x=0, line={"color": INK, "width": 1.5})
    figure.update_yaxes(range=[len(rows) - 0.5, -0.5], autorange=False)
    return figure
