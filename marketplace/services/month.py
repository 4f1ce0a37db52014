"""Close months: what must be over first, what they came to, and that nothing follows in them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from marketplace.domain.event.month import MonthClosed, StatementClosed
from marketplace.domain.journal import Call
from marketplace.domain.month import (
    SHOWN_MOST,
    Checklist,
    MonthClose,
    MonthSums,
    following,
    month_named,
    name_of,
)
from marketplace.domain.month_command import CloseMonth
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.statement import month_of
from marketplace.errors import LedgerBroken, NotFound
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import journal as journal_store
from marketplace.store import month as month_store
from marketplace.store import spot as spot_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx
from marketplace.words import Credits


def close(tx: Tx, command: CloseMonth, call: Call) -> MonthClose:
    """Close a month, for good: what it came to is kept, with the journal's head, and nothing is
    posted in it any more.

    Raises ``NotFound`` for one before the market, ``NotAllowedNow`` for one that is not over, that
    is closed, or in which something is not over; ``LedgerBroken`` where the books do not add up.
    """
    month = month_named(command.month)
    checklist(tx, month, call.at).check()
    before = month_store.latest(tx)
    sums = MonthSums.of(month, month_store.moved(tx, month), before.sums if before else None)
    sums.check()
    _check_teams(tx, sums)
    made = MonthClose(
        sums=sums,
        closed_at=call.at,
        closed_by=call.actor.name,
        head=journal_store.head(tx),
    )
    month_store.add(tx, made)
    told = MonthClosed(at=call.at, month=made.id, head=made.head.told, transfers=sums.transfers)
    event_store.add(tx, [told, *_statements(made)])
    return made


def _statements(made: MonthClose) -> list[StatementClosed]:
    return [
        StatementClosed(
            at=made.closed_at,
            month=made.id,
            team=one.team,
            opening_ucr=one.opening_ucr,
            closing_ucr=one.closing_ucr,
        )
        for one in made.sums.teams
    ]


def _check_teams(tx: Tx, sums: MonthSums) -> None:
    """Raises ``LedgerBroken`` where a team's months say otherwise than its lines."""
    owned = month_store.owned(tx, following(sums.month))
    for one in sums.teams:
        owned_ucr = owned.get(one.team, 0)
        if owned_ucr != one.closing_ucr:
            facts = {"says": Credits(one.closing_ucr), "months": Credits(owned_ucr)}
            raise LedgerBroken("team", one.team, "months-differ", facts)


def checklist(tx: Tx, month: datetime, now: datetime) -> Checklist:
    """What is in the way of closing a month. Raises ``NotFound`` for one before the market."""
    ends, until = following(month), month_store.closed_until(tx)
    first = journal_store.next_line(tx)
    if first is None or month < month_of(first.at):
        known = () if first is None else (name_of(month_of(first.at)),)
        raise NotFound("month", name_of(month), known)
    if until is not None and month < until:
        closed = month_store.get(tx, month) is not None
        later = "" if closed else name_of(month_of(until - timedelta(days=1)))
        return Checklist(month=month, over=True, closed=closed, later=later)
    earlier = month_store.with_transfers(tx, until, month, SHOWN_MOST)
    return Checklist(
        month=month,
        over=ends <= now,
        cycles=tuple(one.id for one in cycle_store.not_over(tx, ends, SHOWN_MOST)),
        runs=tuple(one.id for one in spot_store.not_billed(tx, ends, SHOWN_MOST)),
        earlier=tuple(name_of(one) for one in earlier),
    )


def recall(tx: Tx, ids: Sequence[str]) -> MonthClose:
    """A month that was closed."""
    found = month_store.get(tx, month_named(ids[0]))
    if found is None:
        raise NotFound("month", ids[0])
    return found


def listed(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[MonthClose]:
    """Closed months, the newest first."""
    with store.read() as tx:
        return month_store.listed(tx, after=after, limit=limit)
