"""``pool``: open pools, give them windows, take units away for maintenance, see the calendar."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import (
    After,
    AsJson,
    Capacity,
    From,
    Limit,
    PriceUcr,
    SureFrom,
    SureUntil,
    Until,
    Yes,
    desk,
)
from api.cli.failing import taken_away, tell_failed
from api.cli.reading import reading
from api.cli.refusals import units_by_capacity
from api.cli.values import credits_text, positive, typed, zulu
from marketplace.domain.page import LIMIT
from marketplace.errors import BadField

if TYPE_CHECKING:
    from api.wire.capacity import CalendarPool
    from marketplace.domain import capacity as domain

app = typer.Typer(help="Pools of GPUs or experts, and when there are how many.")
Pool = Annotated[str, typer.Argument(metavar="POOL", help="The pool's id.")]
HOUR = timedelta(hours=1)
HOURS_MAX = 24 * 366


@app.command("add")
def add(
    ctx: typer.Context,
    pool: Pool,
    *,
    capacity: Capacity,
    reserve_price_ucr: PriceUcr,
    unit: Annotated[str, typer.Option(help="What is sold: gpu, expert.")] = "gpu",
    block_size: Annotated[
        int, typer.Option(parser=typed(positive), metavar="N", help="Sold in multiples of it.")
    ] = 1,
    name: Annotated[str, typer.Option(help="A name for people.")] = "",
    start: From = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Put a new pool on the market; by default from the current slot on, for 365 days."""
    from marketplace.domain import capacity as domain
    from marketplace.domain.command import OpenPools
    from marketplace.services import market
    from marketplace.services import window as windows

    at = desk(ctx)
    with units_by_capacity(), at.store() as store:
        rules, _ = market.now_showing(store)
        first, end = domain.pool_window(
            start.on_slot(at.now, rules.slot) if start else None,
            until.on_slot(at.now, rules.slot) if until else None,
            rules,
            at.now,
        )
        new = domain.Pool(
            id=pool,
            name=name or pool,
            unit=unit,
            block_size=block_size,
            reserve_price_ucr=reserve_price_ucr,
            created_at=at.now,
        )
        window = domain.Window(pool=pool, start=first, end=end, quantity=capacity)
        at.do(store, OpenPools((new,), (window,)))
        opened = windows.listed(store, pool).items
    if left := capacity % block_size:
        show.note(
            f"{pool} sells multiples of {block_size}: {left} of {capacity} units are left over."
        )
    if as_json:
        from api.wire import capacity as wire

        show.document(wire.OpenedPool.opened(new, opened).document())
        return
    show.say(
        f"Pool {pool} is open: {capacity} × {unit} from {zulu(first)} until {zulu(end)}, "
        f"at {credits_text(reserve_price_ucr)} credits per {unit}-hour or more."
    )


@app.command("list")
def list_pools(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show pools."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.pools(after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(pool.id, pool.name, pool.unit, str(pool.block_size)),
            credits_text(pool.reserve_price_ucr),
            state_text(pool),
        )
        for pool in (one.to_pool() for one in found.items)
    ]
    columns = ("pool", "name", "unit", ">block", ">reserve price, credits a unit-hour", "state")
    show.table(
        "Pools", columns, rows, empty="There is no pool yet; `gpumarket pool add` opens one."
    )
    show.goes_on(found.next)


def state_text(pool: "domain.Pool") -> str:
    """What a pool is, where it is not simply on sale, and what it will be."""
    told = ["retired"] if pool.retired else []
    told += [f"from {_from(one)}" for one in pool.coming]
    return "; ".join(told)


def _from(change: "domain.PoolChange") -> str:
    from marketplace.domain.cycle import id_of

    parts = []
    if change.retired is not None:
        parts.append("retired" if change.retired else "sold again")
    if change.reserve_price_ucr is not None:
        parts.append(f"at {credits_text(change.reserve_price_ucr)} or more")
    return f"{id_of(change.from_cycle)} on {' and '.join(parts)}"


@app.command("maintenance")
def maintenance(
    ctx: typer.Context,
    pool: Pool,
    *,
    capacity: Capacity,
    start: SureFrom,
    until: SureUntil,
    reason: Annotated[str, typer.Option(help="Why, for those who lose time.")],
    id_: Annotated[str, typer.Option("--id", help="A name for it.", show_default=False)] = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take units away for a time. What no longer fits is lost, by the latest award first, and
    paid back at once."""
    from marketplace.domain.capacity import Maintenance, maintenance_id, slots_taken
    from marketplace.domain.command import ScheduleMaintenance
    from marketplace.services import market

    at = desk(ctx)
    with units_by_capacity(), at.store() as store:
        begin, end = start.on(at.now), until.on(at.now)
        new = Maintenance(
            id=id_ or maintenance_id(pool, begin, end, capacity),
            pool=pool,
            start=begin,
            end=end,
            quantity=capacity,
            reason=reason,
            created_at=at.now,
        )
        rules, _ = market.now_showing(store)
        taken = slots_taken(begin, end, rules, at.now)
        failed, back_ucr = taken_away(
            at, store, ScheduleMaintenance(new), lambda failed: failed, yes=yes
        )
    if as_json:
        from api.wire import capacity as wire

        answer = wire.ScheduledMaintenance.scheduled(new, taken, failed, back_ucr)
        show.document(answer.document())
        return
    rounded = "" if taken == (begin, end) else ", rounded outward to whole slots"
    show.say(
        f"{capacity} units of {pool} are away from {zulu(taken[0])} until {zulu(taken[1])}"
        f"{rounded}: {reason}. Its id: {new.id}"
    )
    tell_failed(failed, back_ucr)


@app.command("maintenance-list")
def list_maintenance(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show maintenance, by its start."""
    with reading(desk(ctx), quiet=as_json) as market:
        found, now = market.maintenance(after=after, limit=limit), market.now
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.id, one.pool, f"{one.quantity:,}", zulu(one.start), zulu(one.end)),
            *(one.state(now), one.reason),
        )
        for one in found.items
    ]
    columns = ("maintenance", "pool", ">units", "start", "end", "state", "reason")
    show.table("Maintenance", columns, rows, empty="No maintenance is announced.")
    show.goes_on(found.next)


@app.command("maintenance-cancel")
def cancel_maintenance(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="MAINTENANCE", help="Its id.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Call off a maintenance that has not begun. What failed for it stays failed."""
    from marketplace.domain.command import CancelMaintenance

    at = desk(ctx)
    with at.store() as store:
        gone = at.do(store, CancelMaintenance(id_))
    if as_json:
        from api.wire import capacity as wire

        show.document(wire.Maintenance.of(gone).document())
        return
    show.say(
        f"Called off: {gone.quantity} units of {gone.pool} from {zulu(gone.start)} until "
        f"{zulu(gone.end)} are on sale again from the next cycle on; what failed stays failed."
    )


@app.command("calendar")
def calendar(
    ctx: typer.Context,
    *,
    start: From = None,
    hours: Annotated[int, typer.Option(parser=typed(positive), metavar="HOURS")] = 48,
    as_json: AsJson = False,
) -> None:
    """Show what there is, what is sold and what is free, slot by slot."""
    if hours > HOURS_MAX:
        raise BadField("hours", hours, "above-most", {"most": HOURS_MAX})
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.calendar(start=start.on(market.now) if start else None, hours=hours)
    if as_json:
        show.document(found.document())
        return
    rows = [_calendar_row(there) for there in found.pools]
    slot = timedelta(minutes=found.slot_minutes)
    bar = f"sold share, {show.per_letter(found.slots * slot / HOUR, found.slots)} h a letter"
    columns = ("pool", ">units", ">sold", ">spot", ">maintenance", ">free", bar)
    end = found.start + found.slots * slot
    title = f"{zulu(found.start)} to {zulu(end)}: unit-slots; units at their most"
    show.table(title, columns, rows, empty="There is no pool yet; `gpumarket pool add` opens one.")


def _calendar_row(there: "CalendarPool") -> tuple[str, ...]:
    shares = list(zip(there.sold, there.capacity, strict=True))
    sums = (there.sold, there.spot, there.maintenance, there.free)
    return (
        there.pool,
        f"{max(there.capacity, default=0):,}",
        *(f"{sum(units):,}" for units in sums),
        show.bar(shares),
    )
