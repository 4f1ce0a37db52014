"""Orders."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.cycle import id_of
from marketplace.domain.failure import OnFailure
from marketplace.domain.guarantee import FIRM, Guarantee, Kind
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
from marketplace.rules import in_utc
from marketplace.store.chunks import chunks
from marketplace.store.columns import instant_of, seconds_of
from marketplace.store.page import paged
from marketplace.store.tables import OrderRow
from marketplace.store.transaction import Tx

ORDERS = OrderRow.__table__.c  # type: ignore[attr-defined]
READ_AHEAD = 500
TABLE = OrderRow.__table__  # type: ignore[attr-defined]
OPEN: Final = "open orders"
LIVE: Final = (OrderState.OPEN.value, OrderState.PENDING_APPROVAL.value)
OPEN_MOST: Final = 50_000
"""So many open orders are kept in mind from one transaction to the next: a book is closed and
settled without reading each of them again. Of more none are."""


def add(tx: Tx, orders: Sequence[Order]) -> None:
    """Keep new orders."""
    tx.add_rows(OrderRow, [_row(order) for order in orders])
    _keep_in_mind(tx, orders)


def put(tx: Tx, orders: Sequence[Order]) -> None:
    """Write how orders changed."""
    tx.change_rows(OrderRow, [_row(order) for order in orders])
    _keep_in_mind(tx, orders)


def put_back(tx: Tx, orders: Sequence[Order]) -> None:
    """Write how orders came out of a cycle that wait on: what else they say has not changed."""
    rows = [
        {"id": order.id, "cycle_id": order.cycle_id, "loss": _loss_document(order.loss)}
        for order in orders
    ]
    tx.change_rows(OrderRow, rows)
    _keep_in_mind(tx, orders)


def _keep_in_mind(tx: Tx, orders: Sequence[Order]) -> None:
    known: dict[str, Order] | None = tx.recalled(OPEN)
    if known is None:
        return
    for order in orders:
        until = order.request.valid_until
        if not order.open:
            known.pop(order.id, None)
        elif until is None or until.tzinfo is UTC:
            known[order.id] = order
        else:
            known[order.id] = replace(
                order, request=replace(order.request, valid_until=in_utc(until))
            )
    if len(known) > OPEN_MOST:
        tx.forget(OPEN)


def _open(tx: Tx) -> dict[str, Order]:
    """All open orders by id, those too that wait for somebody's word."""

    def look() -> dict[str, Order]:
        query = select(OrderRow).where(col(OrderRow.state).in_(LIVE)).order_by(ORDERS.id)
        return {row.id: _order(row) for row in tx.exec(query)}

    known: dict[str, Order] = tx.known(OPEN, look)
    return known


def mark(tx: Tx, order_ids: Sequence[str], cycle_id: str) -> None:
    """Put orders into a cycle's frozen book (or out of it, with an empty id)."""
    tx.change_rows(OrderRow, [{"id": id_, "cycle_id": cycle_id} for id_ in order_ids])
    known: dict[str, Order] | None = tx.recalled(OPEN)
    if known is not None:
        known |= {id_: replace(known[id_], cycle_id=cycle_id) for id_ in order_ids if id_ in known}


def get(tx: Tx, ids: Iterable[str]) -> dict[str, Order]:
    """Orders by id, in the order of ids; those that are not there are left out."""
    known, wanted = tx.recalled(OPEN) or {}, set(ids)
    found: dict[str, Order] = {id_: known[id_] for id_ in sorted(wanted) if id_ in known}
    for chunk in chunks(sorted(wanted - found.keys())):
        query = select(OrderRow).where(col(OrderRow.id).in_(chunk))
        found.update({row.id: _order(row) for row in tx.exec(query)})
    return {id_: found[id_] for id_ in sorted(found)}


def open_among(tx: Tx, ids: Sequence[str]) -> list[Order]:
    """Those of some orders that are open."""
    known: dict[str, Order] | None = tx.recalled(OPEN)
    if known is None:
        known = get(tx, ids)
    return [known[id_] for id_ in ids if id_ in known and known[id_].open]


def open_ones(tx: Tx) -> list[Order]:
    """All open orders that are in no frozen book and wait for nobody's word, by id."""
    return [
        order
        for _, order in sorted(_open(tx).items())
        if not order.cycle_id and order.state is OrderState.OPEN
    ]


def extending(tx: Tx, reservation: str) -> list[str]:
    """The open orders that ask for the time behind a reservation, by id."""
    return sorted(id_ for id_, one in _open(tx).items() if one.request.extends == reservation)


def of_cycle(tx: Tx, cycle_number: int) -> dict[str, Order]:
    """The orders of the frozen book of a cycle that has not ended, by id."""
    cycle = id_of(cycle_number)
    return {id_: order for id_, order in _open(tx).items() if order.cycle_id == cycle}


def listed(
    tx: Tx,
    *,
    team: str,
    state: OrderState | None,
    after: Cursor | None,
    limit: int,
    ended_by: datetime | None = None,
) -> Page[Order]:
    """Orders of a team or of all, the newest first, in one state or in any; ``ended_by``: only
    those that had ended then."""
    query = select(OrderRow)
    if team:
        query = query.where(OrderRow.team == team)
    if ended_by is not None:
        query = query.where(col(OrderRow.ended_at) <= ended_by)
    if state is not None:
        query = query.where(OrderRow.state == state.value)
    keys = [ORDERS.placed_at, ORDERS.id]
    return paged(tx, query, keys, _order, after=after, limit=limit, newest_first=True)


def ended_as(tx: Tx, reasons: Sequence[str], since: datetime) -> Iterable[Order]:
    """Orders that ended for one of these reasons since then, by reason and time."""
    ended = [ORDERS.reason, ORDERS.ended_at, ORDERS.id]
    query = sa.select(TABLE).where(ORDERS.reason.in_(sorted(reasons)), ORDERS.ended_at >= since)
    rows = tx.execute(query.order_by(*ended).execution_options(yield_per=READ_AHEAD))
    return (_order(row) for row in rows)


def placed_between(tx: Tx, start: datetime, end: datetime) -> list[Order]:
    """Orders that were placed in [start, end) and bid, or might have: by time and id."""
    bid = (OrderState.OPEN, OrderState.FILLED, OrderState.LOST, OrderState.EXPIRED)
    query = sa.select(TABLE).where(ORDERS.placed_at >= start, ORDERS.placed_at < end)
    query = query.where(ORDERS.state.in_([one.value for one in bid]))
    return [_order(row) for row in tx.execute(query.order_by(ORDERS.placed_at, ORDERS.id))]


def first_placed(tx: Tx) -> datetime | None:
    """When the first of all orders was placed."""
    query = sa.select(ORDERS.placed_at).order_by(ORDERS.placed_at, ORDERS.id).limit(1)
    found: datetime | None = tx.execute(query).scalar()
    return found


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


def options_document(options: Sequence[Option]) -> list[dict[str, Any]]:
    """Options as a row keeps them."""
    return [
        {
            "value_ucr": option.value_ucr,
            "earliest": seconds_of(option.earliest_start),
            "latest": seconds_of(option.latest_start),
            "legs": [
                [leg.pool, leg.quantity, leg.duration // SECOND, leg.offset // SECOND]
                for leg in option.legs
            ],
        }
        for option in options
    ]


def options_of(document: Sequence[dict[str, Any]]) -> tuple[Option, ...]:
    """Read back what ``options_document`` wrote."""
    return tuple(
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
        for option in document
    )


def _document(request: OrderRequest) -> dict[str, Any]:
    until = request.valid_until
    return {
        "options": options_document(request.options),
        "standing": request.standing,
        "valid_until": None if until is None else seconds_of(until),
        "on_failure": request.on_failure.value,
        "guarantee": _guarantee_document(request.guarantee),
        "extends": request.extends,
        "tags": [request.tags.project, request.tags.theme, request.tags.cost_centre],
    }


def _guarantee_document(one: Guarantee) -> list[Any]:
    gate_s = None if one.gate is None else int(one.gate.total_seconds())
    return [one.kind.value, one.buy_out_ucr, gate_s]


def _guarantee(document: list[Any]) -> Guarantee:
    kind, buy_out_ucr, gate_s = document
    if kind == Kind.FIRM:
        return FIRM
    gate = None if gate_s is None else timedelta(seconds=gate_s)
    return Guarantee(kind=Kind(kind), buy_out_ucr=buy_out_ucr, gate=gate)


def _fill_document(fill: Fill | None) -> dict[str, Any] | None:
    if fill is None:
        return None
    return {
        "cycle": fill.cycle_id,
        "option": fill.option,
        "start": seconds_of(fill.start),
        "payment_ucr": fill.payment_ucr,
        "capped": fill.capped,
        "extended_ucr": fill.extended_ucr,
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
            extended_ucr=fill["extended_ucr"],
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
        options=options_of(document["options"]),
        standing=document["standing"],
        valid_until=None if until is None else instant_of(until),
        tags=Tags(project=project, theme=theme, cost_centre=cost_centre),
        on_failure=OnFailure(document["on_failure"]),
        guarantee=_guarantee(document["guarantee"]),
        extends=document["extends"],
    )
