"""An order: what happened to it, why, and what it cost; and a team's orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import changes
from api.guarantees import in_words, may_be
from api.rest import cycles
from api.rest import orders as served
from api.rest.caller import Caller
from api.rest.problems import status_of
from api.web.bid_form import FAILURES
from api.web.booked import extendable, releasable
from api.web.exact import Exact, Typed
from api.web.exact import served as at_service
from api.web.frame import page
from api.web.life import WHEN, life
from api.web.losses import again, lost, rounded_up
from api.web.page import credits as credits_of_page
from api.web.refusals import Page
from api.web.typed import faults, new_key, status
from api.web.visitor import Form, Seen, Visitor
from api.wire.explanation import Explanation
from api.wire.ledger import Transfer
from api.wire.order import AmendBody, Option
from marketplace.domain import advice
from marketplace.domain.command import CancelOrders
from marketplace.domain.guarantee import Terms
from marketplace.domain.order import Order, OrderState
from marketplace.domain.reservation import Reservation, ReservationState
from marketplace.domain.terms import Sale
from marketplace.domain.transfer import Movement
from marketplace.errors import MarketError
from marketplace.services import approval, capacity, cycle, ledger, reservation, standing
from marketplace.services import order as service
from marketplace.words import credits_text, text_of_duration
from pricing.units import ucr_from_credits

router: Final = APIRouter(prefix="/orders", include_in_schema=False, route_class=Page)
HERE: Final = "/teams"
OrderId = Annotated[str, Path()]
OPTIONS_MOST: Final = 20
"""So many options a page shows, and lets be changed."""

MOVES_MOST: Final = 200
SAID: Final = {
    "cancelled": "The order is cancelled; what it held is free again.",
    "changed": "The order is changed.",
    "extended": "It lasts longer, and that is paid.",
    "taken": "It is the team's, and paid.",
    "released": "It is given back, and on sale from the next cycle on.",
}
SECONDS: Final = 10
ROOM_MOST: Final = 8
"""So many who made room for it are told of."""


@router.get("")
def listed(
    seen: Seen, team: str = "", state: OrderState | None = None, after: str = ""
) -> Response:
    """A team's orders, the newest first."""
    who = seen.caller
    whose = who.team(team or seen.team)
    found = served.listed(who, team=whose, state=state, after=after, limit=50)
    named = {leg.pool for one in found.items for each in one.options for leg in each.legs}
    facts = {
        "team": whose,
        "orders": found,
        "states": [(one.value, one is state) for one in OrderState if one in LISTED],
        "state": state.value if state else "",
        "names": _names(who, named),
    }
    return page(seen, HERE, "orders.html", facts)


LISTED: Final = (
    OrderState.OPEN,
    OrderState.PENDING_APPROVAL,
    OrderState.FILLED,
    OrderState.LOST,
    OrderState.EXPIRED,
    OrderState.CANCELLED,
    OrderState.REFUSED,
)


@router.get("/{order}")
def one(order: OrderId, seen: Seen, said: str = "", *, confirm: bool = False) -> Response:
    """One order's page; ``confirm``: clear again to find what would have won."""
    found = service.own(seen.caller.market.store, order, seen.caller.actor)
    return _page(seen, found, said=SAID.get(said, ""), confirm=confirm)


@router.post("/{order}/cancel")
def cancel(order: OrderId, seen: Seen, form: Form) -> Response:
    """Cancel it, while it is open."""
    try:
        seen.caller.does(CancelOrders((order,)), form.get("key", ""))
    except MarketError as refusal:
        found = service.own(seen.caller.market.store, order, seen.caller.actor)
        return _page(seen, found, wrong=faults(refusal, {}), status=status_of(refusal))
    return _done(order, "cancelled")


@router.post("/{order}/amend")
def amend(order: OrderId, seen: Seen, form: Form) -> Response:
    """Give its options other values, while it is open and nobody else has changed it."""
    who = seen.caller
    found = service.own(who.market.store, order, who.actor)
    typed = {name: text.strip() for name, text in form.items() if name.startswith("value-")}
    try:
        options = [
            Option.read(Option.of(option).document() | {"value": typed.get(f"value-{number}", "")})
            for number, option in enumerate(found.request.options)
        ]
        body = AmendBody(options=options)
        version = form.get("version", "")
        served.amend(order, body, who, form.get("key", ""), if_match=f'"{version}"')
    except (MarketError, ValidationError) as refusal:
        wrong = faults(refusal, {"value": "value"})
        return _page(seen, found, wrong=wrong, typed=typed, status=status(refusal))
    return _done(order, "changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Until when what was won may still be changed, if it may, and how; how often it was moved; and
    for how much it was bought back."""

    until: datetime | None
    may: str
    moves: int
    bought_back_ucr: int | None


def _done(order: str, said: str) -> Response:
    return RedirectResponse(f"/orders/{order}?said={said}", HTTPStatus.SEE_OTHER)


def _page(
    seen: Visitor,
    found: Order,
    *,
    said: str = "",
    confirm: bool = False,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    who = seen.caller
    store, now = who.market.store, who.now
    sale = service.sale(store, now)
    moves = ledger.caused_by(store, found)
    waits = approval.of_order(store, found.id)
    boxes = reservation.of_order(store, found, now)
    met = found.fill.cycle_id if found.fill else found.loss.cycle_id if found.loss else ""
    last = cycle.get(store, met) if met else None
    why = _why(who, found, met, boxes, confirm=confirm) if met else None
    gone = not found.open and found.fill is None
    pools = {leg.pool for each in found.request.options for leg in each.legs}
    pools |= {each.pool for each in why.elsewhere if each.pool} if why else set()
    names = _names(who, pools)
    still = standing.terms(store, boxes, now)
    changed = _changes(boxes, still)
    facts: dict[str, Any] = {
        "order": served.get(found.id, who),
        "failures": FAILURES,
        "firmness": in_words(found.request.guarantee),
        "changes": changed,
        "terms": still,
        "sentence": sentence(found, names, sale, boxes, changed),
        "steps": life(*(found, moves, boxes, last, sale, names, waits), why.changes if why else ()),
        "boxes": boxes,
        "releasable": lambda one: releasable(one, now),
        "extendable": extendable,
        "moves": [Transfer.of(move) for move in moves[:MOVES_MOST]],
        "held": Movement.HOLD.value,
        "why": why,
        "because": because(why, names) if why else [],
        "bid_there": _places(found, sale, why) if gone and why else {},
        "confirm": confirm,
        "lost": lost(found, sale) if gone or (found.open and found.loss) else None,
        "again": _again(found, sale, why) if gone else "",
        "options": list(enumerate(found.request.options))[:OPTIONS_MOST],
        "changeable": found.open and not found.cycle_id,
        "amendable": len(found.request.options) <= OPTIONS_MOST,
        "names": names,
        "said": said,
        "wrong": wrong or {},
        "typed": typed or {},
        "keys": (new_key(), new_key()),
        "exact": (_amends(seen, found, typed or {}), _cancels(seen, found)),
    }
    return page(seen, HERE, "order.html", facts, status=status)


def _changes(boxes: Sequence[Reservation], terms: Mapping[str, Terms]) -> Changes | None:
    """What may become, or became, of what it won."""
    if not boxes:
        return None
    back = [one.id for one in boxes if one.state is ReservationState.RECALLED]
    buy_outs = [one.buy_out_ucr for one in terms.values() if one.buy_out_ucr is not None]
    buy_out = credits_text(sum(buy_outs)) if buy_outs else ""
    return Changes(
        until=next((one.until for one in terms.values()), None),
        may=may_be(buy_out, moves=any(one.moves for one in terms.values())),
        moves=max(leg.moves for leg in boxes),
        bought_back_ucr=sum(terms[id_].buy_out_ucr or 0 for id_ in back) if back else None,
    )


def _amends(seen: Visitor, found: Order, typed: Mapping[str, str]) -> Exact:
    """What its form sends: all its options, with the values that are typed."""
    told = [Option.of(option).document() for option in found.request.options]
    alone = len(told) == 1 and len(found.request.options[0].legs) == 1
    return Exact(
        method="PATCH",
        address=at_service(seen, f"/orders/{found.id}"),
        match=f'"{found.version}"',
        fixed={"options": told},
        command=["gpumarket", "orders", "amend", found.id] if alone else (),
        typed=[
            Typed(
                name=f"value-{number}",
                at=f"options.{number}.value",
                text=typed.get(f"value-{number}", str(one["value"])),
                flag="--value",
            )
            for number, one in enumerate(told)
        ],
    )


def _cancels(seen: Visitor, found: Order) -> Exact:
    address = at_service(seen, f"/orders/{found.id}")
    command = ["gpumarket", "orders", "cancel", found.id]
    return Exact(method="DELETE", address=address, command=command)


def _names(who: Caller, pools: set[str]) -> dict[str, str]:
    return {id_: pool.name for id_, pool in capacity.named(who.market.store, pools).items()}


def _why(
    who: Caller, found: Order, met: str, boxes: Sequence[Reservation], *, confirm: bool
) -> Explanation | None:
    """Why it won or lost, where it had a bid in the cycle's files: they never change, and what it
    won changes with them."""

    def look() -> Explanation | None:
        try:
            return cycles.explain(met, found.id, who, confirm=confirm, seconds=SECONDS)
        except MarketError:
            return None

    since = tuple((one.moves, one.state) for one in boxes)
    # what was not finished in the time is asked anew
    version = who.head if confirm else (met, since)
    return who.market.published.kept(("why", found.id, confirm), version, look)


def because(why: Explanation, names: Mapping[str, str]) -> list[str]:
    """What was changed of what it won, and what it won of what others gave up, in sentences."""
    found = [" ".join(changes.told(one, _when, credits_of_page)) for one in why.changes]
    return found + [
        changes.made_room(one, names.get(one.pool, one.pool), why.team, _when)
        for one in why.made_room[:ROOM_MOST]
    ]


def _when(at: datetime) -> str:
    return f"{at:{WHEN}} UTC"


def _again(found: Order, sale: Sale, why: Explanation | None) -> str:
    """The address of the bid that wins by what clearing again found; or that is worth what the
    published prices asked."""
    raising = why.raise_ if why else None
    if raising is not None and raising.win is not None:
        option = found.request.options[raising.win.option]
        value = raising.win.values_credits.get(str(raising.win.option))
        if len(option.legs) == 1 and value is not None:
            return again(option, sale, ucr_from_credits(rounded_up(ucr_from_credits(value))))
    return lost(found, sale).again


def _places(found: Order, sale: Sale, why: Explanation) -> dict[int, str]:
    """Addresses of bids for the same in another pool, by the place of that among those where it
    would have been cheaper."""
    options = found.request.options
    return {
        number: again(options[one.option], sale, options[one.option].value_ucr, one.pool)
        for number, one in enumerate(why.elsewhere)
        if one.pool and one.within_value and len(options[one.option].legs) == 1
    }


def sentence(
    found: Order,
    names: Mapping[str, str],
    sale: Sale,
    boxes: Sequence[Reservation] = (),
    changes: Changes | None = None,
) -> str:
    """What happened to it, in a line."""
    option = found.request.options[found.fill.option if found.fill else 0]
    leg = option.legs[0]
    length = text_of_duration(leg.duration)
    what = f"{leg.quantity:,} × {names.get(leg.pool, leg.pool)} for {length}"
    what += f" and {len(option.legs) - 1} more" if len(option.legs) > 1 else ""
    if found.fill is not None:
        paid = rounded_up(found.fill.payment_ucr)
        if changes and changes.bought_back_ucr is not None:
            back = credits_text(changes.bought_back_ucr)
            return f"Recalled: {what}, won for {paid:,} and bought back for {back} credits"
        won = "Won" if found.fill.cycle_id else "Taken"
        first = found.fill.start + min(one.offset for one in option.legs)
        since = f", moved to {boxes[0].start:{WHEN}} UTC" if boxes and _moved(boxes, first) else ""
        return f"{won}: {what} from {found.fill.start:{WHEN}} UTC{since}, for {paid:,} credits"
    if found.state is OrderState.PENDING_APPROVAL:
        return f"Waits for approval: {what}; it is in no cycle before it has it"
    if found.open:
        waits = f"{found.cycle_id} is clearing it" if found.cycle_id else "it bids"
        when = "" if found.cycle_id else f" in {sale.cycle_id}" if _next(found, sale) else " later"
        return f"Open: {what}; {waits}{when}"
    if found.loss is not None and found.state is OrderState.LOST:
        return f"Lost: {what}; {advice.how(found.loss)}"
    return f"{found.state.value.capitalize()}: {what}"


def _moved(boxes: Sequence[Reservation], first: datetime) -> bool:
    return any(one.moves for one in boxes) and boxes[0].start != first


def _next(found: Order, sale: Sale) -> bool:
    return min(one.earliest_start for one in found.request.options) < sale.starts_before
