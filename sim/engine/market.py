"""The same market under a made-up world: time goes on, teams act, cycles run. No rule of the market
stands here."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import numpy as np

from marketplace.domain.actor import CLOCK
from marketplace.domain.capacity import Span
from marketplace.domain.clock_command import Advance
from marketplace.domain.command import Command, PlaceOrder, ReleaseReservation
from marketplace.domain.order import Order, last_start
from marketplace.domain.page import every
from marketplace.domain.price import Published
from marketplace.domain.reservation import ReservationState
from marketplace.domain.sold import sold_by_pool
from marketplace.errors import MarketError
from marketplace.rules import MarketRules
from marketplace.services import order, reservation
from marketplace.services.books import Progress
from marketplace.services.clock import Run
from marketplace.services.clock import run_cycle as run_the_cycle
from marketplace.services.manual_clock import salt
from marketplace.store.engine import Store
from sim.agents.agent import Agent
from sim.agents.asking import job_of
from sim.agents.view import Purse, View
from sim.demand.job import DAY, SLOT, Job
from sim.demand.organisation import Organisation
from sim.demand.spot import SpotJob
from sim.engine.bought_back import ask_again
from sim.engine.course import Course, demo_course
from sim.engine.desk import orders_in
from sim.engine.economy import Economy, Sprints
from sim.engine.failing import announce_maintenance, fail_units
from sim.engine.spot_desk import SpotDesk
from sim.engine.work import Work
from sim.engine.world import World, found, give_grants, members, purses
from sim.results.history import CycleRecord

MOMENT: Final = timedelta(seconds=2)
"""A batch is placed so long before the step's end, so that it still meets the cycle that closes
then."""


def live(
    organisation: Organisation,
    jobs: Sequence[Job],
    spot_jobs: Sequence[SpotJob],
    rules: MarketRules,
    seed: int,
    progress: Progress,
    *,
    store: Store | None = None,
    until: datetime | None = None,
    agents: Mapping[str, Agent] | None = None,
    economy: Economy | None = None,
    course: Course | None = None,
) -> World:
    """Run the organisation's days: grants, what teams do at each step, cycles; spot from the
    course's day on. In ``store``, or in memory; ``until``: when to stop, in the middle of a cycle.
    Without a ``course`` as the demo goes. ``agents`` by team; the others are truthful."""
    course = course or demo_course(organisation)
    world = found(organisation, rules, seed, store, agents=agents, course=course)
    waiting = sorted(jobs, key=lambda job: (job.submitted, job.id))
    cycles, period = organisation.days * DAY // rules.cycle, rules.cycle
    told, now = 0, organisation.start
    for number in range(cycles):
        if number * period % DAY == timedelta(0):
            give_grants(world, economy or Sprints(), now)
            if number * period // DAY == course.spot_day and spot_jobs:
                world.spot = SpotDesk(world.runner, organisation, rules, spot_jobs, now)
        close = now + period
        for step in range(course.steps):
            now = min(close - period * (course.steps - 1 - step) / course.steps, until or close)
            first, told = told, _until(waiting, told, now)
            _step(world, waiting[first:told], now)
            if world.spot is not None and now < close:
                world.spot.advance(now)
            if now == until:
                progress("cycles", cycles, cycles)
                return world
        announce_maintenance(world, now)
        run_cycle(world, now)
        if world.spot is not None:
            world.spot.advance(now)  # as the clock does what falls due at once: cycle, then tick
        _release_some(world, now)
        progress("cycles", number + 1, cycles)
    world.runner.run(Advance(), by=CLOCK, at=now)
    if world.spot is not None:
        world.spot.close(now)
    return world


def _until(waiting: Sequence[Job], first: int, now: datetime) -> int:
    """How many jobs, from the first on, were submitted before now."""
    while first < len(waiting) and waiting[first].submitted < now:
        first += 1
    return first


def _step(world: World, arrived: Sequence[Job], now: datetime) -> None:
    before = now - MOMENT
    fail_units(world, before)
    if world.spot is not None:
        world.spot.advance(before)
    for job in arrived:
        world.work[job.id] = Work(job)
        world.desks[job.team].arrived.append(job)
    _act(world, before, now)
    world.acted_at = before


def _act(world: World, at: datetime, until: datetime) -> None:
    """Ask every team what it does, and do it, in one transaction."""
    found: dict[str, dict[str, tuple[Purse, ...]]] = {}

    def look(team: str) -> tuple[Purse, ...]:
        if not found:
            found["all"] = purses(world, at)
        return found["all"][team]

    closes_at = world.closes_at
    see = partial(
        View,
        now=at,
        rules=world.rules,
        end=world.end,
        until=until,
        closes_at=closes_at,
        sale_start=world.rules.sale_start(closes_at),
        pools=world.pools,
        published=world.published,
    )
    asked = [
        (team, command)
        for team, desk in world.desks.items()
        for command in desk.ask(partial(see, look=partial(look, team)))
    ]
    if not asked:
        return
    commands = [command for _, command in asked]
    answers = world.runner.run_all(commands, by=members(world.organisation), at=at)
    for (team, command), answer in zip(asked, answers, strict=True):
        _answered(world, team, command, answer)


def _answered(world: World, team: str, command: Command[Any], answer: Any) -> None:
    orders = orders_in(answer)
    world.desks[team].hear(orders)
    if not isinstance(command, PlaceOrder):
        return
    job = job_of(command.key)
    if isinstance(answer, MarketError):
        world.refused[job] = answer
        if job in world.work:
            world.work[job].reason = answer.code
        return
    for one in orders:
        if job in world.work:
            world.jobs[one.id] = world.work[job].job
        over = min(last_start(one.request), one.request.valid_until or last_start(one.request))
        heapq.heappush(world.passing, (over, one.id, team))


def run_cycle(world: World, now: datetime) -> Run:
    """One auction, and what everybody can read of it."""
    done = run_the_cycle(world.runner, now, salt(world.seed, now))
    world.closes_at = world.rules.next_close(done.cycle.closes_at)
    world.acted_at = now
    _hear(world, done.orders)
    _hear_expired(world, now)
    if world.course.resumes:
        ask_again(world)
    _publish(world, done)
    return done


def _hear(world: World, orders: Sequence[Order]) -> None:
    """Let each team hear of its orders."""
    by_team: dict[str, list[Order]] = defaultdict(list)
    for one in orders:
        by_team[one.team].append(one)
        if one.fill is None and one.id in world.jobs:
            world.work[world.jobs[one.id].id].reason = one.reason or _lost(one)
    for team, own in by_team.items():
        world.desks[team].hear(own)


def _lost(one: Order) -> str:
    return one.loss.reason if one.loss is not None else "open"


def _hear_expired(world: World, now: datetime) -> None:
    """Look up the orders that can win no more by now."""
    gone = []
    while world.passing and world.passing[0][0] <= now:
        _, id_, team = heapq.heappop(world.passing)
        if id_ in world.desks[team].open:
            gone.append(id_)
    ended = order.those(world.store, gone) if gone else ()
    _hear(world, ended)
    for one in ended:
        if one.open:  # it passes at this very second
            again = max(last_start(one.request), now + timedelta(seconds=1))
            heapq.heappush(world.passing, (again, one.id, one.team))


def _publish(world: World, done: Run) -> None:
    problem, outcome = done.problem, done.outcome
    if problem is None or outcome is None:
        return
    stood = {bid.id for bid in problem.bids if bid.standing}
    world.cycles.append(
        CycleRecord(
            id=done.cycle.id,
            closed_at=done.cycle.closes_at,
            bids=len(problem.bids) - len(stood),
            awards=sum(award.bid not in stood for award in outcome.awards),
            lost=dict(Counter(outcome.told(one.reason) for one in outcome.rejections)),
            welfare_ucr=outcome.welfare_ucr,
            surplus_ucr=outcome.surplus_ucr,
            bound_ucr=outcome.bound_ucr,
            gap=outcome.gap,
            proven_gap=outcome.proven_gap,
            paid_ucr=sum(award.payment_ucr for award in outcome.awards),
            status=outcome.status,
            engine=outcome.engine,
        )
    )
    prices = {pool: np.array(each, dtype=np.int64) for pool, each in outcome.prices_ucr.items()}
    free = {pool.id: np.array(pool.capacity, dtype=np.int64) for pool in problem.pools}
    span = Span(start=problem.start, slot=world.rules.slot, slots=problem.slots)
    told = Published(cycle=done.cycle.id, span=span, prices_ucr=prices, on_sale=free)
    world.published.append(told)
    first = (problem.start - world.organisation.start) // SLOT
    last = min(first + problem.slots, world.slots)
    for pool, sold in sold_by_pool(problem, outcome).items():
        seen = sold[: max(last - first, 0)]
        world.spent[pool][first:last] += prices[pool][: len(seen)] * seen
        world.units[pool][first:last] += seen


def _release_some(world: World, now: datetime) -> None:
    """Now and then a team gives back what it no longer needs."""
    if not world.course.release_share:
        return
    scheduled = every(reservation.listed, world.store, state=ReservationState.SCHEDULED)
    for one in scheduled:
        chance = world.luck("release", one.order_id, now.isoformat())
        awarded_today = one.awarded_at == now
        if not awarded_today and chance.random() < world.course.release_share:
            command = ReleaseReservation(one.id)
            world.runner.run(command, by=members(world.organisation), at=now)
