"""Run a tick of the spot market: end what is over, bill the hour, decide, publish the prices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from marketplace.domain.board import Board, begun_since
from marketplace.domain.capacity import Pool, PoolCapacity, Span
from marketplace.domain.clock_command import RunTick
from marketplace.domain.cycle import next_sale
from marketplace.domain.event.audience import Event
from marketplace.domain.event.spot import (
    PoolPrice,
    PricesPublished,
    SpotNoticed,
    SpotStarted,
    SpotWarned,
)
from marketplace.domain.journal import Call
from marketplace.domain.spot import Code, SpotRequest, noticed
from marketplace.domain.spot_price import (
    HOUR,
    SpotForecast,
    SpotPool,
    TickPrice,
    adopted,
    begun,
    by_hour,
    controller_of,
    learnt,
    likely_ucr,
)
from marketplace.domain.spot_resale import Resold
from marketplace.domain.tick import Ticked, decide, lost, used_until
from marketplace.domain.transfer import SECOND
from marketplace.errors import InsufficientCredits
from marketplace.rules import MarketRules, floor_to
from marketplace.services.billing import hold_times
from marketplace.services.capacity import on_span, slots_of
from marketplace.services.market import rules_and_cycle
from marketplace.services.spot_resale import catch_up, given_back, noted
from marketplace.services.spot_run import Bills, whose
from marketplace.store import capacity as capacity_store
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_price as price_store
from marketplace.store import spot_resale as resale_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def next_due(store: Store) -> datetime | None:
    """When the next tick is due; None before the first one."""
    with store.read() as tx:
        rules, _ = rules_and_cycle(tx)
        marks = [one.ticked_at for one in price_store.pools(tx).values()]
        return floor_to(max(marks), rules.tick) + rules.tick if marks else None


def run(tx: Tx, command: RunTick, call: Call) -> Ticked | None:  # noqa: ARG001 - says nothing
    """The tick that is due, over all pools in one transaction; None where none is.

    Ticks that were missed are made up for by one: the last prices held until now, whoever had a
    deadline was gone by it, and nobody started in between.
    """
    rules, cycle = rules_and_cycle(tx)
    mark = floor_to(call.at, rules.tick)
    known = price_store.pools(tx)
    pools = capacity_store.pools(tx)
    due = [pool for pool in pools.values() if pool.id not in known or _due(known, pool, mark)]
    if not due:
        return None
    promised_from = next_sale(cycle, cycle_store.unfinished(tx), rules, call.at)
    return _Round(tx, rules, call.at, mark, promised_from).run(due, known)


def _due(known: dict[str, SpotPool], pool: Pool, mark: datetime) -> bool:
    return known[pool.id].ticked_at < mark


class _Round:
    """One tick over all pools, step by step."""

    def __init__(
        self, tx: Tx, rules: MarketRules, now: datetime, mark: datetime, promised_from: datetime
    ) -> None:
        self.tx, self.rules, self.now, self.mark = tx, rules, now, mark
        self.promised_from = promised_from
        self.requests = spot_store.live(tx)
        self.changed: dict[str, SpotRequest] = {}
        self.lost: list[SpotRequest] = []

    def run(self, pools: Sequence[Pool], known: dict[str, SpotPool]) -> Ticked:
        span = self._span()
        spots = {
            pool.id: adopted(known[pool.id], pool, self.rules)
            if pool.id in known
            else begun(pool, self.rules, self.now)
            for pool in pools
        }
        ticked = {pool.id: spots[pool.id].ticked_at for pool in pools}
        catch_up(self.tx, ticked, self.now, self.rules)
        past = self._past(pools, spots)
        boards = {
            one.pool.id: self._board(one, span, spots[one.pool.id], past.get(one.pool.id, ()))
            for one in on_span(self.tx, pools, span)
        }
        leaving = {one.id for each in boards.values() for one in each.requests if one.on_notice}
        self._lose_and_roll(boards, spots)
        prices: list[TickPrice] = []
        started: list[SpotRequest] = []
        told: list[SpotRequest] = []
        warned: list[SpotRequest] = []
        given, notes = given_back(self.tx, self.now), list[Resold]()
        for pool in pools:
            board = replace(boards[pool.id], requests=self._left(boards[pool.id]))
            spot = spots[pool.id]
            found = decide(board, controller_of(pool, self.rules), spot.state, self.rules)
            spots[pool.id] = replace(spot, state=found.state, ticked_at=self.now)
            prices.append(found.price)
            before = {one.id: one for one in board.requests}
            started += [one for one in found.changed if one.run and not before[one.id].run]
            warned += found.warned
            self.changed |= {one.id: one for one in found.changed}
            if pool.id in given:
                notes.append(noted(board, given[pool.id], self._left(board), self.rules))
        told += [one for one in self.changed.values() if one.on_notice and one.id not in leaving]
        resale_store.add(self.tx, notes)
        self._remember(spots, known, prices)
        self._tell(prices, started, told, warned)
        spot_store.put(self.tx, list(self.changed.values()))
        return Ticked(
            due_at=self.mark,
            prices=tuple(prices),
            started=tuple(started),
            noticed=tuple(told),
            lost=tuple(self.lost),
            at_risk=tuple(warned),
        )

    def _span(self) -> Span:
        rules = self.rules
        start = rules.slot_floor(self.now)
        ahead = max(
            timedelta(hours=rules.spot_longest_hours) + 2 * rules.tick + rules.notice,
            timedelta(minutes=rules.at_risk_minutes),
        )
        return Span(start=start, slot=rules.slot, slots=-(-ahead // rules.slot) + 1)

    def _past(
        self, pools: Sequence[Pool], spots: dict[str, SpotPool]
    ) -> dict[str, tuple[tuple[datetime, int], ...]]:
        """What each pool had in the slots that began since its last tick, this one among them."""
        rules, after = self.rules, self.now + SECOND
        ticked = {pool.id: min(spots[pool.id].ticked_at, self.now) for pool in pools}
        first = rules.slot_floor(min(ticked.values())) + rules.slot
        if first > self.now:
            return {}
        span = slots_of((first, after), rules)
        return {
            one.pool.id: begun_since(one, span, ticked[one.pool.id], after)
            for one in on_span(self.tx, pools, span)
        }

    def _board(
        self,
        there: PoolCapacity,
        span: Span,
        spot: SpotPool,
        past: Sequence[tuple[datetime, int]],
    ) -> Board:
        return Board(
            pool=there.pool.id,
            now=self.now,
            span=span,
            capacity=there.capacity,
            sold=there.sold,
            requests=tuple(self.requests.get(there.pool.id, ())),
            promised_from=self.promised_from,
            likely_ucr=spot.likely_ucr,
            before=past,
            on_sale=not there.pool.retired,
        )

    def _left(self, board: Board) -> list[SpotRequest]:
        """The board's requests that still live, as they are by now."""
        now = [self.changed.get(one.id, one) for one in board.requests]
        return [one for one in now if one.live]

    def _lose_and_roll(self, boards: dict[str, Board], spots: dict[str, SpotPool]) -> None:
        gone, rolling = list[tuple[SpotRequest, datetime]](), list[SpotRequest]()
        for board in boards.values():
            missing = lost(board)
            gone += missing
            names = {one.id for one, _ in missing}
            rolling += [one for one in board.requests if one.id not in names and self._rolls(one)]
        if not gone and not rolling:
            return
        bills = Bills.of(self.tx, [*(one for one, _ in gone), *rolling], self.now)
        for one, since in gone:
            until = used_until(since, spots[one.terms.pool].ticked_at, self.rules)
            code = Code.NO_CAPACITY.value
            self._put(bills.interrupt(one, code, self.now, until, self.rules))
        for one in sorted(rolling, key=lambda one: one.id):
            self.changed[one.id] = self._roll(bills, one)
        bills.write(self.tx, self.now)

    def _rolls(self, one: SpotRequest) -> bool:
        """Whether its hold must be rolled now: it pays not long enough for a notice to be given at
        the next tick. Others are billed and rolled after a tick, in parts."""
        run = one.run
        if run is None or run.deadline is not None:
            return False
        return run.covered_until < self.now + self.rules.tick + self.rules.notice

    def _roll(self, bills: Bills, one: SpotRequest) -> SpotRequest:
        rules, now, run = self.rules, self.now, one.run
        try:
            return bills.roll(one, now, hold_times(one, now, rules))
        except InsufficientCredits:
            if run is None:
                raise
            if run.covered_until > now:
                deadline = min(now + rules.notice, run.covered_until)
                return noticed(one, Code.BUDGET.value, deadline, now)
        return self._run_out(bills, one)

    def _run_out(self, bills: Bills, one: SpotRequest) -> SpotRequest:
        """A run whose hold pays no longer, since ticks were missed, and whose team cannot hold as
        long as it must: it pays what it owes, and gets a notice where the team can hold that; else
        it ends now, and pays what the team has."""
        rules, now = self.rules, self.now
        try:
            rolled = bills.roll(one, now, [now + rules.notice])
        except InsufficientCredits:
            return bills.interrupt(one, Code.BUDGET.value, now, now, rules)
        return noticed(rolled, Code.BUDGET.value, now + rules.notice, now)

    def _put(self, after: SpotRequest) -> None:
        self.changed[after.id] = after
        self.lost.append(after)

    def _remember(
        self, spots: dict[str, SpotPool], known: dict[str, SpotPool], prices: Sequence[TickPrice]
    ) -> None:
        price_store.add(self.tx, prices)
        hour = floor_to(self.now, HOUR)
        last = {pool: one.ticked_at for pool, one in known.items() if pool in spots}
        turned = {pool: floor_to(at, HOUR) for pool, at in last.items() if at < hour}
        if turned:
            self._learn(spots, turned)
            self._thin_out(list(turned))
        price_store.put_pools(self.tx, spots.values(), set(spots) - set(known))

    def _learn(self, spots: dict[str, SpotPool], hours: dict[str, datetime]) -> None:
        """Take the hours that are over into the forecasts, once an hour: a tick reads none."""
        known = price_store.forecasts(self.tx, hours)
        after: list[SpotForecast] = []
        for pool, begin in hours.items():
            own = price_store.history(self.tx, begin, begin + HOUR, [pool]).get(pool, ())
            after.append(learnt(known.get(pool, SpotForecast(pool=pool)), begin, own))
            spots[pool] = replace(spots[pool], likely_ucr=likely_ucr(after[-1], self.now))
        price_store.put_forecasts(self.tx, after, set(hours) - set(known))

    def _thin_out(self, pools: Sequence[str]) -> None:
        cutoff = floor_to(self.now, HOUR) - timedelta(days=self.rules.history_days)
        old = price_store.fine_before(self.tx, cutoff, pools)
        if old:
            price_store.put_hourly(self.tx, old, by_hour(old))

    def _tell(
        self,
        prices: Sequence[TickPrice],
        started: Sequence[SpotRequest],
        told: Sequence[SpotRequest],
        warned: Sequence[SpotRequest],
    ) -> None:
        public = tuple(
            PoolPrice(
                pool=one.pool,
                price_ucr=one.price_ucr,
                decided_by=one.decided_by,
                supply=one.supply,
                used=one.used,
            )
            for one in prices
        )
        events: list[Event] = [PricesPublished(at=self.now, due_at=self.mark, prices=public)]
        events += [SpotStarted(**whose(one, self.now)) for one in started]
        for one in told:
            if one.run is not None and one.run.deadline is not None:
                until, code = one.run.deadline, one.code
                events.append(SpotNoticed(**whose(one, self.now), deadline=until, code=code))
        events += [SpotWarned(**whose(one, self.now), code=one.at_risk) for one in warned]
        event_store.add(self.tx, events)
