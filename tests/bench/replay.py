"""A real history of spot prices, and what our controller would have made of the same demand.

What users wanted is not in the history, only the price. It is inferred: at each tick demand is the
one at which the history's price fills the target, and falls by ``1/p`` above and below it. So the
two prices have the same place to be, and differ in how they go there.
"""

import csv
import gzip
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pricing.controller import Limits, Load
from pricing.log_price import LogPrice
from tests.bench import drawing
from tests.bench.cells import Bench
from tests.bench.plan import Plan
from tests.bench.rows import Row, percent

TICK: Final = timedelta(minutes=5)
DAY: Final = timedelta(days=1) // TICK
CHANGES: Final = 100  # a series with fewer has nothing to show
TARGET: Final = 0.95
SUPPLY: Final = 1_000_000
MICRO: Final = 1_000_000
MARGIN: Final = 1.05  # a user's limit over the price at the start

Prices = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Series:
    """One zone's price of one instance type, tick by tick; US dollars an instance-hour."""

    zone: str
    kind: str
    start: datetime
    theirs: Prices


Replay: TypeAlias = tuple[Series, Prices, float]
"""A series, our price beside it, and the share of ticks on which more was wanted than all."""


@dataclass(frozen=True, slots=True)
class Calm:
    """How a price moved. ``moves``: changes of its logarithm, tick by tick."""

    moves: Prices
    interrupted: (
        int  # of the day-long runs with a limit of ``MARGIN`` times the price at their start
    )
    runs: int

    @property
    def rms(self) -> float:
        return float(np.sqrt(np.mean(self.moves**2)))

    @property
    def largest(self) -> float:
        """The largest rise in one tick, as a factor."""
        return float(np.exp(self.moves.max(initial=0.0)))


def read(path: Path) -> list[Series]:
    """Every series with enough changes, on ticks from its first price on."""
    rows: dict[tuple[str, str], list[tuple[datetime, float]]] = {}
    last = datetime.min.replace(tzinfo=UTC)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            at = datetime.fromisoformat(row["Timestamp"])
            last = max(last, at)
            key = row["AvailabilityZone"], row["InstanceType"]
            rows.setdefault(key, []).append((at, float(row["SpotPrice"])))
    found = []
    for (zone, kind), changes in sorted(rows.items()):
        changes.sort()
        if len(changes) >= CHANGES:
            start = changes[0][0]
            marks = np.array([(at - start) / TICK for at, _ in changes])
            ticks = np.arange(math.floor((last - start) / TICK))
            at_tick = np.searchsorted(marks, ticks, side="right") - 1
            prices = np.array([price for _, price in changes])
            found.append(Series(zone, kind, start, prices[at_tick]))
    return found


def replayed(theirs: Prices, floor: float, cap: float) -> tuple[Prices, float]:
    """Our price on the demand behind theirs, and the share of ticks that wanted more than all."""
    controller = LogPrice(limits=Limits(floor_ucr=round(floor * MICRO), cap_ucr=round(cap * MICRO)))
    state = controller.begin(round(float(theirs[0]) * MICRO))
    ours, over = np.empty(len(theirs)), 0
    for number, price in enumerate((theirs * MICRO).tolist()):
        wanted = TARGET * price / state.price_ucr
        over += wanted > 1
        state, _ = controller.step(state, Load(wanted=round(wanted * SUPPLY), supply=SUPPLY))
        ours[number] = state.price_ucr / MICRO
    return ours, over / len(theirs)


def calm(prices: Prices) -> Calm:
    """How calm a price was, and what it did to runs of a day that started at each midnight."""
    moves = np.diff(np.log(prices))
    interrupted = runs = 0
    for begin in range(0, len(prices) - DAY, DAY):
        day, limit = prices[begin : begin + DAY], MARGIN * prices[begin]
        interrupted += bool((day > limit).any())
        runs += 1
    return Calm(moves=moves, interrupted=interrupted, runs=runs)


def both(series: Sequence[Series]) -> list[Replay]:
    """Ours beside theirs, between the least and the greatest price of the type."""
    between = {
        kind: [
            bound([one.theirs for one in series if one.kind == kind]) for bound in (_least, _most)
        ]
        for kind in kinds(series)
    }
    return [(one, *replayed(one.theirs, *between[one.kind])) for one in series]


def _least(prices: list[Prices]) -> float:
    return min(float(one.min()) for one in prices)


def _most(prices: list[Prices]) -> float:
    return max(float(one.max()) for one in prices)


def kinds(series: Sequence[Series]) -> list[str]:
    """The instance types, by name."""
    return sorted({one.kind for one in series})


def rows(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Each instance type: how our price moved, beside the history's own."""
    if bench.price_history is None or not plan.every_file:
        return
    series = read(bench.price_history)
    bench.say(f"{len(series)} series of spot prices, replayed tick by tick")
    found = both(series)
    if bench.pictures is not None:
        drawing.beside(bench.pictures / "spot-replay.svg", _liveliest(found), TICK)
    for kind in kinds(series):
        mine = [(one, ours, over) for one, ours, over in found if one.kind == kind]
        ours, theirs = together(o for _, o, _ in mine), together(one.theirs for one, _, _ in mine)
        over = sum(share * len(one.theirs) for one, _, share in mine)
        over /= sum(len(one.theirs) for one, _, _ in mine)
        yield Row(
            section="spot-replay",
            problem=f"{kind}, {len(mine)} zones",
            figure=f"{_told(ours)}; {percent(over)} of ticks overloaded, {percent(_apart(mine))} "
            "from the history's price in the mean",
            baseline="the history's prices: " + _told(theirs),
        )


def _apart(mine: Sequence[Replay]) -> float:
    off = np.concatenate([np.abs(ours / one.theirs - 1) for one, ours, _ in mine])
    return float(off.mean())


def _liveliest(found: Sequence[Replay], count: int = 3) -> list[tuple[str, Prices, Prices]]:
    """The series whose prices range the farthest, of types of their own."""
    ranked = sorted(found, key=lambda each: -float(each[0].theirs.max() / each[0].theirs.min()))
    first: dict[str, Replay] = {}
    for each in ranked:
        first.setdefault(each[0].kind, each)
    return [
        (f"{one.kind} in {one.zone}, from {one.start:%d %B %Y} on", one.theirs, ours)
        for one, ours, _ in list(first.values())[:count]
    ]


def together(prices: Iterator[Prices]) -> Calm:
    """The moves of several series as those of one."""
    each = [calm(one) for one in prices]
    return Calm(
        moves=np.concatenate([one.moves for one in each]),
        interrupted=sum(one.interrupted for one in each),
        runs=sum(one.runs for one in each),
    )


def _told(found: Calm) -> str:
    return (
        f"rms of dlog p {found.rms:.4f}, largest rise × {found.largest:.3f}, "
        f"{found.interrupted:,} of {found.runs:,} day-long runs at {MARGIN:g} × interrupted"
    )
