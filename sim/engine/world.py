"""A market in the middle of its life: the services that production runs, on a database in memory,
with time handed in."""

import copy
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.capacity import Pool, Window
from marketplace.domain.command import EnrolTeams, GiveGrants, OpenPools
from marketplace.domain.page import every
from marketplace.domain.price import Published
from marketplace.domain.team import Team
from marketplace.errors import MarketError
from marketplace.rules import MarketRules
from marketplace.services import ledger
from marketplace.services.runner import Runner
from marketplace.store.engine import Store, connect
from sim.agents.agent import Agent
from sim.agents.truthful import Truthful
from sim.agents.view import Purse
from sim.demand.capacity import AFTER_DAYS
from sim.demand.distributions import stream
from sim.demand.job import DAY, SLOT, Job
from sim.demand.organisation import Organisation, PoolSpec
from sim.engine.course import Course
from sim.engine.desk import Desk
from sim.engine.economy import Account, Economy
from sim.engine.spot_desk import SpotDesk
from sim.engine.work import Work
from sim.results.history import CycleRecord

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
    course: Course
    closes_at: datetime  # the open cycle's
    acted_at: datetime  # when something was done last
    desks: dict[str, Desk] = field(default_factory=dict)  # by team
    work: dict[str, Work] = field(default_factory=dict)  # by job id
    jobs: dict[str, Job] = field(default_factory=dict)  # by order id
    refused: dict[str, MarketError] = field(default_factory=dict)  # by job id
    cycles: list[CycleRecord] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    spent: dict[str, np.ndarray] = field(default_factory=dict)  # price x units by slot
    units: dict[str, np.ndarray] = field(default_factory=dict)  # units awarded by slot
    spot: SpotDesk | None = None  # once it has opened
    pools: dict[str, Pool] = field(default_factory=dict)
    failures: int = 0  # of the organisation's, those that have happened
    recalls_heard: int = 0  # the number of the last event that was looked at for one
    passing: list[tuple[datetime, str, str]] = field(default_factory=list)  # orders' last starts

    @property
    def slots(self) -> int:
        """Slots in the days of the run."""
        return self.organisation.days * DAY // SLOT

    @property
    def end(self) -> datetime:
        """Of the days of the run."""
        return self.organisation.start + self.organisation.days * DAY

    def luck(self, *place: str) -> Generator:
        """A stream of its own for each place and time, so that more of one leaves the others'."""
        digest = hashlib.sha256("/".join(place).encode()).digest()
        return default_rng(SeedSequence([self.seed, int.from_bytes(digest[:8], "big")]))


def found(
    organisation: Organisation,
    rules: MarketRules,
    seed: int,
    store: Store | None = None,
    *,
    agents: Mapping[str, Agent] | None = None,
    course: Course | None = None,
) -> World:
    """A new market with the organisation's teams and pools: in ``store``, or in memory. Teams that
    ``agents`` does not name are truthful."""
    store, start = store or connect("sqlite://"), organisation.start
    secret = hashlib.sha256(f"{seed}/market".encode()).digest()
    runner = Runner.open_market(store, rules, by=PLATFORM_LEAD, at=start, secret=secret)
    teams = tuple(Team(id=one.id, name=one.name, created_at=start) for one in organisation.teams)
    runner.run(EnrolTeams(teams), by=PLATFORM_LEAD, at=start)
    pools = tuple(_pool(spec, start) for spec in organisation.pools)
    windows = (window for spec in organisation.pools for window in _windows(spec, organisation))
    runner.run(OpenPools(pools, tuple(windows)), by=PLATFORM_LEAD, at=start)
    world = World(
        store=store,
        runner=runner,
        organisation=organisation,
        rules=rules,
        seed=seed,
        course=course or Course(),
        closes_at=rules.next_close(start),
        acted_at=start,
        pools={pool.id: pool for pool in pools},
    )
    for spec in organisation.pools:
        world.spent[spec.id] = np.zeros(world.slots, dtype=np.int64)
        world.units[spec.id] = np.zeros(world.slots, dtype=np.int64)
    for team in organisation.teams:
        mind = (agents or {}).get(team.id)
        world.desks[team.id] = Desk(
            team=team,
            agent=copy.deepcopy(mind) if mind is not None else Truthful(),
            luck=stream(seed, f"agent/{team.id}", 0),
        )
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


def give_grants(world: World, economy: Economy, now: datetime) -> None:
    """What the economy gives on the day that begins now."""
    day = (now - world.organisation.start) // DAY
    requests = tuple(economy.grants(world.organisation, day, accounts(world)))
    if requests:
        world.runner.run(GiveGrants(requests), by=FINANCE, at=now)


def accounts(world: World) -> dict[str, Account]:
    """What became of each team's credits so far."""
    sums = {team: [0, 0, 0, 0, 0] for team in world.desks}
    for one in every(ledger.balances, world.store):
        facts = (one.grant.amount_ucr, one.free_ucr, one.held_ucr, one.spent_ucr, one.expired_ucr)
        sums[one.grant.team] = [
            so_far + more for so_far, more in zip(sums[one.grant.team], facts, strict=True)
        ]
    return {team: Account(*found) for team, found in sums.items()}


def purses(world: World, now: datetime) -> dict[str, tuple[Purse, ...]]:
    """Every team's grants that are not over, the earliest-ending first."""
    found: dict[str, list[Purse]] = {team: [] for team in world.desks}
    for one in every(ledger.balances, world.store):
        if not one.grant.over(now):
            purse = Purse(
                grant=one.grant.id,
                free_ucr=one.free_ucr,
                amount_ucr=one.grant.amount_ucr,
                start=one.grant.start,
                end=one.grant.end,
            )
            found[one.grant.team].append(purse)
    return {team: tuple(sorted(own, key=lambda one: one.end)) for team, own in found.items()}
