"""The page to ask for spot capacity: what will it cost, and how long will it run?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.charts.limit import Expected, Known, limit_over_prices
from api.rest import spot as rest
from api.texts import credits_ucr
from api.web.drawing import Drawing, drawing
from api.web.frame import page
from api.web.page import price
from api.web.refusals import Page
from api.web.spot_form import NAMES, SpotForm
from api.web.typed import LOCAL, faults, key_again, new_key, status
from api.web.visitor import Form, Seen, Sent, Visitor
from api.wire.spot import AskedSpot
from marketplace.domain.capacity import Pool
from marketplace.domain.command import RequestSpot
from marketplace.domain.page import every
from marketplace.domain.spot_price import ExpectedPrice, TickPrice
from marketplace.errors import MarketError
from marketplace.services import capacity, spot
from pricing.units import credits_from_ucr

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = "/bid/spot"
FRAME: Final = "/bid"
LOOK_BACK: Final = timedelta(days=3)
HOURS_AHEAD: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a limit would have done: the share of ticks in which it would have run, and the mean
    price of those."""

    share: float
    mean_ucr: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of looking: what the request would hold, or what is wrong with it, by field."""

    form: SpotForm
    made: AskedSpot | None
    wrong: Mapping[str, str]
    ticks: Sequence[TickPrice]
    ahead: Sequence[ExpectedPrice]

    @property
    def limit_ucr(self) -> int | None:
        """The limit, where one can be read."""
        try:
            return credits_ucr(self.form.limit)
        except ValueError:
            return None

    @property
    def newest_ucr(self) -> int | None:
        """The price now; none before the first tick."""
        return self.ticks[-1].price_ucr if self.ticks else None

    @property
    def past(self) -> Past | None:
        """What the limit would have done in the days before; none without ticks or limit."""
        limit, ticks = self.limit_ucr, sum(one.ticks for one in self.ticks)
        if limit is None or not ticks:
            return None
        run = [one for one in self.ticks if one.price_ucr <= limit]
        count = sum(one.ticks for one in run)
        mean = sum(one.price_ucr * one.ticks for one in run) // count if count else None
        return Past(share=count / ticks, mean_ucr=mean)

    @property
    def most(self) -> Decimal:
        """How far the limit's slider goes: twice the dearest that was or may be."""
        amounts = [one.price_ucr for one in self.ticks] + [one.high_ucr for one in self.ahead]
        return credits_from_ucr(2 * max([*amounts, (self.limit_ucr or 0) // 2, 1]))


@router.get(HERE)
def ask(seen: Seen) -> Response:
    """The form, filled from the address, and what the request would come to."""
    if not seen.team:
        return page(seen, FRAME, "no_team.html", {"what": "ask for spot"})
    pools = list(every(capacity.listed, seen.caller.market.store))
    if not pools:
        return page(seen, FRAME, "no_pools.html", {})
    form = SpotForm.read(seen.request.query_params, seen.team)
    pool = next((one for one in pools if one.id == form.pool), pools[0])
    return _page(seen, _look(seen, form.filled(pool.id, str(pool.block_size)), pool), pools)


@router.post(HERE)
def place(seen: Seen, fields: Form, sent: Sent) -> Response:
    """Ask for it; where that is refused, the form says why, and nothing that was typed is lost."""
    form, key = SpotForm.read(sent, fields.get("team", "")), fields.get("key", "")
    try:
        made = seen.caller.does(RequestSpot(form.body().to_terms(key)), key)
    except (MarketError, ValidationError) as refusal:
        pools = list(every(capacity.listed, seen.caller.market.store))
        known = any(one.id == form.pool for one in pools)
        ticks, ahead = _prices(seen, form.pool) if known else ((), ())
        asked = Asked(form=form, made=None, wrong=faults(refusal, NAMES), ticks=ticks, ahead=ahead)
        return _page(seen, asked, pools, key=key_again(key, refusal), status=status(refusal))
    return RedirectResponse(f"/spot/{made.id}", HTTPStatus.SEE_OTHER)


def _look(seen: Visitor, form: SpotForm, pool: Pool) -> Asked:
    """What it would come to; without a limit at one that would cover what may be."""
    ticks, ahead = _prices(seen, pool.id)
    if not form.limit:
        high = max((one.high_ucr for one in ahead), default=2 * pool.reserve_price_ucr)
        form = form.limited(price(credits_from_ucr(high)).replace(",", ""))
    made, wrong = None, {}
    try:
        made = rest.request(form.body(), seen.caller, new_key(), dry_run=True)
    except (MarketError, ValidationError) as refusal:
        wrong = faults(refusal, NAMES)
    return Asked(form=form, made=made, wrong=wrong, ticks=ticks, ahead=ahead)


def _prices(seen: Visitor, pool: str) -> tuple[Sequence[TickPrice], Sequence[ExpectedPrice]]:
    store, now = seen.caller.market.store, seen.caller.now
    end = now + timedelta(seconds=1)
    ticks = tuple(every(spot.prices, store, pool, now - LOOK_BACK, end))
    return ticks, spot.expected(store, pool, now, HOURS_AHEAD)


def _page(
    seen: Visitor, asked: Asked, pools: list[Pool], *, key: str = "", status: int = 200
) -> Response:
    facts: dict[str, Any] = {
        "asked": asked,
        "form": asked.form,
        "answer": first_line(asked),
        "pools": pools,
        "block": next((one.block_size for one in pools if one.id == asked.form.pool), 1),
        "key": key or new_key(),
        "drawn": _drawn(asked),
        "address": str(seen.request.base_url).rstrip("/"),
    }
    return page(seen, FRAME, "spot_bid.html", facts, status=status)


def _drawn(asked: Asked) -> Drawing | None:
    if not asked.ticks and not asked.ahead:
        return None
    known = [Known(f"{one.at:{LOCAL}}", one.price_ucr) for one in asked.ticks]
    ahead = [
        Expected(f"{one.at:{LOCAL}}", one.low_ucr, one.middle_ucr, one.high_ucr)
        for one in asked.ahead
    ]
    return drawing("prices", limit_over_prices(known, ahead, asked.limit_ucr))


def first_line(asked: Asked) -> str:
    """The page's answer in a line."""
    if asked.limit_ucr is None:
        return "What do you need, and what is the most that you would pay?"
    limit = price(credits_from_ucr(asked.limit_ucr))
    if asked.past is None:
        return f"At a limit of {limit} you pay {limit} at most; no price is known yet"
    share = f"{asked.past.share:.0%}".replace("%", " %")
    said = f"At a limit of {limit} it would have run {share} of the last three days"
    if asked.past.mean_ucr is None:
        return said
    return f"{said}, for {price(credits_from_ucr(asked.past.mean_ucr))} a unit-hour"
