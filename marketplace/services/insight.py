"""Finance's insight: who spent what on what, at which price, how evenly, and what it was worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allocator.files.formats import decode_outcome, decode_problem
from allocator.outcome import Award
from allocator.problem import Bid
from marketplace.domain.cycle import CycleState, number_of
from marketplace.domain.insight import (
    BidPart,
    BoughtBack,
    Resold,
    Spending,
    against_market,
    period_before,
)
from marketplace.domain.spot_resale import RULE as SPOT_RESALE
from marketplace.domain.standing import RECALL
from marketplace.rules import check_spell
from marketplace.services import roomless
from marketplace.services.view import as_of
from marketplace.store import cycle as cycle_store
from marketplace.store import insight as insight_store
from marketplace.store import order as order_store
from marketplace.store import price as price_store
from marketplace.store import reservation as reservation_store
from marketplace.store import team as team_store
from marketplace.store import usage as usage_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx
from pricing.units import split_ucr

RESALES: Final = ("resale", SPOT_RESALE)


def spending(
    store: Store, start: datetime, end: datetime, *, now: datetime | None = None
) -> Spending:
    """What the spend of [start, end) says, by team, theme and pool: what moved, how dear and how
    even it was, what was released and sold again, in an auction or as spot, and what was idle of
    reserved time that was measured. ``now``: when it is
    read; then all that fell due by it is there. Raises ``BadField`` for the times."""
    check_spell("a period", start, end)
    with as_of(store, now) as tx:
        given = insight_store.released(tx, start, end)
        again = insight_store.resold(tx, start, end, RESALES)
        return Spending(
            rows=insight_store.spend(tx, start, end),
            before=insight_store.spend(tx, *period_before(start, end)),
            against_market=against_market(insight_store.bought(tx, start, end)),
            teams=sorted(team_store.all_of(tx)),
            resold=Resold(released=sum(given.values()), resold=again),
            bought_back=_bought_back(tx, start, end),
            idle=usage_store.idle(tx, start, end),
        )


def _bought_back(tx: Tx, start: datetime, end: datetime) -> BoughtBack:
    rows = insight_store.recalled(tx, start, end, RECALL)
    boxes = reservation_store.get_all(tx, [id_ for id_, *_ in rows])
    cycles = {cycle for _, cycle, *_ in rows}
    published = {id_: price_store.of_cycle(tx, number_of(id_)) for id_ in cycles}
    worth_ucr = 0
    for id_, cycle, *_ in rows:
        box = boxes[id_]
        worth_ucr += published[cycle].held_ucr(box.pool, box.quantity, box.start, box.end)
    return BoughtBack(
        boxes=len(rows),
        refunded_ucr=sum(back for *_, back, _ in rows),
        gained_ucr=sum(gained for *_, gained in rows),
        worth_ucr=worth_ucr,
    )


def bids(
    store: Store, start: datetime, end: datetime, *, now: datetime | None = None
) -> list[BidPart]:
    """What was bid, pool by pool, in cycles that closed in [start, end) and are settled, as their
    frozen books have it, so that no open bid is told (§7.11). ``now`` and raises as ``spending``.
    """
    check_spell("a period", start, end)
    with as_of(store, now) as tx:
        return [
            part
            for number, closed_at in insight_store.cycles(tx, start, end, CycleState.SETTLED.value)
            for part in _parts(tx, number, closed_at)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """One option of a bid, by pool: how many unit-slots of it."""

    value_ucr: int
    pools: Sequence[tuple[str, int]]

    def split(self, amount_ucr: int) -> Iterator[tuple[str, int, int]]:
        """An amount over its legs by units and time, exactly."""
        parts = split_ucr(amount_ucr, [n for _, n in self.pools])
        for (pool, n), part_ucr in zip(self.pools, parts, strict=True):
            yield pool, part_ucr, n


def _parts(tx: Tx, number: int, closed_at: datetime) -> Iterator[BidPart]:
    """A settled cycle's bids, pool by pool: the option that won, or the dearest of those lost."""
    problem = decode_problem(cycle_store.problem(tx, number))
    offers = {bid.id: _offers(bid) for bid in problem.bids}
    names = insight_store.names(tx, number)
    awards = _had(tx, number, {bid.id: names[bid.id][0] for bid in problem.bids if bid.continues})
    waiting = roomless.bids(tx, number)
    orders = order_store.get(tx, [one.order_id for one, _ in waiting])
    for one, bid in waiting:
        offers[bid.id] = _offers(bid)
        names[bid.id] = (one.order_id, one.team, orders[one.order_id].request.tags.theme)
    for alias, (order, team, theme) in sorted(names.items()):
        award = awards.get(alias)
        options = offers.get(alias, [])
        if not options:
            continue
        offer = options[award.option] if award else max(options, key=lambda one: one.value_ucr)
        paid = (
            {}
            if award is None
            else {k: amount for k, (_, amount, _) in enumerate(offer.split(award.payment_ucr))}
        )
        for k, (pool, value_ucr, unit_slots) in enumerate(offer.split(offer.value_ucr)):
            yield BidPart(
                order=order,
                team=team,
                theme=theme,
                pool=pool,
                closed_at=closed_at,
                won=award is not None,
                value_ucr=value_ucr,
                paid_ucr=paid.get(k, 0),
                unit_seconds=unit_slots * problem.slot_minutes * 60 if award else 0,
            )


def _had(tx: Tx, number: int, continuing: Mapping[str, str]) -> dict[str, Award]:
    """A settled cycle's awards that somebody has. ``continuing``: by their bids' names the orders
    for more of a time-box, which won nothing where that had changed by then."""
    awards = {one.bid: one for one in decode_outcome(cycle_store.outcome(tx, number)).awards}
    orders = order_store.get(tx, [id_ for bid, id_ in continuing.items() if bid in awards])
    lapsed = {bid for bid, id_ in continuing.items() if id_ in orders and not orders[id_].fill}
    return {bid: award for bid, award in awards.items() if bid not in lapsed}


def _offers(bid: Bid) -> list[_Offer]:
    return [
        _Offer(
            value_ucr=option.value_ucr,
            pools=[(leg.pool, leg.quantity * leg.duration) for leg in option.legs],
        )
        for option in bid.options
    ]
