"""What the clock does: run the cycle that is due to its end, run the tick that is due."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from allocator.files.formats import encode_outcome
from allocator.outcome import Outcome
from allocator.problem import Problem
from marketplace.domain.actor import CLOCK, Actor
from marketplace.domain.clock_command import (
    Advance,
    BillSpot,
    CloseCycle,
    FailCycle,
    PruneEvents,
    RecordFloors,
    RecordIndicative,
    RecordOutcome,
    RunTick,
    SettleCycle,
)
from marketplace.domain.command import Command
from marketplace.domain.cycle import Cycle, CycleState, Ended
from marketplace.domain.forward_floor import Floors, expected
from marketplace.domain.indicative import Indicative, encoded, indicated
from marketplace.domain.journal import Call
from marketplace.domain.order import Order
from marketplace.domain.reservation import Reservation
from marketplace.domain.tick import Ticked
from marketplace.services import capacity, event, forward_floor, indicative, market, tick
from marketplace.services.clearing import Clearer, Stop, attempt, never
from marketplace.services.cycle import frozen, kept, unfinished
from marketplace.services.runner import Runner
from marketplace.store import agenda as agenda_store
from marketplace.store.engine import Store

T = TypeVar("T")

BILLED_AT_ONCE: Final = 10
"""Spot runs that are billed in one transaction: a few hundredths of a second."""


class Runs(Protocol):
    """What runs the clock's commands: a runner, or a leader's."""

    @property
    def store(self) -> Store:
        """The market's database."""

    def run(
        self,
        command: Command[T],
        *,
        by: Actor,
        at: datetime,
        secret: bytes = b"",
        attachment: bytes = b"",
    ) -> T:
        """Run one command: its answer, or its refusal raised."""


@dataclass(frozen=True, slots=True)
class Leading:
    """Runs commands for a leader: none of them once another one leads."""

    runner: Runner
    fence: int

    @property
    def store(self) -> Store:
        """The market's database."""
        return self.runner.store

    def run(
        self,
        command: Command[T],
        *,
        by: Actor,
        at: datetime,
        secret: bytes = b"",
        attachment: bytes = b"",
    ) -> T:
        """Run one command. Raises ``NotLeading``, and the command's refusal."""
        call = Call(actor=by, at=at, secret=secret, attachment=attachment, fence=self.fence)
        return self.runner.submit(command, call).value


Pause = Callable[[], None]


def no_pause() -> None:
    """Go on at once: where nobody else writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What running a cycle did: ``settled_here`` is false where another process was first.

    ``outcome`` is the one that was kept; there is none where the cycle failed. ``problem`` is what
    it cleared, and ``orders`` those of its book as they are now, where it was settled here.
    """

    cycle: Cycle
    outcome: Outcome | None
    settled_here: bool
    problem: Problem | None = None
    orders: tuple[Order, ...] = ()


def run_cycle(
    runner: Runs,
    now: datetime,
    salt: bytes,
    *,
    by: Actor = CLOCK,
    early: bool = False,
    stop: Stop = never,
    clearer: Clearer | None = None,
) -> Run:
    """Run the cycle that is due (or was left unfinished) to its end.

    ``salt``: 16 or more secret random bytes, from which the names in the published files are
    drawn; used only where the book is not frozen yet. Raises ``NotDue`` where nothing closes yet
    and ``early`` was not asked for. A crash anywhere is cured by running it again.
    """
    make_floors(runner, now, by=by, stop=stop, clearer=clearer)
    cycle = runner.run(CloseCycle(early), by=by, at=now, secret=salt)
    done = _finish(runner, cycle, now, by, stop, clearer or attempt)
    after = max(now, done.cycle.settled_at or now)
    runner.run(Advance(), by=by, at=after)
    make_floors(runner, after, by=by, stop=stop, clearer=clearer)
    return done


def make_floors(
    runner: Runs,
    now: datetime,
    *,
    by: Actor = CLOCK,
    stop: Stop = never,
    clearer: Clearer | None = None,
) -> Floors | None:
    """Make the open cycle's forward floors, with no transaction open; None where the rules want
    none, it has them already, or there is no week to repeat. They are made when the cycle before
    ends, so that they are there to be read as long as it is open."""
    asked = forward_floor.asked(runner.store, now)
    if asked is None:
        return None
    problem, prices_ucr = asked.problem, _cleared_at(asked, stop, clearer or attempt)
    if prices_ucr is not None:
        prices_ucr = expected(prices_ucr, timedelta(minutes=problem.slot_minutes))
    file = encoded(indicated(problem, prices_ucr))
    command = RecordFloors(
        cycle=asked.cycle.number,
        as_of=asked.as_of,
        orders=asked.orders,
        sha256=hashlib.sha256(file).hexdigest(),
    )
    return runner.run(command, by=by, at=now, attachment=file)


def _cleared_at(
    asked: indicative.Asked | forward_floor.Asked, stop: Stop, clearer: Clearer
) -> Mapping[str, Sequence[int]] | None:
    """The prices of a clearing without effect; None where it was not cleared."""
    outcome, _ = clearer(asked.problem, asked.rules, asked.seed, stop)
    return outcome.prices_ucr if outcome else None


def _finish(
    runner: Runs, cycle: Cycle, now: datetime, by: Actor, stop: Stop, clearer: Clearer
) -> Run:
    problem = None
    if cycle.state is CycleState.CLOSED:
        problem, rules = frozen(runner.store, cycle)
        outcome, faults = clearer(problem, rules, cycle.seed, stop)
        if outcome is None:
            return _run(runner, runner.run(FailCycle(cycle.number, faults), by=by, at=now), problem)
        record(runner, cycle, outcome, now, by)
    return _run(runner, runner.run(SettleCycle(cycle.number), by=by, at=now), problem)


def _run(runner: Runs, ended: Ended, problem: Problem | None) -> Run:
    return Run(
        cycle=ended.cycle,
        outcome=kept(runner.store, ended.cycle),
        settled_here=ended.here,
        problem=problem,
        orders=ended.orders,
    )


def record(runner: Runs, cycle: Cycle, outcome: Outcome, now: datetime, by: Actor) -> Cycle:
    """Hand a closed cycle's outcome in."""
    file = encode_outcome(replace(outcome, seconds=0.0))
    command = RecordOutcome(cycle.number, hashlib.sha256(file).hexdigest())
    return runner.run(command, by=by, at=now, attachment=file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What the clock did: the reservations that changed, the tick and the cycle that it ran, and
    what an indicative clearing told."""

    changed: tuple[Reservation, ...]
    tick: Ticked | None
    run: Run | None
    indicative: Indicative | None


@dataclass(frozen=True, slots=True, order=True)
class NextDue:
    """What falls due next: ``time`` (what time alone decides), ``tick``, ``indicative`` or
    ``cycle``."""

    at: datetime
    what: str


def due(store: Store, now: datetime, *, indicates: bool = True) -> bool:
    """Whether there is anything to do for the clock: something fell due, a cycle was left
    unfinished, or there are pools that no tick has priced yet. ``indicates``: whether an indicative
    clearing counts."""
    dues = [one for one in next_due(store) if indicates or one.what != "indicative"]
    if any(one.at <= now for one in dues) or unfinished(store):
        return True
    return all(one.what != "tick" for one in dues) and capacity.any_pool(store)


def next_due(store: Store) -> list[NextDue]:
    """What falls due next of each kind, the soonest first."""
    _, cycle = market.now_showing(store)
    tick_at, indicative_at = tick.next_due(store), indicative.next_due(store)
    with store.read() as tx:
        time_at = agenda_store.first(tx)
    dues = (
        *((time_at, "time"), (tick_at, "tick")),
        *((indicative_at, "indicative"), (cycle.closes_at, "cycle")),
    )
    return sorted(NextDue(at, what) for at, what in dues if at is not None)


def advance(
    runner: Runs,
    now: datetime,
    salt: bytes,
    *,
    by: Actor = CLOCK,
    stop: Stop = never,
    pause: Pause = no_pause,
    clearer: Clearer | None = None,
    indicates: bool = True,
) -> Passed:
    """Bring the market up to date with the clock: what time alone decides, then the tick and the
    cycle that are due, in the order in which they fell due. Missed ticks are made up for by one,
    and so are missed cycles; a cycle that was left unfinished is finished first.

    An indicative clearing changes nothing, so it comes last: nothing that does waits for it.
    Without ``indicates`` it is left to the caller."""
    run = None
    if unfinished(runner.store):
        run = run_cycle(runner, now, salt, by=by, stop=stop, clearer=clearer)
    changed = runner.run(Advance(), by=by, at=now)
    ticked: Ticked | None = None
    for due in next_due(runner.store):
        if due.at > now:
            continue
        if due.what == "tick":
            ticked = run_tick(runner, now, by=by, pause=pause)
        elif due.what == "cycle":
            run = run_cycle(runner, now, salt, by=by, stop=stop, clearer=clearer)
    if ticked is None and tick.next_due(runner.store) is None:
        ticked = run_tick(runner, now, by=by, pause=pause)  # the first tick of a market
    _prune(runner, now, by, pause)
    told = indicate(runner, now, by=by, stop=stop, clearer=clearer) if indicates else None
    return Passed(changed=changed, tick=ticked, run=run, indicative=told)


def indicate(
    runner: Runs,
    now: datetime,
    *,
    by: Actor = CLOCK,
    stop: Stop = never,
    clearer: Clearer | None = None,
) -> Indicative | None:
    """Run the indicative clearing that is due, with no transaction open; None where none is. Of
    what it comes to nothing is kept but what may be told."""
    asked = indicative.asked(runner.store, now)
    if asked is None:
        return None
    file = encoded(indicated(asked.problem, _cleared_at(asked, stop, clearer or attempt)))
    command = RecordIndicative(
        cycle=asked.cycle.number,
        due_at=asked.due_at,
        as_of=asked.as_of,
        sha256=hashlib.sha256(file).hexdigest(),
    )
    return runner.run(command, by=by, at=now, attachment=file)


def _prune(runner: Runs, now: datetime, by: Actor, pause: Pause) -> None:
    """Take old events away that all have read, part by part, as spot is billed."""
    while (through := event.prunable(runner.store, now)) is not None:
        runner.run(PruneEvents(through), by=by, at=now)
        pause()


def run_tick(
    runner: Runs, now: datetime, *, by: Actor = CLOCK, pause: Pause = no_pause
) -> Ticked | None:
    """Run the tick that is due, then bill; None where no tick is due."""
    ticked = runner.run(RunTick(), by=by, at=now)
    bill_spot(runner, now, by=by, pause=pause)
    return ticked


def bill_spot(runner: Runs, now: datetime, *, by: Actor = CLOCK, pause: Pause = no_pause) -> None:
    """Bill the runs whose hour is over or whose hold is short, part by part; ``pause`` comes
    between two parts, so that other processes get a turn."""
    last = runner.run(BillSpot("", BILLED_AT_ONCE), by=by, at=now)
    while last:
        pause()
        last = runner.run(BillSpot(last, BILLED_AT_ONCE), by=by, at=now)
