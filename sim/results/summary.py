"""A history in a screenful: the tables that the terminal shows."""

from collections import Counter
from dataclasses import dataclass

from pricing.shown import credits_shown, percent_shown
from pricing.units import MICRO
from sim.results.findings import (
    WON,
    ending,
    pool_facts,
    time_text,
    worth_ucr,
)
from sim.results.history import History, SpotStory
from sim.results.spot_findings import spot_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled table; the first column is text, the others are numbers or short words."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sections(history: History) -> tuple[Section, ...]:
    """The run's tables, the most important first."""
    return (
        _comparison(history),
        _ends(history),
        _pools(history),
        _teams(history),
        *([_spot(history.spot)] if history.spot else []),
        _books(history),
    )


def whole(amount_ucr: int) -> str:
    """Credits without the fraction, with thousands separators."""
    return f"{round(amount_ucr / MICRO):,}"


def _comparison(history: History) -> Section:
    market = history.comparisons[0].delivered_ucr
    return Section(
        title="Value delivered on the same demand",
        columns=("", "credits of value", "against the market", "jobs served", "GPU time used"),
        rows=tuple(
            (
                one.name,
                whole(one.delivered_ucr),
                f"{one.delivered_ucr / market:.2f}" if market else "-",
                f"{one.served:,}",
                f"{one.utilisation:.0%}",
            )
            for one in history.comparisons
        ),
    )


def _ends(history: History) -> Section:
    ends = Counter((one.state, one.reason) for one in history.jobs)
    value = Counter[tuple[str, str]]()
    for one in history.jobs:
        value[one.state, one.reason] += one.delivered_ucr if ending(one) == WON else worth_ucr(one)
    rows = sorted(ends, key=lambda end: -ends[end])
    return Section(
        title="What became of the jobs; worth: of the option won, or else of the dearest",
        columns=("", "why", "jobs", "worth, credits"),
        rows=tuple(
            (state, reason or "-", f"{ends[state, reason]:,}", whole(value[state, reason]))
            for state, reason in rows
        ),
    )


def _pools(history: History) -> Section:
    rows = [
        (
            one.spec.id,
            f"{one.spec.units:,}",
            f"{one.utilisation:.0%}" if one.capacity_hours else "-",
            credits_shown(one.spec.reserve_ucr, 2),
            "-" if one.mean_price_ucr is None else credits_shown(one.mean_price_ucr, 2),
            "-" if one.top_price_ucr is None else credits_shown(one.top_price_ucr, 2),
        )
        for one in map(pool_facts, history.pools)
    ]
    return Section(
        title="Pools: credits a unit-hour; the mean is over the units sold",
        columns=("", "units", "sold", "reserve", "mean price", "highest"),
        rows=tuple(rows),
    )


def _spot(story: SpotStory) -> Section:
    rows = [
        (
            one.series.pool.id,
            f"{one.series.idle_hours:,}",
            percent_shown(one.share),
            credits_shown(one.series.pool.reserve_ucr, 2),
            "-" if one.mean_price_ucr is None else credits_shown(one.mean_price_ucr, 2),
            credits_shown(one.top_price_ucr, 2),
        )
        for one in map(spot_facts, story.series)
    ]
    return Section(
        title=f"Spot, from {time_text(story.start)} on: {story.finished:,} of {story.jobs:,} jobs "
        f"done, {sum(story.interruptions.values()):,} interruptions",
        columns=("", "idle unit-hours", "sold", "reserve", "mean price", "highest"),
        rows=tuple(rows),
    )


def _teams(history: History) -> Section:
    return Section(
        title="Teams: credits",
        columns=(
            "",
            "granted",
            "paid",
            "of it spot",
            "back",
            "expired",
            "left",
            "orders",
            "won",
            "value delivered",
        ),
        rows=tuple(
            (
                one.team.id,
                whole(one.granted_ucr),
                whole(one.paid_ucr),
                whole(one.spot_ucr),
                whole(one.refunded_ucr),
                whole(one.expired_ucr),
                whole(one.left_ucr),
                f"{one.orders:,}",
                f"{one.won:,}",
                whole(one.delivered_ucr),
            )
            for one in history.teams
        ),
    )


def _books(history: History) -> Section:
    check = history.check
    gaps = [cycle.gap for cycle in history.cycles]
    rows = [
        ("cycles", f"{len(history.cycles)}"),
        ("mean gap to the proven bound", f"{sum(gaps) / len(gaps):.2%}" if gaps else "-"),
        ("transfers", f"{check.transfers:,}"),
        ("ledger check", "clean" if not check.faults else f"{len(check.faults)} faults"),
    ]
    rows += [("fault", fault) for fault in check.faults[:5]]
    return Section(title="Proof", columns=("", ""), rows=tuple(rows))
