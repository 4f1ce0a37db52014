"""Orders."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.order import (
    Fill,
    Leg,
    Loss,
    Option,
    Order,
    OrderRequest,
    OrderState,
)
from marketplace.domain.page import Cursor, Page
from marketplace.domain.transfer import SECOND, Tags
from marketplace.store.chunks import chunks
from marketplace.store.columns import instant_of, seconds_of
from marketplace.store.page import paged
from marketplace.store.tables import EntryRow, OrderRow
from marketplace.store.transaction import Tx

ORDERS = OrderRow.__table__.c  # type: ignore[attr-defined]
READ_AHEAD = 500
TABLE = OrderRow.__table__  # type: ignore[attr-defined]


def add(tx: Tx, orders: Sequence[Order]) -> None:
    """Keep new orders."""
    tx.add_rows(OrderRow, [_row(order) for order in orders])


def put(tx: Tx, orders: Sequence[Order]) -> None:
    """Write how orders changed."""
    tx.change_rows(OrderRow, [_row(order) for order in orders])


def mark(tx: Tx, order_ids: Sequence[str], cycle_id: str) -> None:
    """Put orders into a cycle's frozen book (or out of it, with an empty id)."""
    tx.change_rows(OrderRow, [{"id": id_, "cycle_id": cycle_id} for id_ in order_ids])


def get(tx: Tx, ids: Iterable[str]) -> dict[str, Order]:
    """Orders by id; those that are not there are left out."""
    found: dict[str, Order] = {}
    for chunk in chunks(sorted(set(ids))):
        query = select(OrderRow).where(col(OrderRow.id).in_(chunk))
        found.update({row.id: _order(row) for row in tx.exec(query)})
    return found


def open_ones(tx: Tx) -> list[Order]:
    """All open orders that are in no frozen book, by id."""
    query = (
        select(OrderRow)
        .where(OrderRow.state == OrderState.OPEN.value, OrderRow.cycle_id == "")
        .order_by(col(OrderRow.id))
    )
    return [_order(row) for row in tx.exec(query)]


def of_cycle(tx: Tx, cycle_number: int) -> dict[str, Order]:
    """The orders of a cycle's frozen book, by id."""
    query = (
        select(OrderRow)
        .join(EntryRow, col(EntryRow.order_id) == col(OrderRow.id))
        .where(EntryRow.cycle == cycle_number)
    )
    return {row.id: _order(row) for row in tx.exec(query)}


def listed(
    tx: Tx, *, team: str, state: OrderState | None, after: Cursor | None, limit: int
) -> Page[Order]:
    """A team's orders, the newest first, in one state or in any."""
    query = select(OrderRow).where(OrderRow.team == team)
    if state is not None:
        query = query.where(OrderRow.state == state.value)
    keys = [ORDERS.placed_at, ORDERS.id]
    return paged(tx, query, keys, _order, after=after, limit=limit, newest_first=True)


def every(tx: Tx) -> Iterable[Order]:
    """All orders, by id."""
    query = sa.select(TABLE).order_by(TABLE.c.id).execution_options(yield_per=READ_AHEAD)
    return (_order(row) for row in tx.execute(query))


def _row(order: Order) -> dict[str, Any]:
    request = order.request
    return {
        "id": order.id,
        "team": request.team,
        "key": request.key,
        "state": order.state.value,
        "request": _document(request),
        "placed_at": order.placed_at,
        "version": order.version,
        "cycle_id": order.cycle_id,
        "fill": _fill_document(order.fill),
        "loss": _loss_document(order.loss),
        "reason": order.reason,
        "ended_at": order.ended_at,
    }


def _document(request: OrderRequest) -> dict[str, Any]:
    until = request.valid_until
    return {
        "options": [
            {
                "value_ucr": option.value_ucr,
                "earliest": seconds_of(option.earliest_start),
                "latest": seconds_of(option.latest_start),
                "legs": [
                    [leg.pool, leg.quantity, leg.duration // SECOND, leg.offset // SECOND]
                    for leg in option.legs
                ],
            }
            for option in request.options
        ],
        "standing": request.standing,
        "valid_until": None if until is None else seconds_of(until),
        "tags": [request.tags.project, request.tags.theme, request.tags.cost_centre],
    }


def _fill_document(fill: Fill | None) -> dict[str, Any] | None:
    if fill is None:
        return None
    return {
        "cycle": fill.cycle_id,
        "option": fill.option,
        "start": seconds_of(fill.start),
        "payment_ucr": fill.payment_ucr,
        "capped": fill.capped,
    }


def _loss_document(loss: Loss | None) -> dict[str, Any] | None:
    if loss is None:
        return None
    return {"cycle": loss.cycle_id, "reason": loss.reason, "shortfall_ucr": loss.shortfall_ucr}


def _order(row: Any) -> Order:
    fill, loss = row.fill, row.loss
    return Order(
        id=row.id,
        request=_request(row),
        state=OrderState(row.state),
        placed_at=row.placed_at,
        version=row.version,
        cycle_id=row.cycle_id,
        fill=None
        if fill is None
        else Fill(
            cycle_id=fill["cycle"],
            option=fill["option"],
            start=instant_of(fill["start"]),
            payment_ucr=fill["payment_ucr"],
            capped=fill["capped"],
        ),
        loss=None
        if loss is None
        else Loss(
            cycle_id=loss["cycle"], reason=loss["reason"], shortfall_ucr=loss["shortfall_ucr"]
        ),
        reason=row.reason,
        ended_at=row.ended_at,
    )


def _request(row: Any) -> OrderRequest:
    document = row.request
    project, theme, cost_centre = document["tags"]
    until = document["valid_until"]
    return OrderRequest(
        team=row.team,
        key=row.key,
        options=tuple(
            Option(
                value_ucr=option["value_ucr"],
                earliest_start=instant_of(option["earliest"]),
                latest_start=instant_of(option["latest"]),
                legs=tuple(
                    Leg(
                        pool=pool,
                        quantity=quantity,
                        duration=timedelta(seconds=duration_s),
                        offset=timedelta(seconds=offset_s),
                    )
                    for pool, quantity, duration_s, offset_s in option["legs"]
                ),
            )
            for option in document["options"]
        ),
        standing=document["standing"],
        valid_until=None if until is None else instant_of(until),
        tags=Tags(project=project, theme=theme, cost_centre=cost_centre),
    )
