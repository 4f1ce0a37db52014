"""What each slot of each pool last cost."""

from dataclasses import dataclass, replace
from datetime import datetime

from allocator.files.formats import decode_outcome, decode_problem
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import Cycle, CycleState, sale_span
from marketplace.errors import BadField, NotAllowedNow, NotFound
from marketplace.services.market import cycle_of, pool_of
from marketplace.store import cycle as cycle_store
from marketplace.store import rules as rules_store
from marketplace.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedSlots:
    """One pool in a settled cycle: published prices (ucr a unit-hour) and what was on sale."""

    pool: str
    prices_ucr: tuple[int, ...]
    free: tuple[int, ...]  # units on sale in that cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """The published prices of one settled cycle, from ``span.start`` on."""

    cycle: Cycle
    span: Span
    pools: tuple[PricedSlots, ...]

    def between(self, start: datetime | None, end: datetime | None) -> "PriceList":
        """The slots that lie in [start, end) in part or whole; without one of them from the first,
        or until the last. Raises ``BadField`` for others."""
        if start is None and end is None:
            return self
        return self._part(start or self.span.start, end or self.span.end)

    def _part(self, start: datetime, end: datetime) -> "PriceList":
        first, last = self.span.index(start), self.span.index_up(end)
        if not 0 <= first < last <= self.span.slots:
            field, at = ("end", end) if 0 <= first < self.span.slots else ("start", start)
            facts = {"cycle": self.cycle.id, "start": self.span.start, "end": self.span.end}
            raise BadField(field, at, "not-priced", facts)
        return replace(
            self,
            span=replace(self.span, start=self.span.at(first), slots=last - first),
            pools=tuple(
                replace(one, prices_ucr=one.prices_ucr[first:last], free=one.free[first:last])
                for one in self.pools
            ),
        )


def latest(store: Store, pool: str = "") -> PriceList:
    """The prices of the newest settled cycle: of one pool or of all.

    Raises ``NotFound`` for a pool that is not there, and before the first cycle is settled.
    """
    return of_cycle(store, newest(store, pool), pool)


def newest(store: Store, pool: str = "") -> Cycle:
    """The newest settled cycle, whose prices are the newest; raises as ``latest``."""
    with store.read() as tx:
        if pool:
            pool_of(tx, pool)
        cycle = cycle_store.latest_settled(tx)
        if cycle is None:
            raise NotFound("settled cycle yet; prices come with the first one", "")
        return cycle


def chosen(store: Store, id_: str, pool: str = "") -> Cycle:
    """The settled cycle of that id, or the newest; raises as ``newest``, ``BadField`` or
    ``NotFound`` for another id, and ``NotAllowedNow`` where it has published no prices."""
    if not id_:
        return newest(store, pool)
    with store.read() as tx:
        if pool:
            pool_of(tx, pool)
        cycle = cycle_of(tx, id_)
    if cycle.state is not CycleState.SETTLED:
        raise NotAllowedNow("cycle", cycle.id, cycle.state.value, "not-cleared")
    return cycle


def of_cycle(store: Store, cycle: Cycle, pool: str = "") -> PriceList:
    """The prices of a settled cycle: of one pool or of all that it sold."""
    with store.read() as tx:
        problem = decode_problem(cycle_store.problem(tx, cycle.number))
        outcome = decode_outcome(cycle_store.outcome(tx, cycle.number))
        span = sale_span(rules_store.get(tx, cycle.rules_version), problem.start)
        priced = [
            PricedSlots(pool=one.id, prices_ucr=outcome.prices_ucr[one.id], free=one.capacity)
            for one in problem.pools
            if pool in ("", one.id)
        ]
        return PriceList(cycle=cycle, span=span, pools=tuple(priced))
