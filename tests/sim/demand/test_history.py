"""What was asked for on a market comes back as the demand that it was, job by job."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from marketplace.domain.capacity import Maintenance, Pool, Window
from marketplace.domain.command import (
    AmendOrder,
    CancelMaintenance,
    CancelOrders,
    GiveGrants,
    OpenPools,
    OverrideWindows,
    PlaceOrder,
    ScheduleMaintenance,
)
from marketplace.domain.grant import GrantRequest
from marketplace.domain.order import Leg, Option, Order, OrderRequest
from marketplace.domain.override import OverrideRequest
from marketplace.rules import MarketRules
from sim.agents.asking import order_of
from sim.demand.demand import Demand
from sim.demand.files import demand_bytes, parse_demand
from sim.demand.generator import generate
from sim.demand.history import HistoryProblem, demand_from_market
from sim.demand.history_pools import NOT_ON_SALE
from sim.demand.job import DAY, SLOT, Job
from sim.demand.organisation import (
    MaintenanceSpec,
    OpenHours,
    Organisation,
    PoolSpec,
    TeamHabits,
    TeamSpec,
)
from sim.demand.spot import SpotJob
from sim.engine.market import live
from sim.engine.world import FINANCE, PLATFORM_LEAD, World, found, members

START = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
DAYS = 2
RULES = MarketRules(work=50, tick_minutes=60, notice_minutes=60, indicative_hours="")
SECOND = timedelta(seconds=1)
STEP = timedelta(hours=6)  # four batches a day


def pool(name: str, units: int, *, unit: str = "gpu", hours: OpenHours | None = None) -> PoolSpec:
    return PoolSpec(
        id=name,
        name=name.upper(),
        unit=unit,
        units=units,
        block_size=1,
        reserve_ucr=500_000,
        open_hours=hours,
    )


def team(name: str, budget_ucr: int = 2_000_000_000) -> TeamSpec:
    return TeamSpec(
        id=name,
        name=name.title(),
        themes=("trust",),
        cost_centre=f"cc-{name}",
        budget_ucr=budget_ucr,
        projects=("p1", "p2"),
        habits=TeamHabits(jobs_per_day=6, pools=(("big", 1.0),), cancels=0.5, standing=0.5),
    )


HOURS = OpenHours(weekdays=(0, 2), first_hour=9, end_hour=17)
SMALL = Organisation(
    pools=(
        pool("big", 64),
        pool(
            "experts", 4, unit="expert", hours=OpenHours(weekdays=(0, 2), first_hour=9, end_hour=17)
        ),
    ),
    teams=(team("blue"), team("red")),
    start=START,
    days=DAYS,
    maintenance=(
        MaintenanceSpec(
            pool="big",
            start=START + timedelta(days=1, hours=12),
            end=START + timedelta(days=1, hours=18),
            quantity=4,
            reason="fans",
        ),
    ),
)


def spot_job(number: int, hour: float, needs: timedelta) -> SpotJob:
    return SpotJob(
        id=f"spot-{number}",
        team="red" if number % 2 else "blue",
        project="p1",
        theme="trust",
        pool="big",
        quantity=2,
        limit_ucr=900_000,
        minimum=timedelta(0),
        needs=needs,
        submitted=START + timedelta(hours=hour),
    )


SPOT = (
    spot_job(1, 2.5, timedelta(hours=3, minutes=7)),
    spot_job(2, 20, timedelta(minutes=40)),
    spot_job(3, 46.2, timedelta(hours=9)),
)


@cache
def lived() -> tuple[Sequence[Job], World, Demand]:
    jobs = generate(SMALL, seed=5)
    world = live(SMALL, jobs, SPOT, RULES, 5, lambda *_: None)
    return jobs, world, demand_from_market(world.store, START, START + DAYS * DAY)


def batch_of(at: datetime) -> datetime:
    """When the simulated teams' batch is placed that a job submitted at ``at`` is in."""
    return START + ((at - START) // STEP + 1) * STEP - 2 * SECOND


def test_every_order_comes_back_as_the_job_that_it_was() -> None:
    jobs, world, back = lived()
    there = {job.id: job for job in back.jobs}
    assert len(jobs) > 12
    assert set(there) == {order_of(job) for job in jobs if job.id not in world.refused}
    for job in jobs:
        if job.id in world.refused:
            continue
        same = there[order_of(job)]
        assert same == replace(
            job,
            id=same.id,
            submitted=batch_of(job.submitted),
            cancels_at=same.cancels_at,
        )
        if same.cancels_at is not None:
            assert job.cancels_at is not None
            assert timedelta(0) <= same.cancels_at - job.cancels_at < STEP
    assert any(job.cancels_at for job in back.jobs)


def test_spot_requests_come_back_with_the_work_that_they_did() -> None:
    _, _, back = lived()
    ran, short, cut = back.spot_jobs
    for asked, same in zip(SPOT, back.spot_jobs, strict=True):
        assert same == replace(asked, id=same.id, submitted=same.submitted, needs=same.needs)
        assert timedelta(0) <= same.submitted - asked.submitted < SLOT
    assert ran.needs == SPOT[0].needs
    assert short.needs == SPOT[1].needs
    assert cut.needs == SPOT[0].needs  # still at work when the run ended: its team's usual
    assert "1 spot requests did not end by their team: what they needed is a guess." in back.notes


def test_pools_teams_and_maintenance_come_back() -> None:
    _, _, back = lived()
    there = back.organisation
    assert (there.pools, there.maintenance) == (SMALL.pools, SMALL.maintenance)
    assert (there.start, there.days) == (START, DAYS)
    assert [replace(one, habits=None) for one in SMALL.teams] == list(there.teams)


def test_it_can_be_kept_in_a_file() -> None:
    _, _, back = lived()
    assert parse_demand(demand_bytes(back), "history.parquet") == back


@pytest.mark.drill
def test_it_can_be_lived_again() -> None:
    _, _, back = lived()
    again = live(back.organisation, back.jobs, back.spot_jobs, RULES, 5, lambda *_: None)
    assert not again.refused
    twice = demand_from_market(again.store, START, START + DAYS * DAY)
    assert {(job.team, job.earliest, job.options) for job in twice.jobs} == {
        (job.team, job.earliest, job.options) for job in back.jobs
    }


def test_a_part_of_the_period_has_what_was_placed_in_it_and_what_was_left() -> None:
    _, _, back = lived()
    _, world, _ = lived()
    part = demand_from_market(world.store, START + DAY, START + 2 * DAY)
    assert part.jobs == tuple(job for job in back.jobs if job.submitted.day == START.day + 1)
    for one, whole in zip(part.organisation.teams, back.organisation.teams, strict=True):
        assert 0 < one.budget_ucr <= whole.budget_ucr
    with pytest.raises(HistoryProblem, match="nothing was asked for from 2026-10-01 to 2026-10-02"):
        demand_from_market(
            world.store, datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)
        )


# Orders by hand, on a market without a life.


def option(hours: int = 2, *, first: int = 30, last: int = 40, name: str = "big") -> Option:
    return Option(
        value_ucr=90_000_000,
        earliest_start=START + first * SLOT,
        latest_start=START + last * SLOT,
        legs=(Leg(pool=name, quantity=1, duration=hours * SLOT),),
    )


def asked(world: World, *options: Option, key: str = "k", until: datetime | None = None) -> Order:
    request = OrderRequest(
        team="red", key=key, options=options, standing=until is not None, valid_until=until
    )
    return world.runner.run(PlaceOrder(request), by=members(SMALL), at=START + SLOT)


def opened(**rules: Any) -> World:
    world = found(SMALL, replace(RULES, **rules), 5)
    grant = GrantRequest(
        id="g", team="red", amount_ucr=10**9, start=START, end=START + 60 * DAY, purpose="test"
    )
    world.runner.run(GiveGrants((grant,)), by=FINANCE, at=START)
    return world


def back_from(world: World) -> Demand:
    return demand_from_market(world.store, START, START + DAYS * DAY)


def test_an_amended_order_is_as_last_seen_and_one_with_an_end_is_taken_back_then() -> None:
    world = opened()
    first = asked(world, option(2))
    second = asked(world, option(3), key="l", until=START + 50 * SLOT)
    amended = AmendOrder(first.id, (option(5, first=31), option(6, last=45)))
    world.runner.run(amended, by=members(SMALL), at=START + 2 * SLOT)
    jobs = {job.id: job for job in back_from(world).jobs}
    job = jobs[first.id]
    assert [one.legs[0].duration_slots for one in job.options] == [5, 6]
    assert (job.earliest, job.latest_start) == (START + 30 * SLOT, START + 45 * SLOT)
    assert (job.submitted, job.cancels_at, job.standing) == (START + SLOT, None, False)
    assert (jobs[second.id].cancels_at, jobs[second.id].standing) == (START + 50 * SLOT, True)
    widened = "1 orders had options with windows of their own, which share the widest."
    assert widened in back_from(world).notes
    world.runner.run(CancelOrders((first.id,)), by=members(SMALL), at=START + 3 * SLOT)
    [cancelled] = [job for job in back_from(world).jobs if job.id == first.id]
    assert cancelled.cancels_at == START + 3 * SLOT


def test_what_a_job_cannot_be_is_left_out_and_counted() -> None:
    world = opened(longest_hours=96)
    asked(world, option(80), option(4))
    asked(world, option(80), key="l")
    back = back_from(world)
    assert [len(job.options) for job in back.jobs] == [1]
    assert "2 options or requests left out: of more than 72 hours." in back.notes


def test_windows_overrides_and_maintenance_of_a_pool_are_told_apart() -> None:
    world = opened()
    at = START + SLOT
    lead = PLATFORM_LEAD
    odd = Pool(
        id="odd", name="Odd", unit="gpu", block_size=2, reserve_price_ucr=1, created_at=START
    )
    windows = (
        Window(pool="odd", start=START, end=START + 60 * DAY, quantity=8),
        Window(pool="odd", start=START + DAY, end=START + 60 * DAY, quantity=4),
    )
    none = replace(odd, id="none")
    world.runner.run(OpenPools((odd, none), windows), by=lead, at=START)
    fewer = OverrideRequest(
        pool="odd", start=START + 3 * DAY, end=START + 4 * DAY, quantity=10, reason="lent"
    )
    world.runner.run(OverrideWindows(fewer), by=lead, at=at)
    away = Maintenance(
        id="m",
        pool="odd",
        start=START + 2 * DAY,
        end=START + 2 * DAY + SLOT,
        quantity=12,
        reason="power",
        created_at=START,
    )
    world.runner.run(ScheduleMaintenance(away), by=lead, at=at)
    world.runner.run(ScheduleMaintenance(replace(away, id="n")), by=lead, at=at)
    world.runner.run(CancelMaintenance("n"), by=lead, at=at)
    asked(world, option())
    back = back_from(world).organisation
    [spec] = [one for one in back.pools if one.id == "odd"]
    assert (spec.units, spec.block_size, spec.open_hours) == (12, 2, None)
    assert "none" not in {one.id for one in back.pools}
    assert [
        (one.start, one.end, one.quantity, one.reason)
        for one in back.maintenance
        if one.pool == "odd"
    ] == [
        (START, START + DAY, 4, NOT_ON_SALE),
        (away.start, away.end, 12, "power"),
        (fewer.start, fewer.end, 2, NOT_ON_SALE),
    ]


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        (START, START, "the period ends on 2026-11-02, not after 2026-11-02"),
        (START + SLOT, START + DAY, r"2026-11-02T01:00:00\+00:00 is no midnight in UTC"),
        (START.replace(tzinfo=None), START + DAY, "2026-11-02T00:00:00 is no midnight in UTC"),
    ],
)
def test_a_period_of_no_whole_days_is_refused(
    start: datetime, end: datetime, sentence: str
) -> None:
    with pytest.raises(HistoryProblem, match=sentence):
        demand_from_market(opened().store, start, end)


def test_a_market_of_half_hours_is_refused_and_refused_orders_are_counted() -> None:
    with pytest.raises(HistoryProblem, match="the market's slots are 30 minutes"):
        back_from(opened(slot_minutes=30, tick_minutes=30, notice_minutes=30))
    world = opened()
    asked(world, option())
    bid = OrderRequest(team="red", key="dear", options=(replace(option(), value_ucr=10**12),))
    world.runner.run_all([PlaceOrder(bid)], by=members(SMALL), at=START + SLOT)
    assert "1 orders were refused when they were placed, and are not in it." in (
        back_from(world).notes
    )
