"""Clear an open cycle's book at fixed times, as it stands and without effect, and tell everybody
its prices."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from allocator.files.formats import seal
from allocator.problem import Problem
from marketplace.domain.clock_command import RecordIndicative
from marketplace.domain.cycle import Book, Cycle, CycleState, id_of, seed_of
from marketplace.domain.event.cycle import IndicativePublished
from marketplace.domain.indicative import (
    SECONDS_MOST,
    WORK_SHARE,
    Indicative,
    IndicativePool,
    coming,
    decoded,
    due_times,
    fallen_due,
)
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.errors import NotFound, UnsoundOutcome, zulu
from marketplace.rules import MarketRules
from marketplace.services.book import assembled, sorted_out
from marketplace.services.market import cycle_of, pool_of, rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import forward_floor as floor_store
from marketplace.store import indicative as indicative_store
from marketplace.store import rules as rules_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def light(book: Book, rules: MarketRules, name: str) -> tuple[Problem, MarketRules, int]:
    """What a clearing without effect clears, by which rules, of a part of the work, and from which
    seed, which is drawn by ``name``."""
    _, problem = seal(book.problem)
    lighter = replace(
        rules,
        work=max(rules.work // WORK_SHARE, 1),
        clearing_seconds=min(rules.clearing_seconds, SECONDS_MOST),
    )
    return problem, lighter, seed_of(name, problem.sha256)


def salt_of(name: str) -> bytes:
    """What the names in the book of a clearing without effect are drawn by: nobody picks them, and
    nobody ever reads them."""
    return hashlib.sha256(name.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An indicative clearing to run: what is cleared, by which rules, from which seed."""

    cycle: Cycle
    due_at: datetime
    as_of: datetime
    problem: Problem
    rules: MarketRules
    seed: int


def next_due(store: Store) -> datetime | None:
    """When the open cycle's next one falls due, or fell; None where no other comes."""
    with store.read() as tx:
        rules, cycle = rules_and_cycle(tx)
        return coming(_times(tx, rules, cycle), indicative_store.last_due(tx, cycle.number))


def _times(tx: Tx, rules: MarketRules, cycle: Cycle) -> list[datetime]:
    """When those of the open cycle fall due: while it is open, which it is from the close of the
    one before on, or from when the market was opened."""
    if not rules.indicative_before:
        return []
    before = cycle_store.get(tx, cycle.number - 1)
    if before is not None:
        opened_at = before.closes_at
    else:
        adopted = rules_store.adopted(tx, cycle.rules_version)
        opened_at = adopted.adopted_at if adopted else cycle.closes_at
    return due_times(rules.indicative_before, opened_at, cycle.closes_at)


def asked(store: Store, now: datetime) -> Asked | None:
    """The one that is due, over the book as it stands; None where none is. Names in the book and
    its seed are drawn by its time."""
    with store.read() as tx:
        rules, cycle = rules_and_cycle(tx)
        done = indicative_store.last_due(tx, cycle.number)
        due_at = fallen_due(_times(tx, rules, cycle), done, now, cycle.closes_at)
        if due_at is None:
            return None
        sale_start = rules.sale_start(cycle.closes_at)
        waiting, _ = sorted_out(tx, (cycle.closes_at, sale_start))
        name = f"{cycle.id}/{zulu(due_at)}"
        floors = floor_store.of_cycle(tx, cycle.number)
        book = assembled(tx, waiting, rules, sale_start, now, salt_of(name), floors=floors)
        problem, lighter, seed = light(book, rules, name)
        return Asked(
            cycle=cycle, due_at=due_at, as_of=now, problem=problem, rules=lighter, seed=seed
        )


def record(tx: Tx, command: RecordIndicative, call: Call) -> Indicative | None:
    """Take in what an indicative clearing told, and tell everybody; None, and nothing is done,
    where the gate has closed meanwhile or it was told before.

    Raises ``UnsoundOutcome`` for a file that is not the one announced, or that tells of what is
    none of the market's, or more than it may.
    """
    cycle = cycle_store.get(tx, command.cycle)
    if cycle is None:
        raise NotFound("cycle", id_of(command.cycle))
    if cycle.state is not CycleState.OPEN or call.at >= cycle.closes_at:
        return None
    rules = rules_store.get(tx, cycle.rules_version)
    done = indicative_store.last_due(tx, cycle.number)
    if done is not None and command.due_at <= done:
        return None
    on_time = command.due_at <= command.as_of <= call.at
    if not on_time or command.due_at not in _times(tx, rules, cycle):
        raise UnsoundOutcome(cycle.id, (f"none of its fixed times is {zulu(command.due_at)}",))
    told = Indicative(
        cycle=cycle.number,
        due_at=command.due_at,
        as_of=command.as_of,
        start=rules.sale_start(cycle.closes_at),
        slot_minutes=rules.slot_minutes,
        pools=checked_pools(tx, cycle, rules, command.sha256, call.attachment),
    )
    indicative_store.add(tx, told)
    event = IndicativePublished(
        at=call.at,
        cycle=cycle.id,
        due_at=told.due_at,
        as_of=told.as_of,
        pools=told.told,
    )
    event_store.add(tx, [event])
    return told


def checked_pools(
    tx: Tx, cycle: Cycle, rules: MarketRules, sha256: str, file: bytes
) -> tuple[IndicativePool, ...]:
    """The prices in a file that was announced by its digest. Raises ``UnsoundOutcome``."""
    if hashlib.sha256(file).hexdigest() != sha256:
        raise UnsoundOutcome(cycle.id, ("it is not the file that was announced",))
    try:
        pools = decoded(file)
    except ValueError as bad:
        raise UnsoundOutcome(cycle.id, (str(bad),)) from bad
    names, known = [one.pool for one in pools], capacity_store.pools(tx)
    if sorted(set(names)) != names or not set(names) <= set(known):
        raise UnsoundOutcome(cycle.id, ("its pools are not the market's",))
    if any(len(one.prices_ucr) not in (0, rules.sale_slots) for one in pools):
        raise UnsoundOutcome(cycle.id, ("it has not a price for each slot",))
    return pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What was told last of a cycle, and when the next falls due while it is open."""

    cycle: Cycle
    latest: Indicative | None
    next_due_at: datetime | None


def showing(store: Store, id_: str = "", pool: str = "") -> Showing:
    """What was told last of the open cycle, or of another: of all pools, or of one. Raises
    ``BadField``, ``NotFound``."""
    with store.read() as tx:
        if pool:
            pool_of(tx, pool)
        cycle = cycle_of(tx, id_) if id_ else rules_and_cycle(tx)[1]
        latest, coming_at = indicative_store.latest(tx, cycle.number), None
        if cycle.state is CycleState.OPEN:
            times = _times(tx, rules_store.get(tx, cycle.rules_version), cycle)
            coming_at = coming(times, latest.due_at if latest else None)
        if latest and pool:
            latest = replace(latest, pools=tuple(one for one in latest.pools if one.pool == pool))
        return Showing(cycle=cycle, latest=latest, next_due_at=coming_at)


def listed(
    store: Store, id_: str, *, after: Cursor | None = None, limit: int = LIMIT
) -> Page[Indicative]:
    """All that was told of a cycle, the newest first. Raises as ``showing``."""
    with store.read() as tx:
        number = cycle_of(tx, id_).number
        return indicative_store.listed(tx, number, after=after, limit=limit)
