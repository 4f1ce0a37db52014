"""What operators watch of a market, read in one transaction at a bounded cost."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.capacity import Pool, Span
from marketplace.domain.cycle import Cycle
from marketplace.domain.spot_price import TickPrice
from marketplace.services.capacity import on_span
from marketplace.services.market import rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import consumer as consumer_store
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import ledger as ledger_store
from marketplace.store import spot_price as price_store
from marketplace.store.engine import Store

TWO_DIGITS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFigures:
    """One pool in the slot that runs: units there are and units sold ahead; its newest spot price,
    None before its first tick."""

    pool: Pool
    units: int
    sold: int
    spot: TickPrice | None

    @property
    def utilisation(self) -> float:
        """The share of units that are sold ahead or run spot; 0 where there are none."""
        used = self.sold + (self.spot.used if self.spot else 0)
        return used / self.units if self.units else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What operators watch. ``held_ucr`` is rounded down to two digits, so that one order, which
    nobody but its team may see before clearing (§7.11), hardly ever shows in it."""

    pools: tuple[PoolFigures, ...]
    held_ucr: int
    behind: dict[str, int]  # events not yet acknowledged, by consumer
    settled: Cycle | None


def figures(store: Store, now: datetime) -> Figures:
    """The figures at ``now``. Raises ``NoMarket``."""
    with store.read() as tx:
        rules, _ = rules_and_cycle(tx)
        pools = list(capacity_store.pools(tx).values())
        slot = Span(start=rules.slot_floor(now), slot=rules.slot, slots=1)
        newest = event_store.newest(tx)
        return Figures(
            pools=tuple(
                PoolFigures(
                    pool=one.pool,
                    units=int(one.capacity[0]),
                    sold=int(one.sold[0]),
                    spot=price_store.before(tx, one.pool.id, now),
                )
                for one in on_span(tx, pools, slot)
            ),
            held_ucr=coarse(ledger_store.held_ucr(tx)),
            behind={one.consumer.name: newest - one.position for one in consumer_store.cursors(tx)},
            settled=cycle_store.latest_settled(tx),
        )


def coarse(amount: int) -> int:
    """An amount, rounded down to its first two digits."""
    step = 1
    while amount // step >= TWO_DIGITS:
        step *= 10
    return amount // step * step
