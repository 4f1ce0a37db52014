"""A history in a screenful: the tables that the terminal shows."""

from collections import Counter
from dataclasses import dataclass
from typing import Final, TypeAlias

from pricing.shown import credits_shown, percent_shown
from pricing.units import MICRO
from sim.results.findings import (
    WON,
    ending,
    mean_gap,
    pool_facts,
    time_text,
    worth_ucr,
)
from sim.results.history import History, SpotStory
from sim.results.spot_findings import spot_facts


@dataclass(frozen=True, slots=True)
class Figure:
    """A number: as people read it, and as it is; a share as a fraction, credits as credits. None
    where there is none."""

    shown: str
    number: float | None


NONE: Final = Figure("-", None)
Cell: TypeAlias = str | Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled table; the first column is text, the others are numbers or short words."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def shown(self) -> list[list[str]]:
        """Its rows for people."""
        return [[one if isinstance(one, str) else one.shown for one in row] for row in self.rows]

    def numbers(self) -> list[list[str | float | None]]:
        """Its rows for programs."""
        return [[one if isinstance(one, str) else one.number for one in row] for row in self.rows]


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


def whole(amount_ucr: int) -> Figure:
    """Credits, shown without the fraction, with thousands separators."""
    return Figure(f"{round(amount_ucr / MICRO):,}", amount_ucr / MICRO)


def count(number: int) -> Figure:
    """How many."""
    return Figure(f"{number:,}", number)


def price(amount_ucr: int | None) -> Figure:
    """Credits a unit-hour, to the cent."""
    return NONE if amount_ucr is None else Figure(credits_shown(amount_ucr, 2), amount_ucr / MICRO)


def _ratio(number: float) -> Figure:
    return Figure(f"{number:.2f}", number)


def _share(share: float) -> Figure:
    return Figure(percent_shown(share), share)


def _comparison(history: History) -> Section:
    market = history.comparisons[0].delivered_ucr
    return Section(
        title="Value delivered on the same demand",
        columns=("", "credits of value", "against the market", "jobs served", "GPU time used"),
        rows=tuple(
            (
                one.name,
                whole(one.delivered_ucr),
                _ratio(one.delivered_ucr / market) if market else NONE,
                count(one.served),
                Figure(f"{one.utilisation:.0%}", one.utilisation),
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
            (state, reason or "-", count(ends[state, reason]), whole(value[state, reason]))
            for state, reason in rows
        ),
    )


def _pools(history: History) -> Section:
    rows = [
        (
            one.spec.id,
            count(one.spec.units),
            Figure(f"{one.utilisation:.0%}", one.utilisation) if one.capacity_hours else NONE,
            price(one.spec.reserve_ucr),
            price(one.mean_price_ucr),
            price(one.top_price_ucr),
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
            count(one.series.idle_hours),
            _share(one.share),
            price(one.series.pool.reserve_ucr),
            price(one.mean_price_ucr),
            price(one.top_price_ucr),
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
                count(one.orders),
                count(one.won),
                whole(one.delivered_ucr),
            )
            for one in history.teams
        ),
    )


def _books(history: History) -> Section:
    check = history.check
    mean = mean_gap(history.cycles)
    furthest = max((cycle.proven_gap for cycle in history.cycles), default=None)
    optimal = sum(cycle.status == "optimal" for cycle in history.cycles)
    rows: list[tuple[Cell, ...]] = [
        ("cycles", count(len(history.cycles))),
        ("proven optimal", count(optimal)),
        ("at most so far from the optimum", _gap(furthest)),
        ("mean gap by the published prices", _gap(mean)),
        ("transfers", count(check.transfers)),
        ("ledger check", "clean" if not check.faults else f"{len(check.faults)} faults"),
    ]
    rows += [("fault", fault) for fault in check.faults[:5]]
    return Section(title="Proof", columns=("", ""), rows=tuple(rows))


def _gap(value: float | None) -> Cell:
    return NONE if value is None else Figure(f"{value:.2%}", value)
