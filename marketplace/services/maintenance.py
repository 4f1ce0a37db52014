"""Announce maintenance, call it off."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from marketplace.domain.capacity import Maintenance, Pool, Span
from marketplace.domain.command import CancelMaintenance, ScheduleMaintenance
from marketplace.domain.event.capacity import MaintenanceCancelled, MaintenanceScheduled
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.reservation import Reservation
from marketplace.errors import BadField, Duplicate, NotAllowedNow, NotFound
from marketplace.services.capacity import slots_of, units_there
from marketplace.services.failure import make_room
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def schedule(tx: Tx, command: ScheduleMaintenance, call: Call) -> tuple[Reservation, ...]:
    """Take units away for a time, from now on at the earliest: what was delivered before stays
    delivered. What no longer fits is lost, by the latest award first, and paid back at once;
    returns the reservations that lost units. What was announced just so before is not announced
    again."""
    maintenance, now = command.maintenance, call.at
    rules, _ = rules_and_cycle(tx)
    pool = pool_of(tx, maintenance.pool)
    known = capacity_store.one_maintenance(tx, maintenance.id)
    if known is not None:
        if known.same_as(maintenance):
            return ()
        raise Duplicate("maintenance", maintenance.id)
    if maintenance.end <= now:
        raise BadField("end", maintenance.end, "in-the-past")
    maintenance = replace(maintenance, start=max(maintenance.start, now), created_at=now)
    spell = (maintenance.start, maintenance.end)
    _check_there(tx, maintenance, pool, slots_of(spell, rules))
    capacity_store.add_maintenance(tx, maintenance)
    failed = make_room(tx, pool, spell, rules, now)
    told = MaintenanceScheduled(
        at=now,
        maintenance=maintenance.id,
        pool=maintenance.pool,
        start=maintenance.start,
        end=maintenance.end,
        quantity=maintenance.quantity,
        reason=maintenance.reason,
        failed=tuple(reservation.id for reservation in failed),
    )
    event_store.add(tx, [told])
    return failed


def _check_there(tx: Tx, maintenance: Maintenance, pool: Pool, span: Span) -> None:
    most = int(units_there(tx, [pool], span)[pool.id].max(initial=0))
    if maintenance.quantity > most:
        facts = {"pool": maintenance.pool, "most": most}
        raise BadField("quantity", maintenance.quantity, "fewer-there", facts)


def cancel(tx: Tx, command: CancelMaintenance, call: Call) -> Maintenance:
    """Call off a maintenance that has not begun: its units are on sale from the next cycle on.
    What failed for it stays failed. Raises ``NotFound``, and ``NotAllowedNow`` once it began."""
    id_, now = command.maintenance, call.at
    found = capacity_store.one_maintenance(tx, id_)
    if found is None or found.cancelled_at is not None:
        coming = capacity_store.listed_maintenance(tx, after=None, limit=8, later_than=now)
        raise NotFound("maintenance", id_, tuple(one.id for one in coming))
    if found.start <= now:
        raise NotAllowedNow("maintenance", id_, found.state(now), "begun")
    cancelled = replace(found, cancelled_at=now)
    capacity_store.cancel_maintenance(tx, cancelled)
    told = MaintenanceCancelled(
        at=now,
        maintenance=id_,
        pool=found.pool,
        start=found.start,
        end=found.end,
        quantity=found.quantity,
    )
    event_store.add(tx, [told])
    return cancelled


def recall_cancelled(tx: Tx, ids: Sequence[str]) -> Maintenance:
    """A maintenance that was called off."""
    found = capacity_store.one_maintenance(tx, ids[0])
    if found is None:
        raise NotFound("maintenance", ids[0])
    return found


def listed(
    store: Store,
    *,
    later_than: datetime | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Maintenance]:
    """Maintenance that was announced and not called off, by its start: all, or what begins later
    than that."""
    with store.read() as tx:
        return capacity_store.listed_maintenance(
            tx, after=after, limit=limit, later_than=later_than
        )


def listed_at(
    store: Store,
    now: datetime,
    *,
    over: bool = False,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Maintenance]:
    """Maintenance that was not called off: what is under way at ``now`` or comes, by its start; or
    what is over, the newest first."""
    with store.read() as tx:
        return capacity_store.maintenance_at(tx, now, over=over, after=after, limit=limit)


def found(store: Store, id_: str) -> Maintenance | None:
    """One maintenance, called off or not; None where there is none of that id."""
    with store.read() as tx:
        return capacity_store.one_maintenance(tx, id_)
