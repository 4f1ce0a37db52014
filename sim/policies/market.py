"""The market as a way of sharing: the services that production runs, under some rules, with some
agents."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from marketplace.domain.page import every
from marketplace.domain.reservation import Reservation, ReservationState
from marketplace.domain.statement import Day
from marketplace.rules import MarketRules
from marketplace.services import capacity, order, reservation, statement
from marketplace.services.books import Progress
from sim.agents.agent import Agent
from sim.agents.registry import agents_of
from sim.agents.speculator import Speculator
from sim.demand.demand import Demand
from sim.demand.job import DAY
from sim.demand.speculation import SPECULATORS, with_speculators
from sim.engine.course import Course
from sim.engine.economy import Economy, Sprints
from sim.engine.garbage import only_the_young
from sim.engine.market import live
from sim.engine.work import Work, used_by_slot
from sim.engine.world import World
from sim.policies.policy import Policy
from sim.results.run import Grid, Ran, Run

TRUTHFUL: Final = "truthful"
"""How teams bid of whom nothing is said."""

GONE = (ReservationState.FAILED, ReservationState.RELEASED)


@dataclass(frozen=True, slots=True)
class Market(Policy):
    """Auctions and spot by ``rules``. ``agents``: by team, each an agent or the name of one; the
    others bid as ``everyone`` does, which is the name of one. ``speculators``: the part of all
    demand that a team more makes up, which buys to be bought out."""

    rules: MarketRules = field(default_factory=MarketRules)
    agents: Mapping[str, Agent | str] = field(default_factory=dict)
    economy: Economy | None = None
    name: str = "GPU Market"
    course: Course | None = None
    everyone: str = TRUTHFUL
    speculators: float = 0.0

    def run(self, demand: Demand, seed: int, progress: Progress) -> Run:
        """Live through the demand. Spot opens on the day of the first of its spot jobs."""
        lived = with_speculators(demand, self.speculators) if self.speculators else demand
        with only_the_young():
            world = live(
                lived.organisation,
                lived.jobs,
                lived.spot_jobs,
                self.rules,
                seed,
                progress,
                agents=agents_of(self._minds(lived)),
                economy=self.economy or Sprints(),
                course=self.course or Course(spot_day=first_spot_day(demand)),
            )
        try:
            return told(self.name, demand, world)
        finally:
            world.store.close()

    def _minds(self, lived: Demand) -> dict[str, Agent | str]:
        minds: dict[str, Agent | str] = {one.id: self.everyone for one in lived.organisation.teams}
        if self.speculators:
            minds[SPECULATORS] = "speculator"
        return {**minds, **self.agents}


def first_spot_day(demand: Demand) -> int:
    """The day of the run, from 0, on which spot is first asked for."""
    if not demand.spot_jobs:
        return 0
    first = min(job.submitted for job in demand.spot_jobs)
    return max((first - demand.organisation.start) // DAY, 0)


def told(name: str, demand: Demand, world: World) -> Run:
    """A lived world as a run. What a job delivers is its true value, not what was bid for it."""
    boxes = every(reservation.listed, world.store)
    days = {team: _days(world, team) for team in world.desks}
    _, calendar = capacity.calendar(world.store, world.organisation.start, world.slots)
    return Run(
        policy=name,
        demand=demand,
        seed=world.seed,
        slots=world.slots,
        jobs=jobs_ran(world, demand, boxes),
        capacity={there.pool.id: there.capacity for there in calendar},
        used=_used(world, boxes),
        price_ucr=_prices(world),
        spent_ucr={team: sum(one.spent_ucr for one in own) for team, own in days.items()},
        gained_ucr={team: sum(one.gained_ucr for one in own) for team, own in days.items()},
        speculators=tuple(
            team for team, desk in world.desks.items() if isinstance(desk.agent, Speculator)
        ),
        interruptions=sum(world.spot.interruptions.values()) if world.spot else 0,
        lost_unit_s=world.spot.lost_s if world.spot else 0,
    )


def _days(world: World, team: str) -> list[Day]:
    """What became of a team's credits, until what the last cycle settled."""
    there = world.organisation
    return statement.by_day(world.store, team, there.start, there.days + 1)


def jobs_ran(world: World, demand: Demand, boxes: Sequence[Reservation]) -> tuple[Ran, ...]:
    """What became of every job, from the time-boxes that were won for it."""
    back = _came_back(world, boxes)
    paid_back: Counter[str] = Counter()
    for one in boxes:
        job = world.jobs.get(one.order_id)
        if job is not None:
            world.work[job.id].take([one])
    for order_id, amount_ucr in back.items():
        if order_id in world.jobs:
            paid_back[world.jobs[order_id].id] += amount_ucr
    found = []
    for job in demand.jobs:
        work = world.work.get(job.id) or Work(job)
        found.append(work.ran(paid_back[job.id]))
    return tuple(found)


def _came_back(world: World, boxes: Sequence[Reservation]) -> Counter[str]:
    """What was paid back, by order: only for what failed or was released."""
    orders = sorted({one.order_id for one in boxes if one.state in GONE or one.changed_at})
    if not orders:
        return Counter()
    return order.came_back(world.store, order.those(world.store, orders))


def _used(world: World, boxes: Sequence[Reservation]) -> dict[str, Grid]:
    used = {pool.id: np.zeros(world.slots, dtype=np.int64) for pool in world.organisation.pools}
    start = world.organisation.start
    for pool, by_slot in used_by_slot(boxes).items():
        for at, units in by_slot.items():
            slot = (at - start) // world.rules.slot
            if 0 <= slot < world.slots:
                used[pool][slot] += units
    if world.spot is not None:
        for pool, seconds in world.spot.used_by_slot(start, world.slots).items():
            used[pool] += -(-seconds // int(world.rules.slot.total_seconds()))
    return used


def _prices(world: World) -> dict[str, Grid]:
    """The mean price of what was sold, a unit-hour, by pool and slot; -1 where nothing was."""
    return {
        pool: np.where(units > 0, world.spent[pool] // np.maximum(units, 1), -1)
        for pool, units in world.units.items()
    }
