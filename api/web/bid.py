"""The page to bid for reserved time: what will it cost, and will I win?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.charts.starts import StartCost, cost_by_start
from api.guarantees import KINDS
from api.web.bid_form import FAILURES, NAMES, BidForm
from api.web.booked import own_box
from api.web.drawing import Drawing, drawing
from api.web.frame import page
from api.web.page import chance
from api.web.refusals import Page
from api.web.typed import LOCAL, faults, key_again, new_key, status
from api.web.visitor import Form, Seen, Sent, Visitor
from marketplace.domain.capacity import Pool
from marketplace.domain.command import PlaceOrder
from marketplace.domain.kind_preview import KindPreview
from marketplace.domain.page import every
from marketplace.domain.preview import OptionPreview, Quote
from marketplace.domain.terms import Sale
from marketplace.errors import MarketError
from marketplace.services import capacity, order
from marketplace.services.preview import Preview, preview
from pricing.units import credits_from_ucr

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = "/bid"
DURATION: Final = "4h"
A_DAY: Final = timedelta(hours=24)
AROUND: Final = timedelta(hours=24)
CYCLES_SHOWN: Final = 10
FIRST_GUESS: Final = "1"
"""A value to ask with, before one is suggested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What became of looking: what the bid would cost, or what is wrong with it, by field."""

    form: BidForm
    found: Preview | None
    wrong: Mapping[str, str]

    @property
    def option(self) -> OptionPreview | None:
        """The first option, which the pictures are about."""
        return self.found.options[0] if self.found else None

    @property
    def free_after_ucr(self) -> int | None:
        """What the team would have left; none where that is too little."""
        return None if not self.found or self.found.refusal else self.found.free_ucr[1]

    @property
    def kinds(self) -> Sequence[KindPreview]:
        """The first option as each kind of guarantee."""
        return self.found.kinds[0] if self.found and self.found.kinds else ()

    @property
    def past(self) -> list[tuple[str, int, bool]]:
        """What the last cycles would have asked, the newest first, and whether the value covers
        that."""
        if self.option is None:
            return []
        asked = list(self.option.asked_ucr.items())[-CYCLES_SHOWN:]
        worth = self.option.option.value_ucr
        return [(cycle, amount, worth >= amount) for cycle, amount in reversed(asked)]

    @property
    def cheapest(self) -> list[Quote]:
        """The cheapest start in the window, and others."""
        if self.option is None:
            return []
        return [*([self.option.quote] if self.option.quote else []), *self.option.others]

    @property
    def most(self) -> Decimal:
        """How far the value's slider goes: twice what was ever asked."""
        if self.option is None:
            return Decimal(100)
        amounts = [*self.option.asked_ucr.values(), self.option.reserve_ucr]
        return credits_from_ucr(2 * max(*amounts, self.option.option.value_ucr // 2))


@router.get(HERE)
def ask(seen: Seen) -> Response:
    """The form, filled from the address, and what the bid would come to."""
    if not seen.team:
        return page(seen, HERE, "no_team.html", {"what": "bid"})
    sale, pools = order.sale(seen.caller.market.store, seen.caller.now), _pools(seen)
    if not pools:
        return page(seen, HERE, "no_pools.html", {})
    asked = _behind(seen, BidForm.read(seen.request.query_params, seen.team))
    form, moved = _filled(asked, pools, sale)
    return _page(seen, _look(seen, form), pools, moved=sale if moved else None)


@router.post(HERE)
def place(seen: Seen, fields: Form, sent: Sent) -> Response:
    """Place the bid; where that is refused, the form says why, and nothing that was typed is
    lost."""
    form = _behind(seen, BidForm.read(sent, fields.get("team", "")))
    key = fields.get("key", "")
    try:
        placed = seen.caller.does(PlaceOrder(form.body().to_request(key)), key)
    except (MarketError, ValidationError) as refusal:
        looked = replace(_look(seen, form), wrong=faults(refusal, NAMES))
        return _page(
            seen, looked, _pools(seen), key=key_again(key, refusal), status=status(refusal)
        )
    return RedirectResponse(f"/orders/{placed.id}", HTTPStatus.SEE_OTHER)


def _behind(seen: Visitor, form: BidForm) -> BidForm:
    """The form, with the place that is right behind the time-box of which it asks for more. Raises
    ``NotFound`` for another team's."""
    if not form.extends:
        return form
    box = own_box(seen.caller, form.extends)
    return replace(form.behind(box), team=box.team)


def _pools(seen: Visitor) -> list[Pool]:
    return list(every(capacity.listed, seen.caller.market.store))


def _filled(form: BidForm, pools: list[Pool], sale: Sale) -> tuple[BidForm, bool]:
    """The form with what was left out, and whether its start was moved to where the sale begins."""
    known = {pool.id: pool for pool in pools}
    chosen = tuple(one for one in form.pools if one in known) or (pools[0].id,)
    first = f"{sale.start:{LOCAL}}"
    moved = bool(form.start) and form.start < first
    start = first if moved or not form.start else form.start
    latest = form.latest if form.latest >= start else ""
    flexible = f"{min(sale.start + A_DAY, sale.starts_before):{LOCAL}}"
    return (
        replace(
            form,
            pools=chosen,
            quantity=form.quantity or str(known[chosen[0]].block_size),
            duration=form.duration or DURATION,
            start=start,
            latest=latest or (start if form.start else flexible),
        ),
        moved,
    )


def _look(seen: Visitor, form: BidForm) -> Looked:
    """What the bid would come to; without a value at the one that is suggested."""
    try:
        found = _previewed(seen, form)
    except (MarketError, ValidationError) as refusal:
        return Looked(form=form, found=None, wrong=faults(refusal, NAMES))
    if not form.value:
        form = form.worth(f"{credits_from_ucr(found.options[0].option.value_ucr):f}")
    return Looked(form=form, found=found, wrong={})


def _previewed(seen: Visitor, form: BidForm) -> Preview:
    body = (form if form.value else form.worth(FIRST_GUESS)).body()
    who = seen.caller
    who.team(body.team)
    asked = body.to_request("preview")
    around = timedelta(0) if form.extends else AROUND
    return preview(who.market.store, asked, who.now, around=around, suggest=not form.value)


def _page(
    seen: Visitor,
    looked: Looked,
    pools: list[Pool],
    *,
    moved: Sale | None = None,
    key: str = "",
    status: int = 200,
) -> Response:
    form = looked.form
    facts: dict[str, Any] = {
        "looked": looked,
        "answer": first_line(looked),
        "form": form,
        "failures": FAILURES,
        "kinds": KINDS,
        "pools": pools,
        "names": {one.id: one.name for one in pools},
        "block": next((one.block_size for one in pools if one.id in form.pools[:1]), 1),
        "key": key or new_key(),
        "moved": moved,
        "drawn": _drawn(looked),
        "starts": [
            (one, f"{HERE}?{urlencode(form.at(one.start).query())}") for one in looked.cheapest
        ],
        "address": str(seen.request.base_url).rstrip("/"),
    }
    return page(seen, HERE, "bid.html", facts, status=status)


def _drawn(looked: Looked) -> Drawing | None:
    option = looked.option
    if option is None or not option.starts:
        return None
    cheapest = {one.start for one in looked.cheapest[:3]}
    starts = [
        StartCost(
            at=f"{one.start:{LOCAL}}",
            now_ucr=one.now_ucr,
            expected_ucr=one.expected_ucr,
            cheapest=one.start in cheapest,
        )
        for one in option.starts
    ]
    if all(one.cost_ucr is None for one in starts):
        return None
    return drawing("starts", cost_by_start(starts, option.option.value_ucr))


def first_line(looked: Looked) -> str:
    """The page's answer in a line."""
    found, option = looked.found, looked.option
    if found is None or option is None:
        return "What do you need, and what is it worth to you?"
    if found.refusal:
        return "Your team has too few credits for this bid"
    if option.quote is None:
        return "Nothing is free then: try other hours, or fewer units"
    quote = option.quote
    cost = quote.now_ucr if quote.expected_ucr is None else quote.expected_ucr
    if cost is None:
        return f"It holds {credits_from_ucr(found.hold_ucr):,.2f} credits; no price is known yet"
    said = f"It will cost about {credits_from_ucr(cost):,.2f} credits"
    if found.chance.share is None:
        return said
    return f"{said}, and win with a chance of {chance(found.chance.share)}"
