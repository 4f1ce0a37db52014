"""Histories made up for tests: small enough to read, or four weeks of a whole organisation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np

from marketplace.domain.spot_price import UNSERVED
from marketplace.services.check import CheckReport
from sim.demand.job import Job, JobLeg, JobOption
from sim.demand.organisation import MaintenanceSpec, Organisation, PoolSpec, TeamSpec
from sim.results.history import (
    Comparison,
    CycleRecord,
    History,
    JobResult,
    PoolSeries,
    SpotSeries,
    SpotStory,
    TeamLine,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
CREDIT = 1_000_000
HEAD = "9f" * 32

ENDS = (
    *(("filled", "filled"), ("lost", "outbid"), ("lost", "unfit"), ("lost", "below-reserve")),
    *(("lost", "cap"), ("lost", "budget"), ("refused", "insufficient-credits")),
    *(("cancelled", "cancelled"), ("expired", "window-passed"), ("failed", "maintenance")),
    *(("released", "released"), ("open", "")),
)


def pool(id_: str, name: str = "", units: int = 8, *, unit: str = "gpu") -> PoolSpec:
    return PoolSpec(
        id=id_, name=name or id_.upper(), unit=unit, units=units, block_size=1, reserve_ucr=CREDIT
    )


def team(id_: str, name: str = "") -> TeamSpec:
    return TeamSpec(
        id=id_,
        name=name or id_.title(),
        themes=("science",),
        cost_centre="cc-1",
        budget_ucr=1_000 * CREDIT,
        projects=("p",),
    )


def result(
    id_: str, owner: str, on: str, end: tuple[str, str] = ENDS[0], value_ucr: int = 10 * CREDIT
) -> JobResult:
    """A job of two units for three hours, and how it ended."""
    leg = JobLeg(pool=on, quantity=2, offset_slots=0, duration_slots=3)
    job = Job(
        id=id_,
        team=owner,
        project="p",
        theme="science",
        submitted=START,
        earliest=START + timedelta(days=1, hours=1),
        latest_start=START + timedelta(days=1, hours=9),
        options=(JobOption(value_ucr=value_ucr, legs=(leg,)),),
        standing=False,
        cancels_at=None,
    )
    won = end[0] == "filled"
    return JobResult(
        job=job,
        state=end[0],
        reason=end[1],
        payment_ucr=value_ucr // 2 if won else 0,
        delivered_ucr=value_ucr if won else 0,
        shortfall_ucr=2_500_000 if end[1] in ("outbid", "insufficient-credits") else 0,
    )


def series(of: PoolSpec, slots: int, seed: int = 1) -> PoolSeries:
    """A pool that sells more and more, is closed in its fifth hour, and short in its seventh."""
    rng = np.random.default_rng(seed)
    capacity = np.full(slots, of.units, dtype=np.int64)
    maintenance = np.zeros(slots, dtype=np.int64)
    capacity[4:5] = 0
    capacity[6:7] -= 2
    maintenance[6:7] = 2
    sold = np.minimum(rng.integers(0, of.units + 1, slots), capacity)
    price = np.where(sold > 0, of.reserve_ucr + rng.integers(0, 3 * CREDIT, slots), -1)
    return PoolSeries(
        pool=of, capacity=capacity, sold=sold, maintenance=maintenance, price_ucr=price
    )


def spot_story(*pools: PoolSpec, ticks: int = 96) -> SpotStory:
    """A day of ticks: a price that rises and falls, with half of the supply running."""
    hours = np.arange(ticks)
    supply = np.full(ticks, 8, dtype=np.int64)
    series = tuple(
        SpotSeries(
            pool=one,
            price_ucr=one.reserve_ucr + (hours % 12) * CREDIT // 10,
            controller_ucr=np.full(ticks, one.reserve_ucr, dtype=np.int64),
            supply=supply,
            wanted=supply + 2,
            used=supply // 2,
            why={"demand-above-target": ticks // 4, UNSERVED: ticks - ticks // 4},
            sold_hours=ticks * 4 / 4,
            idle_hours=ticks * 8 // 4,
        )
        for one in pools
    )
    return SpotStory(
        start=START + timedelta(minutes=15),
        tick=timedelta(minutes=15),
        series=series,
        jobs=12,
        finished=7,
        unfinished=5,
        refused={},
        notices=4,
        interruptions={"reclaimed": 3, "price-too-low": 1},
        paid_ucr=17_250_000,
    )


def cycle(number: int, gap: float = 0.004) -> CycleRecord:
    return CycleRecord(
        id=f"cyc_{number:04d}",
        closed_at=START + timedelta(days=number),
        bids=100 + number,
        awards=80,
        lost={"outbid": 15, "unfit": 5 + number},
        welfare_ucr=9_000 * CREDIT,
        surplus_ucr=4_980 * CREDIT,
        bound_ucr=5_000 * CREDIT,
        gap=gap,
        proven_gap=gap,
        paid_ucr=4_020 * CREDIT,
        status="feasible",
        engine="full",
    )


def line(of: TeamSpec, won: int = 3, lost: int = 2) -> TeamLine:
    """An account that adds up: granted = paid - refunded + expired + left."""
    return TeamLine(
        team=of,
        granted_ucr=1_000 * CREDIT,
        paid_ucr=400_123_456,
        refunded_ucr=50 * CREDIT,
        expired_ucr=150 * CREDIT,
        left_ucr=500 * CREDIT - 123_456,
        delivered_ucr=900 * CREDIT,
        orders=won + lost,
        won=won,
        lost=lost,
        spot_ucr=123_456,
    )


def report_of(*faults: str) -> CheckReport:
    return CheckReport(
        lines=9_876,
        replayed=9_876,
        rows=54_321,
        rows_there=54_321,
        transfers=12_345,
        accounts=40,
        holds=300,
        orders=310,
        spot_requests=12,
        cycles=2,
        minted_ucr=12_000 * CREDIT,
        head=HEAD,
        faults=faults,
    )


def history(days: int = 2) -> History:
    """Two teams and two pools; one job for each way to end."""
    pools, teams = (pool("h100"), pool("experts", unit="expert")), (team("vision"), team("speech"))
    slots = 24 * days
    away = MaintenanceSpec(
        pool="h100",
        start=START + timedelta(hours=6),
        end=START + timedelta(hours=7),
        quantity=2,
        reason="fans",
    )
    return History(
        organisation=Organisation(
            pools=pools, teams=teams, start=START, days=days, maintenance=(away,)
        ),
        seed=7,
        source="a made-up organisation, generator seed 7",
        slots=slots,
        cycles=tuple(cycle(number) for number in range(1, days + 1)),
        jobs=tuple(
            result(f"job-{number}", teams[number % 2].id, "h100", end, (number + 1) * 10 * CREDIT)
            for number, end in enumerate(ENDS)
        ),
        pools=tuple(series(one, slots, seed) for seed, one in enumerate(pools)),
        teams=tuple(line(one) for one in teams),
        check=report_of(),
        comparisons=(
            Comparison(
                name="GPU Market", delivered_ucr=1_800_250_000, served=6, utilisation=0.8125
            ),
            Comparison(
                name="First come, first served",
                delivered_ucr=1_200_000_000,
                served=5,
                utilisation=0.7,
            ),
            Comparison(
                name="Fixed team quotas", delivered_ucr=900_125_000, served=4, utilisation=0.5
            ),
        ),
        spot=spot_story(pools[0]),
        notes=("Lengths follow a published distribution.",),
    )


def empty() -> History:
    """A market that was opened, and into which nobody came."""
    return replace(
        history(),
        organisation=Organisation(pools=(), teams=(), start=START, days=1),
        slots=0,
        cycles=(),
        jobs=(),
        pools=(),
        teams=(),
        check=replace(report_of(), transfers=0, head=""),
        comparisons=(),
        spot=None,
        notes=(),
    )


def four_weeks(jobs: int = 4_000) -> History:
    """Twelve teams and six pools over 28 cycles, as large as the demo."""
    small, rng = history(28), Random(3)
    pools = tuple(pool(f"pool-{number}", units=8 * number) for number in range(1, 7))
    teams = tuple(team(f"team-{number:02d}") for number in range(12))
    ends = [ENDS[0]] * 20 + list(ENDS)
    results = tuple(
        result(
            f"{owner.id}-{number:04d}",
            owner.id,
            rng.choice(pools).id,
            rng.choice(ends),
            rng.randrange(CREDIT, 5_000 * CREDIT),
        )
        for number, owner in enumerate(rng.choice(teams) for _ in range(jobs))
    )
    return replace(
        small,
        organisation=replace(small.organisation, pools=pools, teams=teams, maintenance=()),
        jobs=results,
        pools=tuple(series(one, small.slots, seed) for seed, one in enumerate(pools)),
        teams=tuple(line(one) for one in teams),
        spot=spot_story(*pools, ticks=672),
    )
