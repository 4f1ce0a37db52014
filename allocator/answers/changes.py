"""What a clearing changed of awards that stood in it, and who holds what they gave up.

All of it is read from the two files: a standing bid's first option is the place that it held. What
the change was worth is said by the values and prices that stand there; nothing is cleared again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.answers.explain import Holder, View
from allocator.audit.recount import take
from allocator.outcome import Award, Outcome
from allocator.problem import Bid, Option, Problem

Grids = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """An award that gave its place up. ``award``: as it is now; None: it was bought back.
    ``takers``: who holds units there that nobody would have if it had stayed, and did not before,
    most units first."""

    bid: Bid
    award: Award | None
    takers: tuple[Holder, ...]

    @property
    def to(self) -> int | None:
        """Where it starts now; None: it was bought back."""
        return self.award.start if self.award else None

    @property
    def start(self) -> int:
        """Where it started before."""
        return self.bid.options[0].earliest_start

    @property
    def kept_ucr(self) -> int:
        """By how much more it would have counted where it was than as it is now: one that was
        bought back for its buy-out and the least gain, one that was moved for the least gain."""
        now_ucr = self.bid.options[self.award.option].value_ucr if self.award else 0
        return self.bid.options[0].value_ucr - now_ucr


@dataclass(frozen=True, slots=True)
class Taken:
    """What a winner has of another's that gave its place up; ``to``: where that one starts now."""

    bid: Bid
    to: int | None
    part: Holder


class Changes:
    """The awards that stood in a clearing, and what became of them."""

    def __init__(self, problem: Problem, outcome: Outcome) -> None:
        self.view = View(problem, outcome)
        self.awards = {award.bid: award for award in outcome.awards}

    def of(self, bid_id: str) -> Change | None:
        """What was changed of a bid; None where it stayed, did not stand there, or is no bid of
        the problem."""
        bid = self.view.bids.get(bid_id)
        if bid is None or not self._changed(bid):
            return None
        missed = self._missed(bid)
        found = [part for award in self.awards.values() for part in self._parts(award, bid, missed)]
        return Change(bid, self.awards.get(bid.id), tuple(sorted(found, key=_most_first)))

    def taken_by(self, bid_id: str) -> list[Taken]:
        """What a winner has of those who gave their places up, by their names."""
        award = self.awards.get(bid_id)
        if award is None:
            return []
        return [
            Taken(bid, self._to(bid), part)
            for bid in self.view.bids.values()
            if self._changed(bid)
            for part in self._parts(award, bid, self._missed(bid))
        ]

    def _to(self, bid: Bid) -> int | None:
        award = self.awards.get(bid.id)
        return None if award is None else award.start

    def _changed(self, bid: Bid) -> bool:
        return bid.standing is not None and self._to(bid) != bid.options[0].earliest_start

    def _missed(self, bid: Bid) -> Grids:
        """By pool and slot: whether it could not have stayed there beside all other awards."""
        place, award = bid.options[0], self.awards.get(bid.id)
        gone = self._none(place)
        take(gone, place, place.earliest_start)
        if award is not None:
            back = self._none(place)
            take(back, bid.options[award.option], award.start)
            gone = {pool: row - back[pool] for pool, row in gone.items()}
        return {pool: (row < 0) & (self.view.left[pool] + row < 0) for pool, row in gone.items()}

    def _none(self, option: Option) -> Grids:
        return {leg.pool: np.zeros_like(self.view.left[leg.pool]) for leg in option.legs}

    def _parts(self, award: Award, bid: Bid, missed: Grids) -> Iterator[Holder]:
        """What an award has of the slots that were missed, where it had nothing before."""
        owner = self.view.bids[award.bid]
        option = owner.options[award.option]
        if award.bid == bid.id or not missed.keys() & {leg.pool for leg in option.legs}:
            return
        has, had = (
            {pool: np.zeros(len(row), dtype=np.int64) for pool, row in missed.items()} for _ in "ab"
        )
        take(has, option, award.start)
        if owner.standing is not None:
            take(had, owner.options[0], owner.options[0].earliest_start)
        for pool, row in missed.items():
            more = np.where(row, np.clip(had[pool] - has[pool], 0, None), 0)
            where = np.flatnonzero(more)
            if len(where):
                units, first, end = int(more.max()), int(where[0]), int(where[-1]) + 1
                yield Holder(award, owner.team, pool, units, first, end)


def _most_first(one: Holder) -> tuple[int, Award]:
    return -one.units, one.award
