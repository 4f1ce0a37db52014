"""Start a market, and read its rules."""

from datetime import datetime, timedelta

from marketplace.domain.capacity import Pool
from marketplace.domain.command import OpenMarket
from marketplace.domain.cycle import Cycle, CycleState, number_of
from marketplace.domain.event.cycle import CycleOpened
from marketplace.domain.event.market import MarketOpened
from marketplace.domain.journal import Call
from marketplace.errors import NoMarket, NotFound, TooEarly
from marketplace.missing import among
from marketplace.rules import Adopted, MarketRules
from marketplace.store import capacity as capacity_store
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import journal as journal_store
from marketplace.store import rules as rules_store
from marketplace.store.engine import BUSY_S, Store
from marketplace.store.transaction import Tx


def start(tx: Tx, command: OpenMarket, call: Call) -> MarketRules:
    """Open the first cycle of a new market. On a market that exists it changes nothing and answers
    the rules in force."""
    existing = rules_store.latest(tx)
    if existing is not None:
        return rules_and_cycle(tx)[0]
    rules = command.rules
    rules_store.add(tx, Adopted(rules=rules, adopted_at=call.at, from_cycle=1))
    first = Cycle(
        number=1,
        state=CycleState.OPEN,
        closes_at=rules.next_close(call.at),
        rules_version=rules.version,
    )
    cycle_store.add(tx, first)
    opened = MarketOpened(at=call.at, rules_version=rules.version)
    event_store.add(
        tx, [opened, CycleOpened(at=call.at, cycle=first.id, closes_at=first.closes_at)]
    )
    return rules


def exists(store: Store) -> bool:
    """Whether a market was started in the database."""
    with store.read() as tx:
        return rules_store.latest(tx) is not None


def rules_and_cycle(tx: Tx) -> tuple[MarketRules, Cycle]:
    """The open cycle and the rules it will run by. Raises ``NoMarket``."""

    def look() -> tuple[MarketRules, Cycle]:
        cycle = cycle_store.open_one(tx)
        if cycle is None:
            raise NoMarket
        return rules_store.get(tx, cycle.rules_version), cycle

    found: tuple[MarketRules, Cycle] = tx.known("open cycle", look)
    return found


def pool_of(tx: Tx, id_: str) -> Pool:
    """The pool of that id. Raises ``NotFound``, with some that are there."""
    pools = capacity_store.pools(tx)
    if id_ not in pools:
        raise among("pool", id_, pools)
    return pools[id_]


def cycle_of(tx: Tx, id_: str) -> Cycle:
    """The cycle of an id, ``cyc_000001`` or ``1``. Raises ``BadField``, and ``NotFound`` with the
    newest that are there."""
    found = cycle_store.get(tx, number_of(id_))
    if found is None:
        newest = cycle_store.listed(tx, after=None, limit=8)
        raise NotFound("cycle", id_, tuple(one.id for one in newest))
    return found


def check_clock(tx: Tx, now: datetime) -> datetime:
    """The time to act at: ``now``, or that of the newest line where its writer was waited for.

    Raises ``TooEarly`` where something was written later than ``now``, by more than a writer may
    have waited for the lock.
    """
    newest = journal_store.head(tx).at
    if newest is None or now >= newest:
        return now
    if is_past(tx, now):
        raise TooEarly(now, newest)
    return newest


def is_past(tx: Tx, now: datetime) -> bool:
    """Whether something was written later than ``now``, by more than a writer may have waited."""
    newest = journal_store.head(tx).at
    return newest is not None and now + timedelta(seconds=BUSY_S) < newest


def now_showing(store: Store) -> tuple[MarketRules, Cycle]:
    """The rules in force and the cycle that takes orders."""
    with store.read() as tx:
        return rules_and_cycle(tx)
