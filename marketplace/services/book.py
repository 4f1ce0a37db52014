"""The book that a cycle clears: which orders are in it, and what is on sale to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from marketplace.domain.board import secured
from marketplace.domain.capacity import PoolCapacity, Span
from marketplace.domain.cycle import Book, Caps, assemble_book, sale_span
from marketplace.domain.extension import BOX_CHANGED
from marketplace.domain.forward_floor import NO_FLOORS, Floors
from marketplace.domain.ledger import Hold
from marketplace.domain.order import Order, too_late
from marketplace.domain.standing import LATELY, Standing, within_kept
from marketplace.domain.statement import spent_of
from marketplace.domain.transfer import Movement
from marketplace.rules import MarketRules
from marketplace.services import extension, limits
from marketplace.services.capacity import on_span
from marketplace.services.policy import of_now
from marketplace.store import capacity as capacity_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import policy as policy_store
from marketplace.store import spot as spot_store
from marketplace.store import standing as standing_store
from marketplace.store import statement as statement_store
from marketplace.store.transaction import Tx


def sorted_out(
    tx: Tx, closed: tuple[datetime, datetime]
) -> tuple[list[Order], list[tuple[Order, Hold, str]]]:
    """Open orders that wait for a cycle, and those that can win no more, each with its hold and
    why. ``closed``: when the cycle closes, and the start of its sale."""
    orders = order_store.open_ones(tx)
    holds = ledger_store.holds_of(tx, orders)
    behind = extension.boxes_of(tx, orders, closed[0])
    waiting, late = [], []
    for order in orders:
        reason = too_late(order.request, *closed)
        if order.request.extends and not behind.has(order.request):
            reason = BOX_CHANGED
        if reason:
            late.append((order, holds[order.id], reason))
        else:
            waiting.append(order)
    return waiting, late


def assembled(
    tx: Tx,
    waiting: Sequence[Order],
    rules: MarketRules,
    sale_start: datetime,
    now: datetime,
    salt: bytes,
    closed_at: datetime | None = None,
    floors: Floors | None = None,
) -> Book:
    """The book of those orders, over what is free of the pools as they are now. ``floors``: those
    of the cycle, of which the rules' share counts."""
    span = sale_span(rules, sale_start)
    pools = list(capacity_store.pools(tx).values())
    secured_units = {
        pool: secured(requests, now, span, rules) for pool, requests in spot_store.live(tx).items()
    }
    there = on_span(tx, pools, span)
    standing = _standing(tx, span, rules, now)
    teams = {order.team for order in waiting} | {one.order.team for one in standing}
    caps = _caps(tx, teams, there, span, now)
    budgets = limits.of_teams(tx, teams, now)
    least = floors.on(span, rules.forward_floor_ppm) if floors else NO_FLOORS
    return assemble_book(
        waiting,
        there,
        rules,
        sale_start,
        salt,
        secured_units,
        caps,
        budgets,
        closed_at,
        least,
        standing,
    )


def _standing(tx: Tx, span: Span, rules: MarketRules, now: datetime) -> list[Standing]:
    """The awards that the cycle may change: none where its payment rule has no meaning for them."""
    if rules.payment_rule.needs_proof:
        return []
    found = standing_store.starting(tx, span.start + rules.gate)
    changeable = [one for one in found if one.changeable(span, rules)]
    if not rules.buy_out_share_ppm:
        return changeable
    recallable = (one for one in changeable if one.sold_back(rules))
    lately = {
        team: _lately(tx, team, now) for team in sorted({one.order.team for one in recallable})
    }
    return within_kept(changeable, lately, rules)


def _lately(tx: Tx, team: str, now: datetime) -> tuple[int, int]:
    """What a team paid for time that it kept, and gained by buy-outs, in the last four weeks."""
    moved = statement_store.moved(tx, team, now - LATELY, now + timedelta(seconds=1))
    return max(spent_of(moved), 0), moved[Movement.BUY_OUT]


def _caps(
    tx: Tx, teams: Iterable[str], there: Sequence[PoolCapacity], span: Span, now: datetime
) -> Caps:
    """How many units of a pool a team may still get in each slot, by team and pool, where the
    decision policy in force says how many."""
    adopted = of_now(tx, now)
    if adopted is None or not adopted.policy.caps:
        return {}
    policy, names = adopted.policy, sorted(teams)
    capped = [one for one in there if any(cap.pool == one.pool.id for cap in policy.caps)]
    has = policy_store.ahead(tx, span, [one.pool.id for one in capped], names)
    rooms = {
        (team, one.pool.id): policy.room(team, one, has.get((team, one.pool.id)))
        for team in names
        for one in capped
    }
    return {place: room for place, room in rooms.items() if room is not None}
