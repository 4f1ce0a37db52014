"""Periods as people name them, at each door: by times, or by months."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.texts import moment, month

LIKE_A_MONTH: Final = re.compile(r"\d{4}-\d{1,2}", re.ASCII)
Period = tuple[datetime | None, datetime | None]
"""From when until when; where nothing is said, as whoever is asked has it."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a period begins or ends. ``month``: it was named by a month, whose start it is."""

    at: datetime
    month: bool = False


def edge(text: str) -> Edge:
    """A month's start, of one like 2026-11, or a time. Raises ``ValueError``: for people."""
    if LIKE_A_MONTH.fullmatch(text):
        return Edge(month(text), month=True)
    return Edge(moment(text))


def between(start: Edge | None, end: Edge | None) -> Period:
    """From when until when. A month that begins a period of which no end is named is all of it."""
    if start is not None and start.month and end is None:
        from marketplace.domain.statement import month_around

        return month_around(start.at)
    return start.at if start else None, end.at if end else None
