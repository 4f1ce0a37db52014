"""A lived world told as a history: every job's end, every pool's slots, every team's account."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np

from marketplace.domain.capacity import Grid
from marketplace.domain.order import Order, OrderState
from marketplace.domain.page import every
from marketplace.domain.reservation import Reservation, ReservationState
from marketplace.domain.statement import LineType
from marketplace.errors import InsufficientCredits
from marketplace.services import capacity, order, reservation, statement
from marketplace.services.check import CheckReport
from sim.agents.asking import order_of
from sim.demand.job import Job
from sim.engine.course import spot_from
from sim.engine.world import World
from sim.results.history import (
    Comparison,
    History,
    JobResult,
    PoolSeries,
    SpotSeries,
    SpotStory,
    TeamLine,
)

CUT = "maintenance"
"""Why an active time-box ends early: it still runs, and will end as failed."""


def tell(
    world: World,
    jobs: Sequence[Job],
    source: str,
    baselines: Sequence[Comparison],
    notes: tuple[str, ...],
    checked: Callable[[], CheckReport],
) -> History:
    """Gather what happened, and set the market beside the ``baselines``; ``checked``: what a look
    at the books found."""
    results = job_results(world, jobs)
    pools = pool_series(world)
    teams = team_lines(world, results)
    spot = spot_story(world, pools, sum(line.spot_ucr for line in teams))
    return History(
        organisation=world.organisation,
        seed=world.seed,
        source=source,
        slots=world.slots,
        cycles=tuple(world.cycles),
        jobs=results,
        pools=pools,
        teams=teams,
        check=checked(),
        spot=spot,
        comparisons=(market_comparison(results, pools), *baselines),
        notes=notes,
    )


def job_results(world: World, jobs: Sequence[Job]) -> tuple[JobResult, ...]:
    """What became of every job."""
    orders = {
        one.id: one
        for team in world.organisation.teams
        for one in every(order.listed, world.store, team=team.id)
    }
    gone: dict[str, Reservation] = {
        one.order_id: one
        for one in every(reservation.listed, world.store)
        if one.state in (ReservationState.FAILED, ReservationState.RELEASED) or one.reason == CUT
    }
    return tuple(
        _result(world, job, orders.get(order_of(job)), gone.get(order_of(job))) for job in jobs
    )


def _result(world: World, job: Job, placed: Order | None, gone: Reservation | None) -> JobResult:
    if placed is None:
        refusal = world.refused.get(job.id)
        short_ucr = (
            refusal.needed_ucr - refusal.free_ucr if isinstance(refusal, InsufficientCredits) else 0
        )
        return JobResult(
            job=job,
            state=OrderState.REFUSED.value,
            reason=refusal.code if refusal else "never-placed",
            message=str(refusal or ""),
            shortfall_ucr=short_ucr,
        )
    fill, loss = placed.fill, placed.loss
    value_ucr = placed.request.options[fill.option].value_ucr if fill else 0
    return JobResult(
        job=job,
        state=_end_of(gone) if gone else placed.state.value,
        reason=gone.reason if gone else placed.reason,
        cycle_id=fill.cycle_id if fill else (loss.cycle_id if loss else ""),
        start=fill.start if fill else None,
        option=fill.option if fill else None,
        payment_ucr=fill.payment_ucr if fill else 0,
        delivered_ucr=0 if gone else value_ucr,
        shortfall_ucr=loss.shortfall_ucr if loss and not fill else 0,
    )


def _end_of(gone: Reservation) -> str:
    released = gone.state is ReservationState.RELEASED
    return (ReservationState.RELEASED if released else ReservationState.FAILED).value


def pool_series(world: World) -> tuple[PoolSeries, ...]:
    """Capacity, sales and mean prices of every pool over the run."""
    _, calendar = capacity.calendar(world.store, world.organisation.start, world.slots)
    by_id = {one.pool.id: one for one in calendar}
    series = []
    for spec in world.organisation.pools:
        spent, units = world.spent[spec.id], world.units[spec.id]
        mean: Grid = np.where(units > 0, spent // np.maximum(units, 1), -1)
        there = by_id[spec.id]
        series.append(
            PoolSeries(
                pool=spec,
                capacity=there.capacity,
                sold=there.sold,
                maintenance=there.maintenance,
                price_ucr=mean,
            )
        )
    return tuple(series)


def spot_story(world: World, pools: Sequence[PoolSeries], paid_ucr: int) -> SpotStory | None:
    """What spot was, pool by pool; None where it never opened."""
    desk = world.spot
    if desk is None or not desk.prices:
        return None
    slot = spot_from(world.organisation) * 24
    series = []
    for there in pools:
        if there.pool.unit != "gpu":
            continue
        ticks = [one for one in desk.prices if one.pool == there.pool.id]
        left = (there.capacity - there.sold)[slot:]
        columns: dict[str, Grid] = {
            name: np.array([getattr(one, name) for one in ticks], dtype=np.int64)
            for name in ("price_ucr", "controller_ucr", "supply", "wanted", "used")
        }
        series.append(
            SpotSeries(
                pool=there.pool,
                why=Counter(one.decided_by for one in ticks),
                sold_hours=desk.used_s[there.pool.id] / 3600,
                idle_hours=int(np.maximum(left, 0).sum()),
                **columns,
            )
        )
    return SpotStory(
        start=min(one.at for one in desk.prices),
        tick=world.rules.tick,
        series=tuple(series),
        jobs=desk.placed,
        finished=len(desk.finished),
        unfinished=len(desk.live) + len(desk.ended),
        refused=dict(desk.refused),
        notices=desk.notices,
        interruptions=dict(desk.interruptions),
        paid_ucr=paid_ucr,
    )


def team_lines(world: World, results: Sequence[JobResult]) -> tuple[TeamLine, ...]:
    """Every team's account, from its statement."""
    start = world.organisation.start
    end = start + timedelta(days=world.organisation.days + 1)
    won, lost, orders = Counter[str](), Counter[str](), Counter[str]()
    delivered = Counter[str]()
    for one in results:
        orders[one.job.team] += 1
        won[one.job.team] += one.state == OrderState.FILLED.value
        lost[one.job.team] += one.state == OrderState.LOST.value
        delivered[one.job.team] += one.delivered_ucr
    lines = []
    for spec in world.organisation.teams:
        account = statement.of_team(world.store, spec.id, start, end)
        by_type = Counter[LineType]()
        spot_ucr = 0
        for line in account.lines:
            by_type[line.type] += line.amount_ucr
            if line.type is LineType.CHARGE and line.transfer.payer.spot_id:
                spot_ucr -= line.amount_ucr
        lines.append(
            TeamLine(
                team=spec,
                granted_ucr=by_type[LineType.GRANT],
                paid_ucr=-by_type[LineType.CHARGE],
                refunded_ucr=by_type[LineType.REFUND],
                expired_ucr=-by_type[LineType.EXPIRY],
                left_ucr=account.closing_ucr,
                delivered_ucr=delivered[spec.id],
                orders=orders[spec.id],
                won=won[spec.id],
                lost=lost[spec.id],
                spot_ucr=spot_ucr,
            )
        )
    return tuple(lines)


def market_comparison(results: Sequence[JobResult], pools: Sequence[PoolSeries]) -> Comparison:
    """The market's own line in the comparison."""
    gpus = [one for one in pools if one.pool.unit == "gpu"]
    used = sum(int(one.sold.sum()) for one in gpus)
    available = sum(int(one.capacity.sum()) for one in gpus)
    return Comparison(
        name="GPU Market",
        delivered_ucr=sum(one.delivered_ucr for one in results),
        served=sum(one.state == OrderState.FILLED.value for one in results),
        utilisation=used / available if available else 0.0,
    )
