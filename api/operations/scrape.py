"""What the database says, read anew each time that somebody reads the metrics."""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from statistics import mean

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from allocator.outcome import Outcome
from api.rest.market import Market
from marketplace.domain.cycle import Cycle
from marketplace.errors import MarketError
from marketplace.services import clock, cycle, lease
from marketplace.services.figures import Figures, PoolFigures, figures
from pricing.units import MICRO


class OfMarket(Collector):
    """A market's figures. ``holder``: the name under which this process leads the clock."""

    def __init__(self, market: Market, holder: str) -> None:
        self._market, self._holder = market, holder
        self._mind = threading.Lock()
        self._outcome: tuple[int, Outcome] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before somebody asks."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The figures of this moment; where the database does not answer, that alone."""
        with self._mind:
            try:
                now = self._market.clock()
                found = [
                    *_of_clock(self._market, self._holder, now),
                    *_of_market(figures(self._market.store, now), self._cleared),
                ]
            except MarketError:
                found = []
        yield _gauge("database_up", "Whether the database answers", float(bool(found)))
        yield from found

    def _cleared(self, settled: Cycle) -> Outcome | None:
        """A cycle's outcome; a large one takes a second to read, so the last one is kept."""
        if self._outcome is None or self._outcome[0] != settled.number:
            found = cycle.kept(self._market.store, settled)
            self._outcome = (settled.number, found) if found else None
        return self._outcome[1] if self._outcome else None


def late_s(market: Market, now: datetime) -> float:
    """Since when the first thing is due that the clock has not done; 0 where nothing is."""
    dues = clock.next_due(market.store)
    return max(0.0, (now - dues[0].at).total_seconds()) if dues else 0.0


def _of_clock(market: Market, holder: str, now: datetime) -> Iterator[Metric]:
    held = lease.held(market.store)
    led = held is not None and held.holder != "" and held.until > now
    leads = held is not None and led and held.holder == holder
    yield _gauge("lease_held", "Whether any process leads the clock", float(led))
    yield _gauge("lease_leads", "Whether this process leads the clock", float(leads))
    yield _gauge("lease_fence", "The leader's number", float(held.fence if held else 0))
    yield _gauge("clock_late_seconds", "How long the first due thing waits", late_s(market, now))


def _of_market(found: Figures, cleared: Callable[[Cycle], Outcome | None]) -> Iterator[Metric]:
    outcome = cleared(found.settled) if found.settled else None
    if found.settled and outcome:
        yield _gauge("cycle_number", "The last settled cycle", float(found.settled.number))
        yield _gauge("cycle_surplus_credits", "Its surplus", outcome.surplus_ucr / MICRO)
        yield _gauge("cycle_gap_ratio", "Its proven gap", outcome.gap)
        means = {pool: mean(each) / MICRO for pool, each in outcome.prices_ucr.items()}
        yield _by("pool", "cycle_price_credits", "Its price of a unit-hour, mean of slots", means)
    about = "What all holds lock, rounded down to two digits"
    yield _gauge("held_credits", about, found.held_ucr / MICRO)
    by_pool: tuple[tuple[str, str, Callable[[PoolFigures], float]], ...] = (
        ("pool_units", "Units there are now", lambda one: one.units),
        ("pool_sold_units", "Units sold ahead for now", lambda one: one.sold),
        ("pool_spot_units", "Units that run spot", lambda one: one.spot.used if one.spot else 0),
        ("pool_utilisation_ratio", "Units sold or on spot, of all", lambda one: one.utilisation),
    )
    for name, about, value in by_pool:
        yield _by("pool", name, about, {one.pool.id: value(one) for one in found.pools})
    prices = {one.pool.id: one.spot.price_ucr / MICRO for one in found.pools if one.spot}
    yield _by("pool", "spot_price_credits", "The newest price of a unit-hour", prices)
    yield _by("consumer", "outbox_lag_events", "Events not yet acknowledged", found.behind)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"gpumarket_{name}", about, value=value)


def _by(label: str, name: str, about: str, values: "dict[str, float] | dict[str, int]") -> Metric:
    gauge = GaugeMetricFamily(f"gpumarket_{name}", about, labels=[label])
    for key, value in values.items():
        gauge.add_metric([key], value)
    return gauge
