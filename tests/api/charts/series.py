"""Series made up for charts, and how to read a figure back."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from api.charts.time_axis import Steps

START = datetime(2026, 3, 2, tzinfo=UTC)
CREDIT = 1_000_000
EVIL = "<a href='https://example.org'>free credits</a>"


def hours(count: int) -> Steps:
    return Steps(START, timedelta(hours=1), count)


def traces(figure: Any) -> dict[str, Any]:
    """A figure's traces by name, as a page gets them."""
    return {trace["name"]: trace for trace in json.loads(figure.to_json())["data"]}


def numbers(found: Any) -> list[float]:
    """A trace's values, also where Plotly packed them."""
    if isinstance(found, dict):
        raw = base64.b64decode(found["bdata"])
        return [float(one) for one in np.frombuffer(raw, dtype=found["dtype"])]
    return [float(one) for one in found]


def says_it_without_markup(figure: Any) -> bool:
    """Whether a figure shows ``EVIL`` as words; its ground is the page's."""
    written = figure.to_json()
    clear = figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    return clear and "<a" not in written and "\\u003ca" not in written and "&lt;a" in written
