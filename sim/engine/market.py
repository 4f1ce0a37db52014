"""The same market under a made-up world: the services that production runs, on a database in
memory, with time handed in. No rule of the market stands here."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from allocator.files.formats import decode_outcome, decode_problem
from marketplace.domain.actor import CLOCK, Actor, Role, Standing
from marketplace.domain.capacity import Maintenance, Pool, Window
from marketplace.domain.command import (
    Advance,
    CancelOrders,
    EnrolTeams,
    GiveGrants,
    OpenPools,
    PlaceOrder,
    ReleaseReservation,
    ScheduleMaintenance,
)
from marketplace.domain.grant import GrantRequest
from marketplace.domain.order import Leg, Option, Order, OrderRequest, OrderState, order_id
from marketplace.domain.page import every
from marketplace.domain.reservation import ReservationState
from marketplace.domain.team import Team
from marketplace.domain.transfer import Tags
from marketplace.errors import MarketError
from marketplace.rules import MarketRules
from marketplace.services import cycle, order, reservation
from marketplace.services.books import Progress
from marketplace.services.clock import run_cycle as run_the_cycle
from marketplace.services.manual_clock import salt
from marketplace.services.runner import Runner
from marketplace.store.engine import Store, connect
from sim.demand.capacity import AFTER_DAYS
from sim.demand.job import SLOT, Job
from sim.demand.organisation import Organisation, PoolSpec
from sim.demand.spot import SpotJob
from sim.engine.spot_desk import SpotDesk
from sim.results.history import CycleRecord

STEP: Final = timedelta(hours=6)
"""Teams place and cancel in batches, four times a day."""

ANNOUNCED: Final = timedelta(days=1)
"""How long before its start maintenance is put into the calendar."""

SPRINT_DAYS: Final = 14
"""A grant is good for one sprint, and for a week more to spend what is left."""

GRACE_DAYS: Final = 7

SPOT_DAYS: Final = 7
"""Spot opens for the last week: until then the gaps are seen."""

RELEASE_SHARE: Final = 0.005
"""Of the time-boxes a team holds, the part it gives back on an average day: plans change."""

PLATFORM_LEAD: Final = Actor.operator("simulator")
FINANCE: Final = Actor.person("finance", Standing(Role.FINANCE))


@dataclass(slots=True)
class World:
    """A market in the middle of its life. Mutable: it is what happens."""

    store: Store
    runner: Runner
    organisation: Organisation
    rules: MarketRules
    seed: int
    jobs: dict[str, Job] = field(default_factory=dict)  # by order id
    refused: dict[str, MarketError] = field(default_factory=dict)  # by job id
    cycles: list[CycleRecord] = field(default_factory=list)
    spent: dict[str, np.ndarray] = field(default_factory=dict)  # price x units by slot
    units: dict[str, np.ndarray] = field(default_factory=dict)  # units awarded by slot
    spot: SpotDesk | None = None  # once it has opened

    @property
    def slots(self) -> int:
        """Slots in the days of the run."""
        return self.organisation.days * timedelta(days=1) // SLOT

    def luck(self, *place: str) -> Generator:
        """A stream of its own for each place and time, so that more of one leaves the others'."""
        digest = hashlib.sha256("/".join(place).encode()).digest()
        return default_rng(SeedSequence([self.seed, int.from_bytes(digest[:8], "big")]))


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
) -> World:
    """Run the organisation's days: grants, orders, cancellations, releases, daily cycles; and
    spot from the first of the ``spot_jobs``' days on. In ``store``, or in memory; ``until``: when
    to stop, in the middle of the last day."""
    world = found(organisation, rules, seed, store)
    waiting = iter(sorted(jobs, key=lambda job: (job.submitted, job.id)))
    coming = next(waiting, None)
    now = organisation.start
    for day in range(organisation.days):
        _grant_sprint(world, day, now)
        if day == spot_from(organisation) and spot_jobs:
            world.spot = SpotDesk(world.runner, organisation, rules, spot_jobs, now)
        for _ in range(timedelta(days=1) // STEP):
            now = min(now + STEP, until or now + STEP)
            batch = []
            while coming is not None and coming.submitted < now:
                batch.append(coming)
                coming = next(waiting, None)
            # A moment before the hour, so that the last batch still meets today's cycle.
            before = now - timedelta(seconds=2)
            if world.spot is not None:
                world.spot.advance(before)
            _place(world, batch, before)
            _cancel(world, now - timedelta(seconds=1))
            if world.spot is not None:
                world.spot.advance(now)
            if now == until:
                progress("cycles", organisation.days, organisation.days)
                return world
        _announce_maintenance(world, now)
        run_cycle(world, now)
        _release_some(world, now)
        progress("cycles", day + 1, organisation.days)
    world.runner.run(Advance(), by=CLOCK, at=now)
    if world.spot is not None:
        world.spot.close(now)
    return world


def spot_from(organisation: Organisation) -> int:
    """The day of the run, from 0, on which spot opens."""
    return max(organisation.days - SPOT_DAYS, 0)


def found(
    organisation: Organisation, rules: MarketRules, seed: int, store: Store | None = None
) -> World:
    """A new market with the organisation's teams and pools: in ``store``, or in memory."""
    store, start = store or connect("sqlite://"), organisation.start
    secret = hashlib.sha256(f"{seed}/market".encode()).digest()
    runner = Runner.open_market(store, rules, by=PLATFORM_LEAD, at=start, secret=secret)
    teams = tuple(Team(id=one.id, name=one.name, created_at=start) for one in organisation.teams)
    runner.run(EnrolTeams(teams), by=PLATFORM_LEAD, at=start)
    pools = tuple(_pool(spec, start) for spec in organisation.pools)
    windows = (window for spec in organisation.pools for window in _windows(spec, organisation))
    runner.run(OpenPools(pools, tuple(windows)), by=PLATFORM_LEAD, at=start)
    world = World(store=store, runner=runner, organisation=organisation, rules=rules, seed=seed)
    for spec in organisation.pools:
        world.spent[spec.id] = np.zeros(world.slots, dtype=np.int64)
        world.units[spec.id] = np.zeros(world.slots, dtype=np.int64)
    return world


def members(organisation: Organisation) -> Actor:
    """Whoever bids: each team's part of a batch is placed by one who is in all of them."""
    return Actor.person("teams", *(Standing(Role.MEMBER, one.id) for one in organisation.teams))


def _pool(spec: PoolSpec, start: datetime) -> Pool:
    return Pool(
        id=spec.id,
        name=spec.name,
        unit=spec.unit,
        block_size=spec.block_size,
        reserve_price_ucr=spec.reserve_ucr,
        created_at=start,
    )


def _windows(spec: PoolSpec, organisation: Organisation) -> Iterator[Window]:
    days = organisation.days + AFTER_DAYS
    if spec.open_hours is None:
        end = organisation.start + timedelta(days=days)
        yield Window(pool=spec.id, start=organisation.start, end=end, quantity=spec.units)
        return
    hours = spec.open_hours
    for day in range(days):
        midnight = organisation.start + timedelta(days=day)
        if midnight.weekday() in hours.weekdays:
            yield Window(
                pool=spec.id,
                start=midnight + timedelta(hours=hours.first_hour),
                end=midnight + timedelta(hours=hours.end_hour),
                quantity=spec.units,
            )


def _grant_sprint(world: World, day: int, now: datetime) -> None:
    """Each sprint's part of the budgets, by days: the last sprint of a run may be shorter."""
    if day % SPRINT_DAYS:
        return
    days = min(SPRINT_DAYS, world.organisation.days - day)
    end = now + timedelta(days=days + GRACE_DAYS)
    sprint = day // SPRINT_DAYS + 1
    grants = [
        GrantRequest(
            id=f"{one.id}-sprint-{sprint}",
            team=one.id,
            amount_ucr=one.budget_ucr * days // world.organisation.days,
            start=now,
            end=end,
            purpose=f"sprint {sprint}",
        )
        for one in world.organisation.teams
        if one.budget_ucr * days // world.organisation.days > 0
    ]
    world.runner.run(GiveGrants(tuple(grants)), by=FINANCE, at=now)


def request_of(job: Job, cost_centre: str) -> OrderRequest:
    """A job as its team asks for it: truthfully, with its real window and value."""
    return OrderRequest(
        team=job.team,
        key=job.id,
        standing=job.standing,
        tags=Tags(project=job.project, theme=job.theme, cost_centre=cost_centre),
        options=tuple(
            Option(
                value_ucr=option.value_ucr,
                earliest_start=job.earliest,
                latest_start=job.latest_start,
                legs=tuple(
                    Leg(
                        pool=leg.pool,
                        quantity=leg.quantity,
                        duration=leg.duration_slots * SLOT,
                        offset=leg.offset_slots * SLOT,
                    )
                    for leg in option.legs
                ),
            )
            for option in job.options
        ),
    )


def _place(world: World, batch: Sequence[Job], now: datetime) -> None:
    centres = {one.id: one.cost_centre for one in world.organisation.teams}
    bids = [PlaceOrder(request_of(job, centres.get(job.team, ""))) for job in batch]
    answers = world.runner.run_all(bids, by=members(world.organisation), at=now) if bids else []
    for job, answer in zip(batch, answers, strict=True):
        if isinstance(answer, Order):
            world.jobs[answer.id] = job
        else:
            world.refused[job.id] = answer


def _cancel(world: World, now: datetime) -> None:
    due: dict[str, list[str]] = {}
    for id_, job in world.jobs.items():
        if job.cancels_at is not None and now - STEP < job.cancels_at <= now:
            due.setdefault(job.team, []).append(id_)
    for owner, ids in due.items():
        listed = every(order.listed, world.store, team=owner, state=OrderState.OPEN)
        still_open = {one.id for one in listed}
        command = CancelOrders(tuple(id_ for id_ in ids if id_ in still_open))
        world.runner.run(command, by=members(world.organisation), at=now)


def _announce_maintenance(world: World, now: datetime) -> None:
    for number, spec in enumerate(world.organisation.maintenance):
        announced = max(spec.start - ANNOUNCED, world.organisation.start + timedelta(days=1))
        if now - timedelta(days=1) < announced <= now < spec.end:
            entry = Maintenance(
                id=f"maintenance-{number + 1}",
                pool=spec.pool,
                start=spec.start,
                end=spec.end,
                quantity=spec.quantity,
                reason=spec.reason,
                created_at=now,
            )
            world.runner.run(ScheduleMaintenance(entry), by=PLATFORM_LEAD, at=now)


def run_cycle(world: World, now: datetime) -> None:
    """One auction, and what everybody can read of it."""
    done = run_the_cycle(world.runner, now, salt(world.seed, now))
    files = cycle.files(world.store, done.cycle.number)
    problem, outcome = decode_problem(files.problem), decode_outcome(files.outcome)
    world.cycles.append(
        CycleRecord(
            id=done.cycle.id,
            closed_at=done.cycle.closes_at,
            bids=len(problem.bids),
            awards=len(outcome.awards),
            lost=dict(Counter(one.reason.value for one in outcome.rejections)),
            welfare_ucr=outcome.welfare_ucr,
            surplus_ucr=outcome.surplus_ucr,
            bound_ucr=outcome.bound_ucr,
            gap=outcome.gap,
            paid_ucr=sum(award.payment_ucr for award in outcome.awards),
            status=outcome.status,
            engine=outcome.engine,
        )
    )
    first = (problem.start - world.organisation.start) // SLOT
    for pool, sold in cycle.sold_by_pool(problem, outcome).items():
        last = min(first + problem.slots, world.slots)
        seen = sold[: max(last - first, 0)]
        prices = np.array(outcome.prices_ucr[pool][: len(seen)], dtype=np.int64)
        world.spent[pool][first:last] += prices * seen
        world.units[pool][first:last] += seen


def _release_some(world: World, now: datetime) -> None:
    """Now and then a team gives back what it no longer needs."""
    scheduled = every(reservation.listed, world.store, state=ReservationState.SCHEDULED)
    for one in scheduled:
        chance = world.luck("release", one.order_id, now.isoformat())
        awarded_today = one.awarded_at == now
        if not awarded_today and chance.random() < RELEASE_SHARE:
            command = ReleaseReservation(one.id)
            world.runner.run(command, by=members(world.organisation), at=now)


def order_of(job: Job) -> str:
    """The id of the order that a job becomes."""
    return order_id(job.team, job.id)
