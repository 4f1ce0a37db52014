"""Place, amend and cancel orders."""

from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query, Response

from api import cursors
from api.rest import problems
from api.rest.caller import A_PAGE, SEES_ENDED, After, AnyKey, Caller, DryRun, Key, Limit, Who
from api.rest.sent import within
from api.wire.order import (
    AmendBody,
    CancelAnswer,
    CancelBody,
    Order,
    OrderAnswer,
    OrderBatch,
    OrderBatchAnswer,
    OrderBody,
)
from api.wire.page import Page
from marketplace.domain import order as domain
from marketplace.domain.actor import IN_TEAM
from marketplace.domain.command import AmendOrder, CancelOrders, PlaceOrder
from marketplace.domain.order import OrderState
from marketplace.errors import BadField, MarketError
from marketplace.services import order as service
from marketplace.services import publication

router: Final = APIRouter(prefix="/v1", tags=["orders"])
OrderId = Annotated[str, Path(description="The order's id.", examples=["ord_0123456789abcdef"])]
IfMatch = Annotated[
    str, Header(description="The order's ETag as it was seen: another change since is refused.")
]
Whose = Annotated[
    str,
    Query(
        description="Only this team's; needless where the token is in one team. Finance and "
        "platform see all teams' that have ended."
    ),
]


@router.post(
    "/orders",
    status_code=201,
    response_model=Order,
    operation_id="place_order",
    summary="Place an order",
)
def place(body: OrderBody, who: Who, key: Key, *, dry_run: DryRun = False) -> Response:
    """Place an order. The value of its dearest option is held from now on, until it ends."""
    order = who.does(PlaceOrder(body.to_request(key)), key, dry_run=dry_run)
    _tag(who.response, order)
    return who.answer(told(who, order), 201)


@router.post(
    "/orders:batch",
    response_model=OrderBatchAnswer,
    operation_id="place_orders",
    summary="Place many orders, each by itself",
)
def place_batch(body: OrderBatch, who: Who, key: Key, *, dry_run: DryRun = False) -> Response:
    """Place many orders in one transaction: each is placed, or refused by itself. An order without
    a key of its own gets the batch's with its place in it."""
    commands = [
        PlaceOrder(one.to_request(one.key or f"{key}-{place}"))
        for place, one in enumerate(body.orders)
    ]
    runner = who.market.runner
    answers = (runner.rehearse_all if dry_run else runner.submit_all)(
        commands, by=who.actor, at=who.now
    )
    return who.answer(
        OrderBatchAnswer(
            items=[
                OrderAnswer(problem=problems.document(answer, list(within(one.document()))))
                if isinstance(answer, MarketError)
                else OrderAnswer(order=Order.of(answer.value), replayed=answer.again)
                for one, answer in zip(body.orders, answers, strict=True)
            ]
        ),
        200,
    )


@router.get("/orders", operation_id="list_orders", summary="Orders, the newest first")
def listed(
    who: Who,
    *,
    team: Whose = "",
    state: Annotated[OrderState | None, Query(description="Only those in this state.")] = None,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[Order]:
    """The orders of one of the caller's teams, the newest first. For finance and platform those of
    any team, or of all, that have ended, once a cycle was cleared since: bids that are still sealed
    are their team's alone."""
    place = cursors.place_of("orders", after)
    store, whose = who.market.store, who.whose(team, SEES_ENDED)
    sees_all = whose and who.actor.in_team(whose, IN_TEAM)
    read = service.listed if sees_all else publication.ended_orders
    found = read(store, team=whose, state=state, after=place, limit=limit)
    back = service.came_back(store, found)
    return Page[Order].of("orders", found, lambda one: Order.of(one, back[one.id]))


@router.get("/orders/{order}", operation_id="get_order", summary="One order")
def get(order: OrderId, who: Who) -> Order:
    """An order of one of the caller's teams, and what became of it; for finance and platform any
    that has ended, once a cycle was cleared since."""
    found = publication.seen(who.market.store, order, by=who.actor)
    _tag(who.response, found)
    return told(who, found)


@router.patch("/orders/{order}", operation_id="amend_order", summary="Change an open order")
def amend(
    order: OrderId,
    body: AmendBody,
    who: Who,
    key: AnyKey,
    *,
    if_match: IfMatch = "",
    dry_run: DryRun = False,
) -> Order:
    """Replace an open order's options; its hold moves to what they need. With a key it is done
    once, however often it is sent."""
    options = tuple(one.to_option() for one in body.options)
    changed = who.does(
        AmendOrder(order, options, version=version_of(if_match)), key, dry_run=dry_run
    )
    _tag(who.response, changed)
    return told(who, changed)


@router.post(
    "/orders:cancel", operation_id="cancel_orders", summary="Cancel open orders, all or none"
)
def cancel_all(body: CancelBody, who: Who, key: Key, *, dry_run: DryRun = False) -> CancelAnswer:
    """Cancel open orders, free of charge: all of them, or none. What they held is free again."""
    gone = who.does(body.to_command(), key, dry_run=dry_run)
    return CancelAnswer(items=[told(who, order) for order in gone])


@router.delete("/orders/{order}", operation_id="cancel_order", summary="Cancel an open order")
def cancel(
    order: OrderId, who: Who, key: AnyKey, *, if_match: IfMatch = "", dry_run: DryRun = False
) -> Order:
    """Cancel an open order, free of charge. What it held is free again. With a key a repeat answers
    the same."""
    command = CancelOrders((order,), (version_of(if_match),))
    [gone] = who.does(command, key, dry_run=dry_run)
    return told(who, gone)


def told(who: Caller, order: domain.Order) -> Order:
    if not order.fill:  # nothing was paid, and nobody need be looked up for that
        return Order.of(order, 0)
    return Order.of(order, service.came_back(who.market.store, [order])[order.id])


def _tag(response: Response, order: domain.Order) -> None:
    response.headers["ETag"] = f'"{order.version}.{order.state.value}"'


def version_of(etag: str) -> int:
    """The version that an ETag stands for; 0 for none, and for any."""
    if etag in ("", "*"):
        return 0
    version = etag.removeprefix("W/").strip('"').partition(".")[0]
    if not (version.isascii() and version.isdigit()):
        raise BadField("If-Match", etag, "not-an-etag")
    return int(version)
