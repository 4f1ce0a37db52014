"""Start a market, and read its rules."""

from datetime import datetime, timedelta

from marketplace.domain.cycle import Cycle, CycleState
from marketplace.errors import NotFound, TooEarly
from marketplace.rules import MarketRules
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import ledger as ledger_store
from marketplace.store import rules as rules_store
from marketplace.store.engine import BUSY_S, Store, Tx, migrate


def initialise(store: Store, rules: MarketRules, now: datetime) -> MarketRules:
    """Bring the database up to date, and open the first cycle of a new market.

    Again on a market that exists it changes nothing and returns the rules in force.
    """
    migrate(store)
    with store.begin() as tx:
        existing = rules_store.latest(tx)
        if existing is not None:
            return existing
        rules_store.add(tx, rules, now)
        first = Cycle(
            number=1,
            state=CycleState.OPEN,
            closes_at=rules.next_close(now),
            rules_version=rules.version,
        )
        cycle_store.add(tx, first)
        return rules


def rules_and_cycle(tx: Tx) -> tuple[MarketRules, Cycle]:
    """The open cycle and the rules it will run by. Raises ``NotFound`` where there is no market."""
    cycle = cycle_store.open_one(tx)
    if cycle is None:
        raise NotFound("open cycle in this database; run `gpumarket init`", "")
    return rules_store.get(tx, cycle.rules_version), cycle


def check_clock(tx: Tx, now: datetime) -> None:
    """Raises ``TooEarly`` where something was written later than ``now``, by more than a writer
    may have waited for the lock."""
    times = [at for at in (ledger_store.newest(tx), event_store.newest(tx)) if at is not None]
    if times and now + timedelta(seconds=BUSY_S) < max(times):
        raise TooEarly(now, max(times))


def now_showing(store: Store) -> tuple[MarketRules, Cycle]:
    """The rules in force and the cycle that takes orders."""
    with store.read() as tx:
        return rules_and_cycle(tx)
