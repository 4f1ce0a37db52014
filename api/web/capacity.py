"""The first page: what is free, when, at about what price?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from api.charts.availability import availability, scales
from api.charts.time_axis import Steps
from api.web.availability import Picture, PoolNow, picture
from api.web.drawing import Drawing, drawing
from api.web.frame import page
from api.web.refusals import Page
from api.web.span import Shown, Zoom, shown
from api.web.visitor import Seen, Visitor
from api.wire.shape import Instant
from marketplace.services import market, order, use

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = "/"
CELL_WORDS: Final = {
    Zoom.HOURS: ("a cell an hour", "Free, hour by hour"),
    Zoom.DAYS: ("a cell a quarter of a day", "Free, by quarters of a day"),
    Zoom.WEEKS: ("a cell a day", "Free, day by day"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The slot of a pool that was asked about, and what it is used for, by theme. ``takable``:
    whether it is to come, and no cycle sells it any more."""

    now: PoolNow
    at: datetime
    slot: timedelta
    number: int
    themes: tuple[tuple[str, int], ...]
    takable: bool

    @property
    def capacity(self) -> int:
        """Units there are."""
        return self.now.slots.capacity[self.number]

    @property
    def sold(self) -> int:
        """Units that are reserved."""
        return self.now.slots.sold[self.number]

    @property
    def spot(self) -> int:
        """Units that run on spot, or that it keeps."""
        return self.now.slots.spot[self.number]

    @property
    def away(self) -> int:
        """Units under maintenance."""
        return self.now.slots.away[self.number]

    @property
    def free(self) -> int:
        """Units that are left."""
        return max(self.capacity - self.sold - self.spot, 0)

    @property
    def price_ucr(self) -> int | None:
        """The price of a unit-hour, where one is known."""
        return self.now.slots.price_ucr[self.number]

    @property
    def over(self) -> bool:
        """Whether it is past."""
        return self.number < self.now.slots.past


@router.get(HERE)
def capacity(
    seen: Seen,
    *,
    zoom: Zoom = Zoom.DAYS,
    start: Annotated[Instant | None, Query(alias="from")] = None,
    pool: str = "",
    cell_pool: str = "",
    cell_at: Instant | None = None,
) -> Response:
    """All pools over the span, and the slot that was asked about."""
    who, now = seen.caller, seen.caller.now
    rules, _ = market.now_showing(who.market.store)
    this = rules.slot_floor(now)
    span = shown(zoom, start, this, rules.slot)
    made = who.market.published.kept(
        ("capacity page", span, pool), (who.head, this), lambda: _made(seen, span, pool, this)
    )
    found, drawn = made
    facts: dict[str, Any] = {
        "found": found,
        "drawn": drawn,
        "scales": scales(),
        "wanted": pool,
        "zooms": [(one.value, _address(one, None, pool), one is zoom) for one in Zoom],
        "here": _address(zoom, span.start if start else None, pool),
        "cells": CELL_WORDS[zoom],
        "earlier": _address(zoom, span.moved(-1), pool),
        "later": _address(zoom, span.moved(1), pool),
        "around_now": _address(zoom, None, pool) if start else "",
        "chosen": _chosen(seen, found, cell_pool, cell_at) if cell_at else None,
        "now": now,
    }
    return page(seen, HERE, "capacity.html", facts)


def _made(seen: Visitor, span: Shown, wanted: str, now: datetime) -> tuple[Picture, Drawing | None]:
    found = picture(seen.caller, span, wanted, now)
    if not found.pools:
        return found, None
    steps = Steps(span.start, span.slot, span.slots)
    figure = availability(steps, [one.slots for one in found.pools], f"{now:%Y-%m-%dT%H:%M}")
    return found, drawing("map", figure)


def _chosen(seen: Visitor, found: Picture, pool: str, at: datetime) -> Chosen | None:
    """The slot that was asked about, where it is in the picture."""
    span = found.shown
    number = (at - span.start) // span.slot
    for one in found.pools:
        if one.pool.id == pool and 0 <= number < span.slots:
            start = span.start + number * span.slot
            store, now = seen.caller.market.store, seen.caller.now
            themes = use.by_theme(store, pool, start)
            return Chosen(
                now=one,
                at=start,
                slot=span.slot,
                number=number,
                themes=tuple(themes.items()),
                takable=now <= start < order.sale(store, now).start,
            )
    return None


def _address(zoom: Zoom, start: datetime | None, pool: str) -> str:
    query = {"zoom": zoom.value}
    if start:
        query["from"] = f"{start:%Y-%m-%dT%H:%MZ}"
    if pool:
        query["pool"] = pool
    return f"{HERE}?{urlencode(query)}"
