"""Units that go away: maintenance, announced ahead, and failures, which nobody knew of."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from marketplace.domain.capacity import Maintenance
from marketplace.domain.command import ScheduleMaintenance
from marketplace.domain.reservation import Reservation
from sim.demand.organisation import FailureSpec, MaintenanceSpec
from sim.engine.course import ANNOUNCED
from sim.engine.world import PLATFORM_LEAD, World

FAILURE = "node failure"
SECOND = timedelta(seconds=1)


def announce_maintenance(world: World, now: datetime) -> None:
    """Put into the calendar what is announced in the cycle that ends now, just before it does."""
    for number, spec in enumerate(world.organisation.maintenance):
        announced = max(spec.start - ANNOUNCED, world.organisation.start + timedelta(days=1))
        if now - world.rules.cycle < announced <= now < spec.end:
            entry = _away(f"maintenance-{number + 1}", spec, spec.reason, now - SECOND)
            # teams have acted for this cycle: what it takes they ask for in the next one
            _take_away(world, entry, world.rules.sale_start(world.rules.next_close(now)))


def fail_units(world: World, now: datetime) -> None:
    """Enter the failures that have happened by now, at the moment they happened."""
    failures = sorted(world.organisation.failures, key=lambda one: (one.start, one.pool))
    while world.failures < len(failures) and failures[world.failures].start <= now:
        world.failures += 1
        spec = failures[world.failures - 1]
        at = max(spec.start, world.acted_at)
        if at < spec.end:
            entry = _away(f"failure-{world.failures}", spec, FAILURE, at)
            _take_away(world, entry, world.rules.sale_start(world.closes_at))


def _away(id_: str, spec: MaintenanceSpec | FailureSpec, reason: str, at: datetime) -> Maintenance:
    return Maintenance(
        id=id_,
        pool=spec.pool,
        start=spec.start,
        end=spec.end,
        quantity=spec.quantity,
        reason=reason,
        created_at=at,
    )


def _take_away(world: World, entry: Maintenance, sale_start: datetime) -> None:
    """``sale_start``: when the next sale begins that teams can ask in."""
    at = entry.created_at
    failed = world.runner.run(ScheduleMaintenance(entry), by=PLATFORM_LEAD, at=at)
    _fail(world, failed, at, sale_start)


def _fail(world: World, failed: Iterable[Reservation], at: datetime, sale_start: datetime) -> None:
    """Tell teams of their time-boxes that failed, and what of their jobs is left to do."""
    boxes: dict[str, list[Reservation]] = {}
    for one in failed:
        world.desks[one.team].failed.append(one)
        if one.order_id in world.jobs:
            boxes.setdefault(world.jobs[one.order_id].id, []).append(one)
    for id_, own in boxes.items():
        work = world.work[id_]
        work.interruptions += any(one.start <= at for one in own)
        work.reason = own[0].reason
        work.take(own)
        rest = work.rest(sale_start) if world.course.resumes else None
        if rest is not None:
            world.desks[rest.team].arrived.append(rest)
