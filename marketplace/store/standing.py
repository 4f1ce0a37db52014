"""Awards that may be changed, and the books that they stood in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from marketplace.domain.guarantee import Kind
from marketplace.domain.kind_preview import Past
from marketplace.domain.reservation import Reservation
from marketplace.domain.standing import Standing
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store.chunks import chunks
from marketplace.store.standing_tables import ChangeableRow, CycleStandingRow
from marketplace.store.transaction import Tx

AWARDS: Final = ChangeableRow.__table__.c  # type: ignore[attr-defined]
ROWS: Final = CycleStandingRow.__table__.c  # type: ignore[attr-defined]
PAST_MOST: Final = 400
"""So many awards at most are looked at to tell what becomes of such."""


def add(tx: Tx, awards: Iterable[tuple[str, datetime]]) -> None:
    """Note awards that may be changed: their orders, and when they start."""
    tx.add_rows(ChangeableRow, _rows(awards))


def put(tx: Tx, awards: Iterable[tuple[str, datetime]]) -> None:
    """Write where they start now."""
    tx.change_rows(ChangeableRow, _rows(awards))


def starting(tx: Tx, start: datetime) -> list[Standing]:
    """Awards that may be changed and start at ``start`` or later, by their order."""
    query = sa.select(AWARDS.order_id).where(AWARDS.start >= start).order_by(AWARDS.order_id)
    return list(_standing(tx, list(tx.execute(query).scalars())).values())


def keep(tx: Tx, cycle: int, names: Mapping[str, str]) -> None:
    """Keep which awards stood in a book, by order, under which names."""
    rows = [{"cycle": cycle, "order_id": id_, "alias": name} for id_, name in sorted(names.items())]
    tx.add_rows(CycleStandingRow, rows)


def of_cycle(tx: Tx, cycle: int) -> dict[str, Standing]:
    """The awards that stood in a book, as they are now, by their names there."""
    query = sa.select(ROWS.order_id, ROWS.alias).where(ROWS.cycle == cycle).order_by(ROWS.order_id)
    names = {row.order_id: row.alias for row in tx.execute(query)}
    found = _standing(tx, list(names))
    return {names[id_]: one for id_, one in found.items()}


def names_in(tx: Tx, cycle: int) -> list[str]:
    """The names of awards that stood in a book."""
    query = sa.select(ROWS.alias).where(ROWS.cycle == cycle).order_by(ROWS.alias)
    return list(tx.execute(query).scalars())


def stands(tx: Tx, cycle: int, order: str) -> bool:
    """Whether an order's award stands in that cycle's book."""
    query = sa.select(ROWS.alias).where(ROWS.cycle == cycle, ROWS.order_id == order)
    return tx.execute(query).first() is not None


def among(tx: Tx, orders: Iterable[str]) -> dict[str, Standing]:
    """Those of some orders' awards that are not firm, as they are now, by their order."""
    found: list[str] = []
    for chunk in chunks(sorted(set(orders))):
        query = sa.select(AWARDS.order_id).where(AWARDS.order_id.in_(chunk))
        found += tx.execute(query).scalars()
    return _standing(tx, sorted(found)) if found else {}


def cycles_of(tx: Tx, order: str) -> dict[int, str]:
    """The cycles in whose books an order's award stood, with its names there, by their numbers."""
    query = sa.select(ROWS.cycle, ROWS.alias).where(ROWS.order_id == order).order_by(ROWS.cycle)
    return {row.cycle: row.alias for row in tx.execute(query)}


def past(tx: Tx, since: datetime, until: datetime) -> dict[Kind, Past]:
    """What became of awards that were to start in [since, until), by kind: of the newest where they
    are many."""
    query = sa.select(AWARDS.order_id).where(AWARDS.start >= since, AWARDS.start < until)
    newest = query.order_by(AWARDS.start.desc(), AWARDS.order_id).limit(PAST_MOST)
    found = dict[Kind, Past]()
    for one in _standing(tx, list(tx.execute(newest).scalars())).values():
        kind = one.order.request.guarantee.kind
        before = found.get(kind, Past())
        found[kind] = Past(before.won + 1, before.changed + one.changed)
    return found


def orders_in(tx: Tx, cycle: int) -> set[str]:
    """The orders whose awards stood in a cycle's book."""
    return set(tx.execute(sa.select(ROWS.order_id).where(ROWS.cycle == cycle)).scalars())


def _standing(tx: Tx, ids: list[str]) -> dict[str, Standing]:
    orders = order_store.get(tx, ids)
    legs: dict[str, list[Reservation]] = {id_: [] for id_ in ids}
    for one in reservation_store.of_orders(tx, ids):
        legs[one.order_id].append(one)
    return {id_: Standing.of(orders[id_], legs[id_]) for id_ in ids if legs[id_]}


def _rows(awards: Iterable[tuple[str, datetime]]) -> list[dict[str, object]]:
    return [{"order_id": order, "start": start} for order, start in awards]
