"""Jobs, pools and queues for tests of the policies: short to write, of one day and two pools."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import strategies as st

from sim.demand.capacity import CapacityBySlot
from sim.demand.demand import Demand
from sim.demand.job import SLOT, Decay, Job, JobLeg, JobOption
from sim.demand.organisation import FailureSpec, MaintenanceSpec, Organisation, PoolSpec, TeamSpec
from sim.policies.easy import InTheLine
from sim.policies.precedence import Precedence
from sim.policies.queueing import Cluster, Queued, queue
from sim.results.run import Ran

START = datetime(2026, 11, 2, tzinfo=UTC)
DAY_SLOTS = 48
TEAMS = ("red", "blue", "green")


def leg(quantity: int, slots: int, pool: str = "gpu", offset: int = 0) -> JobLeg:
    return JobLeg(pool=pool, quantity=quantity, offset_slots=offset, duration_slots=slots)


def worth(value_ucr: int, *legs: JobLeg) -> JobOption:
    return JobOption(value_ucr=value_ucr, legs=legs)


def job(
    name: str,
    *options: JobOption,
    team: str = "red",
    submitted_min: int = 0,
    window: tuple[int, int] = (1, 1),
    checkpoint: timedelta = SLOT,
    decay: Decay | None = None,
) -> Job:
    return Job(
        id=name,
        team=team,
        project="p",
        theme="t",
        submitted=START + timedelta(minutes=submitted_min),
        earliest=START + window[0] * SLOT,
        latest_start=START + window[1] * SLOT,
        options=options,
        standing=False,
        cancels_at=None,
        checkpoint=checkpoint,
        decay=decay,
    )


def capacity(block_size: int = 1, **units: int) -> CapacityBySlot:
    return CapacityBySlot(
        start=START,
        units={pool: np.full(DAY_SLOTS, count, dtype=np.int64) for pool, count in units.items()},
        block_sizes=dict.fromkeys(units, block_size),
    )


def without(there: CapacityBySlot, pool: str, away: Mapping[int, int]) -> CapacityBySlot:
    """The same with so many units of ``pool`` away, by slot."""
    units = {name: grid.copy() for name, grid in there.units.items()}
    for slot, count in away.items():
        units[pool][slot] -= count
    return CapacityBySlot(start=there.start, units=units, block_sizes=there.block_sizes)


def queued(
    jobs: Sequence[Job],
    foreseen: CapacityBySlot,
    there: CapacityBySlot | None = None,
    precedence: Precedence | None = None,
) -> Queued:
    cluster = Cluster(there=there or foreseen, foreseen=foreseen)
    return queue(jobs, TEAMS, cluster, precedence or InTheLine())


def starts(ran: Sequence[Ran]) -> dict[str, tuple[int, int]]:
    """Option and first slot of those that ran to their end."""
    return {
        one.job.id: (one.option, (one.start - START) // SLOT)
        for one in ran
        if one.option is not None and one.start is not None
    }


def check(crowd: list[Job], outcome: Queued, there: CapacityBySlot) -> None:
    """§7.1, §7.3, windows, and that what was used is what was delivered and what was lost."""
    for pool, units in there.units.items():
        assert (outcome.used[pool] <= units).all()
    used = sum(int(grid.sum()) for grid in outcome.used.values())
    wanted = 0
    for one in outcome.ran:
        wanted += one.lost_unit_s // 3600
        if one.option is None or one.start is None or one.end is None:
            assert one.reason in ("window-passed", "interrupted")
            continue
        option = one.job.options[one.option]
        wanted += sum(part.quantity * part.duration_slots for part in option.legs)
        assert one.job.earliest <= one.start <= one.job.latest_start
        assert one.start > one.job.submitted
        assert one.interruptions or one.end - one.start == option.extent_slots * SLOT
    assert used == wanted
    assert [one.job for one in outcome.ran] == crowd


def demand_of(jobs: Sequence[Job], gpu: int = 4, old: int = 3) -> Demand:
    """The jobs as a demand of three teams on two pools; some units fail, others are maintained."""
    pools = tuple(
        PoolSpec(id=name, name=name, unit="gpu", units=units, block_size=1, reserve_ucr=price)
        for name, units, price in (("gpu", gpu, 500_000), ("old", old, 100_000))
    )
    teams = tuple(
        TeamSpec(
            id=team, name=team, themes=("t",), cost_centre="c", budget_ucr=budget, projects=("p",)
        )
        for team, budget in zip(TEAMS, (3_000, 2_000, 1_000), strict=True)
    )
    away = MaintenanceSpec(
        pool="gpu", start=START + 6 * SLOT, end=START + 9 * SLOT, quantity=2, reason="fans"
    )
    failed = FailureSpec(pool="gpu", start=START + 3 * SLOT, end=START + 5 * SLOT, quantity=3)
    organisation = Organisation(
        pools=pools, teams=teams, start=START, days=1, maintenance=(away,), failures=(failed,)
    )
    return Demand(name="made", organisation=organisation, jobs=tuple(jobs))


_POOLS = st.sampled_from(["gpu", "old"])
_OPTIONS = st.lists(
    st.builds(
        worth,
        st.integers(1, 100),
        st.builds(leg, st.integers(1, 4), st.integers(1, 5), _POOLS),
        st.builds(leg, st.integers(1, 3), st.integers(1, 3), _POOLS, st.integers(0, 4)),
    ),
    min_size=1,
    max_size=2,
)


@st.composite
def crowds(draw: st.DrawFn) -> list[Job]:
    """Jobs that collide: few units, short windows, the same hours."""
    crowd = []
    for number in range(draw(st.integers(1, 14))):
        first = draw(st.integers(1, 8))
        made = job(
            f"j{number:02d}",
            *draw(_OPTIONS),
            team=draw(st.sampled_from(TEAMS)),
            submitted_min=draw(st.integers(0, 200)),
            window=(first, first + draw(st.integers(0, 6))),
            checkpoint=draw(st.sampled_from([timedelta(0), SLOT, SLOT * 1.5, 3 * SLOT])),
        )
        crowd.append(made)
    return crowd
