"""Shortener (Mirage's S3, the rolling window): a team that asks for short pieces of its jobs,
hoping that they are admitted earlier than whole ones.

On Mirage the whole window was sold, so that a bid of 16 hours met new columns before one of 32
could exist, and durations collapsed to two hours. It learns: it goes on shortening only while
pieces meet an auction earlier than whole jobs do.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from numpy.random import Generator

from marketplace.domain.command import PlaceOrder
from marketplace.domain.order import OrderState
from sim.agents.agent import Commands
from sim.agents.asking import place, resized
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import SLOT, Job

WHOLE: Final = 1


@dataclass(slots=True)
class _Tried:
    """How pieces of one kind fared."""

    first: int = 0  # those that won or lost
    waited: float = 0.0  # cycles from placing to meeting an auction, in all

    @property
    def mean(self) -> float:
        return self.waited / self.first


@dataclass(slots=True)
class Shortener:
    """Cuts jobs into as many pieces, of ``cuts``, as meet an auction soonest: whole ones where that
    is no sooner. It tries each number now and then."""

    name: str = "shortener"
    cuts: tuple[int, ...] = (1, 2, 4)
    explores: float = 0.1  # the part of its jobs with which it goes on trying
    diary: Diary = field(default_factory=Diary)
    tried: dict[int, _Tried] = field(default_factory=lambda: defaultdict(_Tried))
    _placed: dict[str, tuple[int, datetime]] = field(default_factory=dict)  # cuts, closing, by key

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:
        """Learn how soon pieces met an auction, and cut new jobs accordingly."""
        self.diary.learn(arrived)
        self._learn(view)
        placing: list[PlaceOrder] = []
        for job in arrived:
            placing += self._pieces(job, self._cuts(job, luck), view)
        return [*placing, *cancelling(view, self.diary.given_up(view), placing)]

    def _learn(self, view: View) -> None:
        cycle = view.rules.cycle_minutes * 60
        for order in view.news:
            known = self._placed.pop(order.request.key, None)
            if known is None or order.state in (OrderState.CANCELLED, OrderState.EXPIRED):
                continue
            cuts, closed_at = known
            tried = self.tried[cuts]
            tried.first += 1
            tried.waited += (view.closes_at - closed_at).total_seconds() / cycle

    def _cuts(self, job: Job, luck: Generator) -> int:
        if any(len(option.legs) > 1 for option in job.options):
            return WHOLE
        shortest = min(option.extent_slots for option in job.options)
        able = [cuts for cuts in self.cuts if cuts <= shortest]
        if luck.random() < self.explores:
            return int(luck.choice(able))
        known = [cuts for cuts in able if self.tried[cuts].first]
        return min(known, key=lambda cuts: (self.tried[cuts].mean, cuts), default=WHOLE)

    def _pieces(self, job: Job, cuts: int, view: View) -> list[PlaceOrder]:
        centre = view.team.cost_centre
        if cuts == WHOLE:
            self._placed[job.id] = (WHOLE, view.closes_at)
            return [place(job, centre)]
        slots = min(option.extent_slots for option in job.options)
        found, before = [], 0
        for number in range(cuts):
            until = slots * (number + 1) // cuts
            piece = resized(
                job, until - before, job.earliest + before * SLOT, job.latest_start + before * SLOT
            )
            found.append(place(piece, centre, part=str(number + 1)))
            self._placed[found[-1].key] = (cuts, view.closes_at)
            before = until
        return found
