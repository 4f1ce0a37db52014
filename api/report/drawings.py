"""The run's charts, as the page's script draws them."""

from dataclasses import dataclass

from api.charts.accounts import Account, Bought, accounts, value_per_credit
from api.charts.capacity import PoolHours, capacity_map
from api.charts.comparison import comparison
from api.charts.cycles import CycleProof, cycles
from api.charts.endings import TeamEndings, endings_by_team
from api.charts.prices import needs_logarithm, price_curve
from api.charts.spot import SpotTicks, spot_ticks
from api.charts.time_axis import Steps
from api.report.drawing import Drawing, drawing
from api.report.facts import Run
from pricing.shown import credits_shown, percent_shown
from pricing.units import MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawings:
    """The charts by the part in which they stand; none where there is nothing to draw."""

    capacity: Drawing | None
    prices: tuple[Drawing, ...]  # one for each pool
    logarithmic: bool  # the prices' axes
    winners: Drawing | None
    spend: Drawing | None
    worth: Drawing | None
    spot: tuple[Drawing, ...]  # one for each pool that had spot
    welfare: tuple[tuple[str, Drawing], ...]  # each with its title
    cycles: Drawing | None


def drawings(run: Run) -> Drawings:
    """All charts of ``run``."""
    steps = Steps(run.start, run.slot, run.slots)
    logarithmic = needs_logarithm((one.reserve_ucr, one.price_ucr) for one in run.pools)
    return Drawings(
        capacity=_capacity(run, steps) if run.pools and run.slots else None,
        prices=tuple(
            drawing(
                f"price-{number}",
                price_curve(steps, one.price_ucr, one.reserve_ucr, logarithmic=logarithmic),
            )
            for number, one in enumerate(run.pools)
        ),
        logarithmic=logarithmic,
        winners=_winners(run) if run.job_count else None,
        spend=_spend(run) if run.teams else None,
        worth=_worth(run) if any(one.spent_ucr > 0 for one in run.teams) else None,
        spot=_spot(run),
        welfare=_welfare(run) if run.comparisons else (),
        cycles=_cycles(run) if run.cycles else None,
    )


def _capacity(run: Run, steps: Steps) -> Drawing:
    pools = [
        PoolHours(
            id=one.id,
            name=one.name,
            unit=one.unit,
            capacity=one.capacity,
            sold=one.sold,
            away=one.away,
        )
        for one in run.pools
    ]
    return drawing("capacity-map", capacity_map(steps, pools))


def _winners(run: Run) -> Drawing:
    teams = [TeamEndings(one.id, one.name, one.counts) for one in run.ended]
    return drawing("winners-bars", endings_by_team(run.endings, teams))


def _spend(run: Run) -> Drawing:
    teams = [
        Account(
            id=one.id,
            name=one.name,
            granted_ucr=one.granted_ucr,
            paid_ucr=one.paid_ucr,
            left_ucr=one.left_ucr,
            expired_ucr=one.expired_ucr,
            refunded_ucr=one.refunded_ucr,
        )
        for one in run.teams
    ]
    return drawing("spend-bars", accounts(teams))


def _worth(run: Run) -> Drawing:
    teams = [
        Bought(id=one.id, name=one.name, spent_ucr=one.spent_ucr, value_ucr=one.delivered_ucr)
        for one in run.teams
    ]
    return drawing("value-per-credit", value_per_credit(teams))


def _spot(run: Run) -> tuple[Drawing, ...]:
    if run.spot is None:
        return ()
    story = run.spot
    found = []
    for number, one in enumerate(story.pools):
        ticks = SpotTicks(
            reserve_ucr=one.reserve_ucr,
            price_ucr=one.price_ucr,
            supply=one.supply,
            wanted=one.wanted,
            used=one.used,
        )
        steps = Steps(story.start, story.tick, len(one.price_ucr))
        found.append(drawing(f"spot-{number}", spot_ticks(steps, ticks)))
    return tuple(found)


def _welfare(run: Run) -> tuple[tuple[str, Drawing], ...]:
    """Value, jobs served and use of every way to share."""
    every = run.comparisons
    names = [one.name for one in every]
    columns: tuple[tuple[str, list[float], list[str]], ...] = (
        (
            "Value delivered, credits",
            [one.delivered_ucr / MICRO for one in every],
            [credits_shown(one.delivered_ucr, 0) for one in every],
        ),
        (
            "Jobs served",
            [float(one.served) for one in every],
            [f"{one.served:,}" for one in every],
        ),
        (
            "GPU time used, per cent",
            [100 * one.utilisation for one in every],
            [percent_shown(one.utilisation) for one in every],
        ),
    )
    return tuple(
        (title, drawing(f"welfare-{number}", comparison(names, heights, words)))
        for number, (title, heights, words) in enumerate(columns)
    )


def _cycles(run: Run) -> Drawing:
    records = [
        CycleProof(
            closed_at=one.closed_at,
            bids=one.bids,
            awards=one.awards,
            surplus_ucr=one.surplus_ucr,
            bound_ucr=one.bound_ucr,
            gap=one.gap,
        )
        for one in run.cycles
    ]
    return drawing("cycles-bars", cycles(records))
