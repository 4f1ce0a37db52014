"""The report's tables as plain data: the numbers behind the charts, to read, search and sort."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pricing.shown import credits_shown, percent_shown
from pricing.units import credits_from_ucr
from sim.results.findings import (
    TOP_LOSERS,
    ending,
    endings_by_team,
    endings_seen,
    little_text,
    losers,
    pool_facts,
    ratio_text,
    spent_ucr,
    what_would_have_won,
    worth_ucr,
)
from sim.results.history import History, JobResult, SpotStory
from sim.results.spot_findings import spot_facts


@dataclass(frozen=True, slots=True)
class Cell:
    """What a reader sees, and the plain value by which a machine reads and sorts it."""

    shown: str
    plain: str = ""
    kind: str = "words"  # words, name, number, time


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; the first cell of a row names the row."""

    id: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables(history: History) -> tuple[Table, ...]:
    """Every table for which the history has something to say."""
    lost = losers(history)
    return (
        pool_table(history),
        *([spot_table(history.spot)] if history.spot else []),
        ending_table(history),
        loser_table(lost[:TOP_LOSERS], history, of=len(lost)),
        team_table(history),
        *([comparison_table(history)] if history.comparisons else []),
        cycle_table(history),
    )


def credit_cell(amount_ucr: int | None, places: int = 2) -> Cell:
    """An amount rounded for reading, exact for machines; a dash where there is none."""
    if amount_ucr is None:
        return Cell("–", "-1", "number")
    exact = f"{credits_from_ucr(amount_ucr):f}"
    return Cell(credits_shown(amount_ucr, places), exact, "number")


def count_cell(count: int) -> Cell:
    """A whole number."""
    return Cell(f"{count:,}", str(count), "number")


def share_cell(share: float, places: int = 0) -> Cell:
    """A share as per cent."""
    return Cell(percent_shown(share, places), f"{share:.9f}", "number")


def time_cell(at: datetime | None) -> Cell:
    """A time in UTC; a dash where there is none."""
    return Cell(f"{at:%a %d %b %H:%M}", f"{at:%Y-%m-%dT%H:%MZ}", "time") if at else Cell("–")


def pool_table(history: History) -> Table:
    """Every pool's size, use and prices."""
    rows = tuple(
        (
            Cell(one.spec.name, kind="name"),
            Cell(one.spec.unit, kind="name"),
            count_cell(one.spec.units),
            count_cell(one.capacity_hours),
            count_cell(one.sold_hours),
            share_cell(one.utilisation, 1),
            count_cell(one.away_hours),
            credit_cell(one.spec.reserve_ucr, 4),
            credit_cell(one.mean_price_ucr, 4),
            credit_cell(one.top_price_ucr, 4),
        )
        for one in map(pool_facts, history.pools)
    )
    heads = ("Pool", "Unit", "Units", "Unit-hours", "Sold", "Sold, %", "Away", "Reserve price")
    return Table(
        "pools",
        "Pools over the whole run: hours are unit-hours, prices credits a unit-hour; the mean is "
        "over what was sold.",
        (*heads, "Mean price", "Highest price"),
        rows,
    )


def spot_table(story: SpotStory) -> Table:
    """Every pool's idle hours, what spot sold of them, and at which prices."""
    rows = tuple(
        (
            Cell(one.series.pool.name, kind="name"),
            count_cell(one.series.idle_hours),
            count_cell(round(one.series.sold_hours)),
            share_cell(one.share, 1),
            credit_cell(one.series.pool.reserve_ucr, 4),
            credit_cell(one.mean_price_ucr, 4),
            credit_cell(one.top_price_ucr, 4),
            share_cell(one.by_limit),
        )
        for one in map(spot_facts, story.series)
    )
    heads = ("Pool", "Idle", "Sold", "Sold, %", "Reserve price", "Mean price", "Highest price")
    return Table(
        "spot-pools",
        "Spot while it was open: idle is what reservations left, in unit-hours; prices are credits "
        "a unit-hour, the mean over the units that ran; the last column is the share of ticks "
        "whose price was the highest limit not served.",
        (*heads, "Set by a limit"),
        rows,
    )


def ending_table(history: History) -> Table:
    """How every team's orders ended."""
    endings = endings_seen(history.jobs)
    names = {team.id: team.name for team in history.organisation.teams}
    rows = tuple(
        (
            Cell(names.get(team, team), kind="name"),
            *(count_cell(ends[name]) for name in endings),
            count_cell(ends.total()),
        )
        for team, ends in endings_by_team(history).items()
    )
    return Table("endings", "Orders by team and ending.", ("Team", *endings, "all"), rows)


def loser_table(lost: Sequence[JobResult], history: History, of: int) -> Table:
    """Jobs that got nothing, with the reason, and what would have won."""
    names = {team.id: team.name for team in history.organisation.teams}
    pools = {pool.id: pool.name for pool in history.organisation.pools}
    rows = tuple(
        (
            Cell(one.job.id, kind="name"),
            Cell(names.get(one.job.team, one.job.team), kind="name"),
            Cell(asked_for(one, pools)),
            time_cell(one.job.earliest),
            credit_cell(worth_ucr(one)),
            Cell(why(one), kind="name"),
            _shortfall_cell(one),
            Cell(what_would_have_won(one)),
        )
        for one in lost
    )
    caption = (
        f"The {len(lost):,} most valuable of the {of:,} orders that got nothing and were not "
        "withdrawn. Value and shortfall in credits."
    )
    heads = ("Order", "Team", "Asked for", "Earliest start, UTC", "Value", "Why", "Shortfall")
    return Table("losers", caption, (*heads, "What would have won"), rows)


def _shortfall_cell(one: JobResult) -> Cell:
    shown = little_text(one.shortfall_ucr) if one.shortfall_ucr else "–"
    return Cell(shown, f"{credits_from_ucr(one.shortfall_ucr):f}", "number")


def asked_for(one: JobResult, pools: dict[str, str]) -> str:
    """The first option in words, and how many others there were.

    A leg reads as units × hours on a pool.
    """
    legs = " + ".join(
        f"{leg.quantity} × {leg.duration_slots} h {pools.get(leg.pool, leg.pool)}"
        for leg in one.job.options[0].legs
    )
    others = len(one.job.options) - 1
    return legs + (f", or {others} other {'way' if others == 1 else 'ways'}" if others else "")


def why(one: JobResult) -> str:
    """The state with its reason, where that says more than the state."""
    name = ending(one)
    return name if one.reason in ("", name) else f"{name}: {one.reason}"


def team_table(history: History) -> Table:
    """Every team's account and what it bought."""
    rows = []
    for line in history.teams:
        ratio = ratio_text(line.delivered_ucr, spent_ucr(line))
        plain = ratio.replace(",", "") if spent_ucr(line) > 0 else "-1"
        rows.append(
            (
                Cell(line.team.name, kind="name"),
                Cell(", ".join(line.team.themes), kind="name"),
                credit_cell(line.granted_ucr),
                credit_cell(line.paid_ucr),
                credit_cell(line.spot_ucr),
                credit_cell(line.refunded_ucr),
                credit_cell(line.expired_ucr),
                credit_cell(line.left_ucr),
                credit_cell(line.delivered_ucr),
                Cell(ratio, plain, "number"),
                count_cell(line.orders),
                count_cell(line.won),
                count_cell(line.lost),
            )
        )
    heads = ("Team", "Themes", "Granted", "Paid", "Of it spot", "Refunded", "Expired", "Left")
    return Table(
        "teams",
        "Accounts in credits. Left counts what is free and what is held. Value a credit: value "
        "delivered over paid less refunded and spot.",
        (*heads, "Value delivered", "Value a credit", "Orders", "Won", "Lost"),
        tuple(rows),
    )


def comparison_table(history: History) -> Table:
    """The market and its baselines."""
    market = history.comparisons[0]
    rows = tuple(
        (
            Cell(one.name, kind="name"),
            credit_cell(one.delivered_ucr),
            Cell(
                f"{ratio_text(market.delivered_ucr, one.delivered_ucr)}×",
                ratio_text(market.delivered_ucr, one.delivered_ucr).replace(",", ""),
                "number",
            ),
            count_cell(one.served),
            share_cell(one.utilisation, 1),
        )
        for one in history.comparisons
    )
    heads = ("Way to share", "Value, credits", "Market's value is", "Jobs served", "GPU time used")
    return Table("comparisons", f"The same {len(history.jobs):,} jobs.", heads, rows)


def cycle_table(history: History) -> Table:
    """Every cycle with the numbers that prove it."""
    rows = tuple(
        (
            Cell(one.id, kind="name"),
            time_cell(one.closed_at),
            count_cell(one.bids),
            count_cell(one.awards),
            Cell(", ".join(f"{count:,} {name}" for name, count in sorted(one.lost.items())) or "–"),
            credit_cell(one.surplus_ucr),
            credit_cell(one.bound_ucr),
            share_cell(one.gap, 3),
            credit_cell(one.welfare_ucr),
            credit_cell(one.paid_ucr),
            Cell(one.status, kind="name"),
        )
        for one in history.cycles
    )
    heads = (
        "Cycle",
        "Closed, UTC",
        "Bids",
        "Awards",
        "Lost",
        "Surplus",
        "Bound",
        "Gap",
        "Value won",
    )
    return Table(
        "cycle-list",
        "Surplus is the value won less its reserve cost; the bound is what no awards can exceed; "
        "the gap is what lies between, as a share of the bound. Credits.",
        (*heads, "Paid", "Status"),
        rows,
    )
