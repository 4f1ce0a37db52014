"""Where every unit-slot of a run went: offered = used + idle + away, pool by pool."""

from dataclasses import dataclass, replace
from datetime import datetime

from sim.demand.capacity import capacity_by_slot
from sim.demand.job import SLOT, JobLeg
from sim.results.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolBalance:
    """One pool's unit-slots over the whole run."""

    id: str
    name: str
    unit: str
    offered: int  # all units, in the hours in which the pool is open
    used: int
    idle: int
    away: int  # for maintenance, or failed


def balances(run: Run) -> tuple[PoolBalance, ...]:
    """Every pool's unit-slots. Idle and away are what is left, so look at ``faults`` as well."""
    there = run.demand.organisation
    offered = capacity_by_slot(replace(there, maintenance=(), failures=()), run.slots).units
    found = []
    for pool in there.pools:
        whole, kept = int(offered[pool.id].sum()), int(run.capacity[pool.id].sum())
        used = int(run.used[pool.id].sum())
        found.append(
            PoolBalance(
                id=pool.id,
                name=pool.name,
                unit=pool.unit,
                offered=whole,
                used=used,
                idle=kept - used,
                away=whole - kept,
            )
        )
    return tuple(found)


def faults(run: Run) -> tuple[str, ...]:
    """Where a run does not add up, in sentences; none where it does.

    A pool must not use more than it has, nor have more than the organisation, in any slot; and the
    jobs that ran without an interruption must not have worked more than was used.
    """
    there = run.demand.organisation
    offered = capacity_by_slot(replace(there, maintenance=(), failures=()), run.slots).units
    worked = _worked(run)
    said = []
    for pool in there.pools:
        has, used = run.capacity[pool.id], run.used[pool.id]
        over, more = int((used > has).sum()), int((has > offered[pool.id]).sum())
        if over:
            said.append(f"{pool.id}: more is used than there is in {over:,} slots")
        if more:
            said.append(f"{pool.id}: more is there than the organisation has in {more:,} slots")
        if worked[pool.id] > int(used.sum()):
            said.append(
                f"{pool.id}: jobs worked {worked[pool.id]:,} unit-slots, and only "
                f"{int(used.sum()):,} were used"
            )
    return tuple(said)


def _worked(run: Run) -> dict[str, int]:
    """Unit-slots within the run that uninterrupted jobs must have used, by pool."""
    worked = {pool.id: 0 for pool in run.demand.organisation.pools}
    for one in run.jobs:
        if one.start is None or one.option is None or not one.served or one.interruptions:
            continue
        for leg in one.job.options[one.option].legs:
            worked[leg.pool] += leg.quantity * _slots_within(leg, one.start, run)
    return worked


def _slots_within(leg: JobLeg, start: datetime, run: Run) -> int:
    first = (start - run.demand.organisation.start) // SLOT + leg.offset_slots
    return max(min(first + leg.duration_slots, run.slots) - max(first, 0), 0)
