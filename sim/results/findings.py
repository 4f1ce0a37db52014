"""What a history shows, in numbers and sentences: the answers that the report's charts draw."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from pricing.shown import credits_shown, percent_shown
from pricing.units import MICRO
from sim.demand.job import SLOT
from sim.demand.organisation import PoolSpec
from sim.results.history import CycleRecord, History, JobResult, PoolSeries, TeamLine

WON: Final = "won"

ENDINGS: Final = (
    *(WON, "outbid", "unfit", "not-found", "below-reserve", "cap", "budget"),
    *("refused", "expired", "failed", "cancelled", "released", "open"),
)
"""How a job can end, in the order in which charts stack them."""

TOP_LOSERS: Final = 250
"""How many of the most valuable losers the report lists."""

_REGRETTED: Final = {"lost", "refused", "expired", "failed"}
_UNIT_HOURS_PER_SLOT: Final = SLOT // timedelta(hours=1)


def little_text(amount_ucr: int) -> str:
    """Credits to two places, or all six where two would show an amount as nothing.

    >>> little_text(12_340_000), little_text(120)
    ('12.34', '0.00012')
    """
    return credits_shown(amount_ucr, 2 if abs(amount_ucr) > 5_000 or not amount_ucr else None)


def ratio_text(part: int, whole: int) -> str:
    """How many times ``whole`` goes into ``part``, to two places; a dash where it is nothing.

    >>> ratio_text(5, 4)
    '1.25'
    """
    if whole <= 0:
        return "–"
    return f"{(Decimal(part) / Decimal(whole)).quantize(Decimal('0.01')):,f}"


def time_text(at: datetime) -> str:
    """A time for people; the report says once that all of them are UTC."""
    return f"{at:%a %d %b %Y %H:%M}"


def ending(result: JobResult) -> str:
    """One of ``ENDINGS``, or a newer reason's own name."""
    if result.state == "filled":
        return WON
    return (result.reason or "lost") if result.state == "lost" else result.state


def endings_seen(jobs: Iterable[JobResult]) -> list[str]:
    """The endings that occur, in stacking order; unknown ones last, by name."""
    seen = {ending(one) for one in jobs}
    return [one for one in ENDINGS if one in seen] + sorted(seen.difference(ENDINGS))


def endings_by_team(history: History) -> dict[str, Counter[str]]:
    """How often each team's jobs ended in which way, for every team of the organisation."""
    counts = {team.id: Counter[str]() for team in history.organisation.teams}
    for one in history.jobs:
        counts.setdefault(one.job.team, Counter())[ending(one)] += 1
    return counts


def worth_ucr(result: JobResult) -> int:
    """What the job's dearest option is worth to its team."""
    return max(option.value_ucr for option in result.job.options)


def losses_ucr(jobs: Iterable[JobResult]) -> Counter[str]:
    """What went unserved is worth, by how it ended: each order by its dearest option."""
    lost = Counter[str]()
    for one in jobs:
        if one.state in _REGRETTED:
            lost[ending(one)] += worth_ucr(one)
    return lost


def losers(history: History) -> list[JobResult]:
    """Jobs that got nothing although their team still wanted them, the most valuable first."""
    got_nothing = [one for one in history.jobs if one.state in _REGRETTED]
    return sorted(got_nothing, key=lambda one: (-worth_ucr(one), one.job.id))


def what_would_have_won(result: JobResult) -> str:
    """What the team could have done, as far as the cycle's prices tell."""
    more = little_text(result.shortfall_ucr)
    if result.state == "failed":
        return "It won; its time-box failed later and was paid back"
    if result.reason == "insufficient-credits" and result.shortfall_ucr:
        return f"{more} more free credits"
    if result.reason == "below-reserve" and result.shortfall_ucr:
        return f"Raise by {more} to meet the reserve price"
    if result.shortfall_ucr:
        return f"Raise by {more} to meet its last cycle's prices; it may take more"
    return _ADVICE.get(result.reason, "No raise would have")


_ADVICE: Final = {
    "unfit": "No raise alone: a wider window, fewer units or another pool",
    "not-found": "No raise alone: no place was found, and one may be there; a wider window",
    "cap": "No raise: the team was at its cap on the pool",
    "budget": "No raise: the team was at its spending limit",
    "outbid": "Worth exactly its price; the place went to a bid valued as high or higher",
    "capacity-not-available": "No raise: at no start were all its units there; a wider window",
    "window-passed": "An earlier order, or a later latest start",
    "grant-expired": "A grant that lasts longer",
    "bad-field": "An order without the fault that was named",
}


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """One pool over the whole run; hours are unit-hours."""

    spec: PoolSpec
    capacity_hours: int
    sold_hours: int
    away_hours: int
    mean_price_ucr: int | None  # per unit-hour, weighted by what was sold; None: nothing sold
    top_price_ucr: int | None

    @property
    def utilisation(self) -> float:
        """Sold over available unit-hours."""
        return self.sold_hours / self.capacity_hours if self.capacity_hours else 0.0


def pool_facts(series: PoolSeries) -> PoolFacts:
    """The sums of one pool's slots."""
    priced = (series.price_ucr >= 0) & (series.sold > 0)
    units = int(series.sold[priced].sum())
    spent_ucr = int((series.price_ucr[priced] * series.sold[priced]).sum())
    return PoolFacts(
        spec=series.pool,
        capacity_hours=int(series.capacity.sum()) * _UNIT_HOURS_PER_SLOT,
        sold_hours=int(series.sold.sum()) * _UNIT_HOURS_PER_SLOT,
        away_hours=int(series.maintenance.sum()) * _UNIT_HOURS_PER_SLOT,
        mean_price_ucr=spent_ucr // units if units else None,
        top_price_ucr=int(series.price_ucr[priced].max()) if units else None,
    )


def gpu_hours_sold(history: History) -> int:
    """Over all pools whose unit is a GPU."""
    return sum(pool_facts(one).sold_hours for one in history.pools if one.pool.unit == "gpu")


def spent_ucr(line: TeamLine) -> int:
    """What the team paid for time-boxes and did not get back."""
    return line.paid_ucr - line.refunded_ucr - line.spot_ucr


def mean_gap(cycles: Sequence[CycleRecord]) -> float | None:
    """The cycles' mean gap to their proven bounds; None without cycles."""
    return sum(one.gap for one in cycles) / len(cycles) if cycles else None


def inside(name: str) -> str:
    """A name as it stands inside a sentence: no capital, unless it is an acronym or two words."""
    return name[:1].lower() + name[1:] if name[1:] == name[1:].lower() else name


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline number."""

    label: str
    value: str
    hint: str = ""
    exact: str = ""  # the whole number, where ``value`` is rounded
    alarming: bool = False


def tiles(history: History) -> list[Tile]:
    """The headline: what the market achieved, and whether its books hold."""
    return [*_value_tiles(history), *_trade_tiles(history), *_proof_tiles(history)]


def _value_tiles(history: History) -> list[Tile]:
    if not history.comparisons:
        return []
    market, *others = history.comparisons
    found = [
        Tile(
            f"value against {inside(other.name)}",
            f"{ratio_text(market.delivered_ucr, other.delivered_ucr)}×",
            f"{credits_shown(other.delivered_ucr, 0)} credits of value without the market",
        )
        for other in others
    ]
    delivered = Tile(
        "value delivered, credits",
        credits_shown(market.delivered_ucr, 0),
        "what the work that ran is worth to its teams",
        credits_shown(market.delivered_ucr),
    )
    return [*found, delivered]


def _trade_tiles(history: History) -> list[Tile]:
    ends = Counter(one.state for one in history.jobs)
    still = ends["open"] + ends["pending-approval"]
    rest = len(history.jobs) - ends["filled"] - ends["lost"] - still
    waits = f"; {still:,} still open" if still else ""
    paid_ucr = sum(line.paid_ucr for line in history.teams)
    refunded_ucr = sum(line.refunded_ucr for line in history.teams)
    spot_ucr = sum(line.spot_ucr for line in history.teams)
    # By the rounded numbers, so that they add up for whoever reads them.
    kept_ucr = MICRO * (_rounded(paid_ucr) - _rounded(refunded_ucr) - _rounded(spot_ucr))
    utilisation = history.comparisons[0].utilisation if history.comparisons else 0.0
    return [
        Tile(
            "GPU-hours sold", f"{gpu_hours_sold(history):,}", "reserved time-boxes, all GPU pools"
        ),
        Tile("of the GPU time was used", percent_shown(utilisation), "GPU pools, whole run"),
        Tile(
            "orders won / lost",
            f"{ends['filled']:,} / {ends['lost']:,}",
            f"{rest:,} more were refused, cancelled, expired, failed or given back{waits}",
        ),
        Tile(
            "credits paid",
            credits_shown(paid_ucr, 0),
            f"= {credits_shown(kept_ucr, 0)} spent on time-boxes + {credits_shown(spot_ucr, 0)} on "
            f"spot + {credits_shown(refunded_ucr, 0)} paid back",
            credits_shown(paid_ucr),
        ),
    ]


def _rounded(amount_ucr: int) -> int:
    return int(credits_shown(amount_ucr, 0).replace(",", ""))


def _proof_tiles(history: History) -> list[Tile]:
    gap, faults = mean_gap(history.cycles), len(history.check.faults)
    worst = max((one.gap for one in history.cycles), default=0.0)
    return [
        Tile(
            "mean gap of the clearings",
            "–" if gap is None else percent_shown(gap, 2),
            f"to the bound that prices alone prove, loose where a bid takes a whole pool; "
            f"the worst was {percent_shown(worst, 2)}"
            if history.cycles
            else "no cycle was run",
        ),
        Tile(
            "ledger check",
            "clean" if not faults else f"{faults:,} {'fault' if faults == 1 else 'faults'}",
            f"{history.check.transfers:,} transfers read again",
            alarming=faults > 0,
        ),
    ]


def capacity_answer(history: History) -> str:
    """How full the pools were."""
    gpus = [pool_facts(one) for one in history.pools if one.pool.unit == "gpu"]
    there = sum(one.capacity_hours for one in gpus)
    if not there:
        return "How full were the pools? There was nothing to sell"
    share = sum(one.sold_hours for one in gpus) / there
    if len(gpus) == 1:
        return f"{percent_shown(share)} of the GPU time was sold"
    fullest = max(gpus, key=lambda one: one.utilisation)
    return (
        f"{percent_shown(share)} of the GPU time was sold; {fullest.spec.name} was the fullest "
        f"pool at {percent_shown(fullest.utilisation)}"
    )


def price_answer(history: History) -> str:
    """Where the price said that capacity was short."""
    facts = [pool_facts(one) for one in history.pools]
    sold = [one for one in facts if one.mean_price_ucr is not None and one.spec.reserve_ucr > 0]
    if not sold:
        return "What did time cost? Nothing was sold"
    dearest = max(sold, key=lambda one: (one.mean_price_ucr or 0) / one.spec.reserve_ucr)
    times = ratio_text(dearest.mean_price_ucr or 0, dearest.spec.reserve_ucr)
    return (
        f"Time was scarcest on {dearest.spec.name}: its mean price was {times} times its "
        "reserve price"
    )


def winners_answer(history: History) -> str:
    """How many won, and which end of the others lost the most value."""
    if not history.jobs:
        return "Who won and who lost? Nobody asked for anything"
    ends = Counter(ending(one) for one in history.jobs)
    won = f"{ends[WON]:,} of {len(history.jobs):,} orders won"
    lost = losses_ucr(history.jobs)
    if not lost:
        return f"{won}; none lost"
    worst = min(lost, key=lambda name: (-lost[name], name))
    return (
        f"{won}; the most value was lost to {worst}: {ends[worst]:,} "
        f"{'order' if ends[worst] == 1 else 'orders'} worth {credits_shown(lost[worst], 0)} credits"
    )


def spend_answer(history: History) -> str:
    """What the teams paid, and what they have for it."""
    spent = sum(spent_ucr(line) for line in history.teams)
    delivered = sum(line.delivered_ucr for line in history.teams)
    if not spent:
        return "What did the teams spend? Nothing"
    return (
        f"Teams spent {credits_shown(spent, 0)} credits on work worth "
        f"{credits_shown(delivered, 0)}: {ratio_text(delivered, spent)} of value a credit"
    )


def welfare_answer(history: History) -> str:
    """The market against the ways to share without one."""
    if len(history.comparisons) < 2:
        return "Was the market worth it? There is nothing to compare it with"
    market, *others = history.comparisons
    parts = [
        f"{ratio_text(market.delivered_ucr, other.delivered_ucr)} times the value of "
        f"{inside(other.name)}"
        for other in others
    ]
    return f"On the same demand, the market delivered {' and '.join(parts)}"


def cycles_answer(history: History) -> str:
    """How close to the best possible the clearings came."""
    gap, count = mean_gap(history.cycles), len(history.cycles)
    if gap is None:
        return "How good were the clearings? No cycle was run"
    best = sum(one.status == "optimal" for one in history.cycles)
    return (
        f"{count:,} {'cycle' if count == 1 else 'cycles'} cleared within {percent_shown(gap, 2)} "
        f"of the proven bound on average; {best:,} proven optimal"
    )


def books_answer(history: History) -> str:
    """Whether the books hold."""
    check = history.check
    if not check.faults:
        return f"The books are clean: {check.transfers:,} transfers, no fault"
    count = len(check.faults)
    return f"The books do not add up: {count:,} {'fault' if count == 1 else 'faults'} found"
