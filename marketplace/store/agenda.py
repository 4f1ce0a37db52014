"""What falls due, and when."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from marketplace.domain.agenda import Due, DueKind
from marketplace.store.tables import AgendaRow
from marketplace.store.transaction import Tx


def add(tx: Tx, dues: Sequence[Due], *, new: bool = False) -> None:
    """Remember what falls due. What is remembered already stays; of a ``new`` thing nothing is."""
    known = first(tx) if dues else None
    rows = [{"at": due.at, "kind": due.kind.value, "subject": due.subject} for due in dues]
    if not new:
        tx.remove_rows(AgendaRow, rows)
    tx.add_rows(AgendaRow, rows)
    if dues:
        soonest = min(due.at for due in dues)
        tx.remember("first due", soonest if known is None else min(known, soonest))


def first(tx: Tx) -> datetime | None:
    """When the next thing falls due."""

    def look() -> datetime | None:
        at: datetime | None = tx.exec(
            select(AgendaRow.at).order_by(col(AgendaRow.at)).limit(1)
        ).first()
        return at

    found: datetime | None = tx.known("first due", look)
    return found


def due(tx: Tx, now: datetime) -> list[Due]:
    """What has fallen due by ``now``, in that order."""
    soonest = first(tx)
    if soonest is None or soonest > now:
        return []
    query = select(AgendaRow).where(col(AgendaRow.at) <= now)
    order = (col(AgendaRow.at), col(AgendaRow.kind), col(AgendaRow.subject))
    rows = tx.exec(query.order_by(*order))
    return sorted(Due(row.at, DueKind(row.kind), row.subject) for row in rows)


def done(tx: Tx, dues: Sequence[Due]) -> None:
    """Forget what was done."""
    rows = [{"at": due.at, "kind": due.kind.value, "subject": due.subject} for due in dues]
    tx.remove_rows(AgendaRow, rows)
    tx.forget("first due")
