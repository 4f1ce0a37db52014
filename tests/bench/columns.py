"""A problem as general solvers see it: a column for every (bid, option, start) that gains.

Gains are whole: micro-credits × 60, so that reserve prices over slots of any length stay exact.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Ints = NDArray[np.int64]
MICRO: Final = 1_000_000
GAIN_PER_CREDIT: Final = 60 * MICRO


def content(path: Path) -> bytes:
    """The file's bytes, gunzipped where its name ends in ``.gz``."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def digest(path: Path) -> str:
    """SHA-256 of the problem's bytes, in hexadecimal."""
    return hashlib.sha256(content(path)).hexdigest()


def _micro(credits_: float) -> int:
    return round(credits_ * MICRO)  # exact: fewer than 2^53 micro-credits, six digits


@dataclass(frozen=True, slots=True)
class Part:
    """A leg: ``quantity`` units of pool number ``pool``, from ``offset`` on, for ``duration``."""

    pool: int
    quantity: int
    offset: int
    duration: int


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a bid, with its window cut to what fits the horizon."""

    bid: int
    team: str
    value_ucr: int
    low: int
    high: int
    parts: tuple[Part, ...]

    @property
    def density(self) -> float:
        """Value per unit and slot."""
        return self.value_ucr / sum(part.quantity * part.duration for part in self.parts)


@dataclass(frozen=True, slots=True)
class Market:
    """A problem file in numbers. ``capacity`` and ``floor`` (µcr × minutes) are (pools, slots)."""

    slots: int
    minutes: int
    bids: int
    capacity: Ints
    floor: Ints
    choices: tuple[Choice, ...]
    budgets: Mapping[str, int]  # team: µcr
    caps: Mapping[tuple[str, int], Ints]  # (team, pool): units by slot

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls.of(json.loads(content(path)))

    @classmethod
    def of(cls, problem: Mapping[str, Any]) -> Self:
        slots = problem["slots"]
        pools = {pool["id"]: number for number, pool in enumerate(problem["pools"])}

        def grid(given: Any) -> Ints:
            return np.broadcast_to(np.array(given, dtype=np.int64), (slots,))

        def floor(given: Any) -> Ints:
            return np.array(
                [_micro(price) for price in (given if isinstance(given, list) else [given] * slots)]
            )

        return cls(
            slots=slots,
            minutes=problem["slot_minutes"],
            bids=len(problem["bids"]),
            capacity=np.array([grid(pool["capacity"]) for pool in problem["pools"]]),
            floor=np.array([floor(pool.get("reserve_price", 0)) for pool in problem["pools"]])
            * problem["slot_minutes"],
            choices=tuple(
                _choice(number, bid["team"], option, pools, slots)
                for number, bid in enumerate(problem["bids"])
                for option in bid["options"]
            ),
            budgets={each["team"]: _micro(each["limit"]) for each in problem.get("budgets", [])},
            caps={
                (each["team"], pools[each["pool"]]): grid(each["quantity"])
                for each in problem.get("caps", [])
            },
        )

    def gains(self, number: int, floors: Ints) -> Ints:
        """The gain of choice ``number`` at each start of its window; ``floors``: prefix sums."""
        choice = self.choices[number]
        starts = np.arange(choice.low, choice.high + 1)
        gains = np.full(len(starts), choice.value_ucr * 60, dtype=np.int64)
        for part in choice.parts:
            begin = starts + part.offset
            row = floors[part.pool]
            gains -= part.quantity * (row[begin + part.duration] - row[begin])
        return gains

    def floor_sums(self) -> Ints:
        """Prefix sums of ``floor`` along time: (pools, slots + 1)."""
        sums = np.zeros((len(self.floor), self.slots + 1), dtype=np.int64)
        np.cumsum(self.floor, axis=1, out=sums[:, 1:])
        return sums

    def recount(self, awards: Iterable[tuple[int, int]]) -> int:
        """The gain of these (choice, start) awards, by arithmetic on every slot.

        Raises ``ValueError`` where they break a limit: a solver's word is not taken.
        """
        taken = list(awards)
        floors, use = self.floor_sums(), np.zeros_like(self.capacity)
        held: dict[tuple[str, int], Ints] = {
            key: np.zeros(self.slots, dtype=np.int64) for key in self.caps
        }
        spent = dict.fromkeys(self.budgets, 0)
        gain = 0
        for number, start in taken:
            choice = self.choices[number]
            gain += int(self.gains(number, floors)[start - choice.low])
            for part in choice.parts:
                span = slice(start + part.offset, start + part.offset + part.duration)
                use[part.pool, span] += part.quantity
                if (choice.team, part.pool) in held:
                    held[choice.team, part.pool][span] += part.quantity
            if choice.team in spent:
                spent[choice.team] += choice.value_ucr
        if len({self.choices[number].bid for number, _ in taken}) < len(taken):
            raise ValueError("a bid is awarded twice")
        if (use > self.capacity).any():
            raise ValueError(f"capacity is exceeded by {int((use - self.capacity).max())}")
        if any((held[key] > self.caps[key]).any() for key in held):
            raise ValueError("a cap is exceeded")
        if any(spent[team] > self.budgets[team] for team in spent):
            raise ValueError("a budget is exceeded")
        return gain


def _choice(
    bid: int, team: str, option: Mapping[str, Any], pools: Mapping[str, int], slots: int
) -> Choice:
    parts = tuple(
        Part(pools[leg["pool"]], leg["quantity"], leg.get("offset", 0), leg["duration"])
        for leg in option["legs"]
    )
    last = min(slots - part.offset - part.duration for part in parts)
    return Choice(
        bid=bid,
        team=team,
        value_ucr=_micro(option["value"]),
        low=option.get("earliest_start", 0),
        high=min(option.get("latest_start", last), last),
        parts=parts,
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """Every (choice, start) with a gain, in the file's order."""

    choice: Ints
    start: Ints
    gain: Ints

    @classmethod
    def of(cls, market: Market) -> Self:
        floors = market.floor_sums()
        choice, start, gain = [], [], []
        for number, each in enumerate(market.choices):
            gains = market.gains(number, floors)
            found = np.flatnonzero(gains > 0)
            choice.append(np.full(len(found), number))
            start.append(found + each.low)
            gain.append(gains[found])
        empty = [np.zeros(0, dtype=np.int64)]
        return cls(
            *(np.concatenate(empty + part).astype(np.int64) for part in (choice, start, gain))
        )

    def __len__(self) -> int:
        return len(self.gain)


def limits(market: Market, columns: Columns) -> tuple[Any, NDArray[np.float64]]:
    """The rows a · x ≤ b of the whole problem: (a as a sparse matrix by rows, b).

    First the bids (at most one column each), then pools and slots, caps, budgets; rows that no
    choice of columns can break are left out.
    """
    bid_of = np.array([choice.bid for choice in market.choices], dtype=np.int64)
    count = len(columns)
    every = np.arange(count)
    entries = [(bid_of[columns.choice], every, np.ones(count))]
    tops = [np.ones(market.bids), market.capacity.ravel()]
    capped = dict.fromkeys(market.caps, 0)
    first = market.bids + market.capacity.size
    for place, key in enumerate(capped):
        capped[key] = first + place * market.slots
    tops += [np.asarray(cap) for cap in market.caps.values()]
    entries += list(_usage(market, columns, capped))
    first += len(capped) * market.slots
    purses = {team: first + place for place, team in enumerate(market.budgets)}
    tops.append(np.array([limit / MICRO for limit in market.budgets.values()]))
    spending = [
        (purses[market.choices[number].team], column, market.choices[number].value_ucr / MICRO)
        for column, number in enumerate(columns.choice.tolist())
        if market.choices[number].team in purses
    ]
    if spending:
        rows, places, values = (np.array(part) for part in zip(*spending, strict=True))
        entries.append((rows, places, values))
    top = np.concatenate(tops).astype(np.float64)
    rows, places, values = (np.concatenate([entry[axis] for entry in entries]) for axis in range(3))
    matrix = sparse.csr_matrix((values, (rows, places)), shape=(len(top), count))
    binding = np.asarray(matrix.sum(axis=1)).ravel() > top
    return matrix[binding], top[binding]


def _usage(
    market: Market, columns: Columns, capped: Mapping[tuple[str, int], int]
) -> Iterable[tuple[Ints, Ints, NDArray[np.float64]]]:
    """(rows, columns, units) of each choice in its pools and under its team's caps."""
    begins = np.searchsorted(columns.choice, np.arange(len(market.choices) + 1))
    for number, choice in enumerate(market.choices):
        places = np.arange(begins[number], begins[number + 1])
        if not len(places):
            continue
        for part in choice.parts:
            slots = columns.start[places, None] + part.offset + np.arange(part.duration)
            own = np.repeat(places, part.duration)
            units = np.full(len(own), float(part.quantity))
            yield (market.bids + part.pool * market.slots + slots).ravel(), own, units
            if (choice.team, part.pool) in capped:
                yield (capped[choice.team, part.pool] + slots).ravel(), own, units
