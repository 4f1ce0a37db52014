"""Who spends what on what, at which price, and how evenly: from plain series."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from marketplace.domain.evenness import concentration, gini, jain
from marketplace.domain.period import Period
from marketplace.domain.transfer import PricedUnits
from marketplace.domain.usage import Idle
from pricing.accrual import SECONDS_PER_HOUR
from pricing.units import share_ucr

HOUR: Final = timedelta(hours=1)
WEEK: Final = timedelta(weeks=1)
Cell = tuple[str, str, str]
"""A team, a theme and a pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What a team paid for a theme in a pool in a period, what came back, and for how much time."""

    team: str
    theme: str
    pool: str
    charged_ucr: int
    refunded_ucr: int
    unit_seconds: int

    @property
    def spent_ucr(self) -> int:
        """What it paid, less what came back."""
        return self.charged_ucr - self.refunded_ucr

    @property
    def cell(self) -> Cell:
        """Where it stands in the table."""
        return self.team, self.theme, self.pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """By how much a cell's spend changed against the period before."""

    team: str
    theme: str
    pool: str
    before_ucr: int
    now_ucr: int

    @property
    def change_ucr(self) -> int:
        """Above zero: more was spent."""
        return self.now_ucr - self.before_ucr


def movers(now: Iterable[Spend], before: Iterable[Spend], most: int) -> list[Mover]:
    """The cells whose spend changed most, the largest change first; so many at most."""
    newer = {one.cell: one.spent_ucr for one in now}
    older = {one.cell: one.spent_ucr for one in before}
    found = [
        Mover(
            team=cell[0],
            theme=cell[1],
            pool=cell[2],
            before_ucr=older.get(cell, 0),
            now_ucr=newer.get(cell, 0),
        )
        for cell in sorted(newer.keys() | older.keys())
    ]
    changed = [one for one in found if one.change_ucr]
    return sorted(changed, key=lambda one: -abs(one.change_ucr))[:most]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """Time of a pool that a team paid ``amount_ucr`` for; ``spans`` weigh it by their prices.
    ``unit_seconds``: as much of the spans' time as this paid for, where it was one of several."""

    team: str
    pool: str
    amount_ucr: int
    unit_seconds: int
    spans: tuple[PricedUnits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What a team paid, and what the same time of the same pools cost the market on average."""

    team: str
    paid_ucr: int
    market_ucr: int
    unit_seconds: int

    @property
    def share_above(self) -> float | None:
        """0.1: a tenth above the market's average; below zero: cheaper. None where it is free."""
        return self.paid_ucr / self.market_ucr - 1 if self.market_ucr else None


def against_market(bought: Iterable[Bought]) -> list[Against]:
    """Each team's price beside the average that all paid for the same pool and hour, by team. A
    team's own purchases are a part of that average."""
    paid = defaultdict[tuple[str, datetime], float](float)
    seconds = defaultdict[tuple[str, datetime], float](float)
    own = defaultdict[str, dict[tuple[str, datetime], float]](dict)
    time = defaultdict[str, int](int)
    spent = defaultdict[str, int](int)
    for one in bought:
        spent[one.team] += one.amount_ucr
        time[one.team] += one.unit_seconds
        part = one.unit_seconds / sum(span.unit_seconds for span in one.spans)
        for hour, unit_seconds, share in _by_hour(one.spans):
            place = (one.pool, hour)
            paid[place] += one.amount_ucr * share
            seconds[place] += unit_seconds * part
            mine = own[one.team]
            mine[place] = mine.get(place, 0.0) + unit_seconds * part
    return [
        Against(
            team=team,
            paid_ucr=spent[team],
            market_ucr=round(sum(paid[at] / seconds[at] * n for at, n in own[team].items())),
            unit_seconds=time[team],
        )
        for team in sorted(own)
    ]


def _by_hour(spans: Sequence[PricedUnits]) -> list[tuple[datetime, int, float]]:
    """Each hour's unit-seconds, and which share of the price they weigh."""
    parts = list[tuple[datetime, int, int]]()
    for span in spans:
        at = span.start
        while at < span.end:
            hour = at.replace(minute=0, second=0)
            until = min(hour + HOUR, span.end)
            unit_seconds = span.units * int((until - at).total_seconds())
            parts.append((hour, unit_seconds, unit_seconds * span.price_ucr))
            at = until
    whole = sum(weight for _, _, weight in parts)
    time = sum(unit_seconds for _, unit_seconds, _ in parts)
    return [(hour, n, weight / whole if whole else n / time) for hour, n, weight in parts if n]


@dataclass(frozen=True, slots=True, kw_only=True)
class BidPart:
    """The part of a bid that lies in one pool, in a cycle that was cleared. What it was worth goes
    by units and time. ``paid_ucr``, ``unit_seconds``: of a bid that won."""

    order: str
    team: str
    theme: str
    pool: str
    closed_at: datetime
    won: bool
    value_ucr: int
    paid_ucr: int = 0
    unit_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Bid value that was won and lost for a theme in a pool in a week, and what the won part
    cost."""

    week: datetime
    theme: str
    pool: str
    won_ucr: int
    lost_ucr: int
    paid_ucr: int
    unit_seconds: int

    @property
    def mean_price_ucr(self) -> int | None:
        """What a unit-hour cost on average, rounded down; None where none was won."""
        if not self.unit_seconds:
            return None
        return share_ucr(self.paid_ucr, SECONDS_PER_HOUR, self.unit_seconds)


def week_of(at: datetime) -> datetime:
    """The Monday that the week of ``at`` begins with, UTC."""
    return Period.WEEK.around(at)[0]


def value_map(parts: Iterable[BidPart]) -> list[Worth]:
    """Value won and lost by week, theme and pool. An order that bids on from cycle to cycle counts
    once a week: as won where it won then, else as lost, as it bid last."""
    last: dict[tuple[datetime, str], list[BidPart]] = {}
    for part in sorted(parts, key=lambda part: part.closed_at):
        key = (week_of(part.closed_at), part.order)
        here = last.get(key, [])
        last[key] = [*here, part] if here and here[0].closed_at == part.closed_at else [part]
    cells = defaultdict[tuple[datetime, str, str], list[BidPart]](list)
    for (week, _), those in last.items():
        for part in those:
            cells[week, part.theme, part.pool].append(part)
    return [
        Worth(
            week=week,
            theme=theme,
            pool=pool,
            won_ucr=sum(part.value_ucr for part in found if part.won),
            lost_ucr=sum(part.value_ucr for part in found if not part.won),
            paid_ucr=sum(part.paid_ucr for part in found),
            unit_seconds=sum(part.unit_seconds for part in found),
        )
        for (week, theme, pool), found in sorted(cells.items())
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evenness:
    """How spend lies over teams. ``hhi``: from 1/teams, all alike, to 1, all of one. ``gini``: from
    0, all alike. ``jain``: 1, all alike, down to 1/teams. None where nothing was spent."""

    teams: int
    hhi: float | None
    gini: float | None
    jain: float | None


def evenness(spent_ucr: Mapping[str, int]) -> Evenness:
    """How evenly teams spent: of those that spent or could have; below zero counts as nothing."""
    values = [max(one, 0) for one in spent_ucr.values()]
    return Evenness(
        teams=len(values), hhi=concentration(values), gini=gini(values), jain=jain(values)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resold:
    """Time that was released in a period, and what of it was sold again by now, unit-seconds."""

    released: int
    resold: int

    @property
    def share(self) -> float | None:
        """None where nothing was released."""
        return self.resold / self.released if self.released else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtBack:
    """Time-boxes that the market bought back in a period. ``refunded_ucr``: what was paid for them,
    which came back; ``gained_ucr``: what the tills added to that; ``worth_ucr``: what their time
    cost at the prices of the cycles that took it, which is what the tills had for it at most."""

    boxes: int = 0
    refunded_ucr: int = 0
    gained_ucr: int = 0
    worth_ucr: int = 0

    @property
    def buy_outs_ucr(self) -> int:
        """What their holders got."""
        return self.refunded_ucr + self.gained_ucr

    @property
    def kept_ucr(self) -> int:
        """What their time cost anew beyond that; below zero where it cost less."""
        return self.worth_ucr - self.buy_outs_ucr


MOVERS: Final = 10
"""So many changes are told where nobody says how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a period's spend says. ``rows``, ``before``: of it, and of the period before;
    ``teams``: all that there are, those too that spent nothing; ``idle``: of reserved time that was
    measured."""

    rows: Sequence[Spend]
    before: Sequence[Spend]
    against_market: Sequence[Against]
    teams: Sequence[str]
    resold: Resold
    bought_back: BoughtBack = BoughtBack()
    idle: Sequence[Idle] = ()

    def movers(self, most: int = MOVERS, *, teams: Collection[str] | None = None) -> list[Mover]:
        """Where spend changed most against the period before: of all teams, or of some."""

        def meant(found: Iterable[Spend]) -> list[Spend]:
            return [one for one in found if teams is None or one.team in teams]

        return movers(meant(self.rows), meant(self.before), most)

    @property
    def concentration(self) -> Evenness:
        """How spend lies over all teams that there are."""
        spent = dict.fromkeys(self.teams, 0)
        for one in self.rows:
            spent[one.team] = spent.get(one.team, 0) + one.spent_ucr
        return evenness(spent)


def period_before(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The period that ends where one starts: whole months before whole months, else as long."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    months = (last.year - first.year) * 12 + last.month - first.month
    whole = all(one == one.replace(day=1, hour=0, minute=0, second=0) for one in (first, last))
    if not whole:
        return start - (end - start), start
    number = first.year * 12 + first.month - 1 - months
    return first.replace(year=number // 12, month=number % 12 + 1), start
