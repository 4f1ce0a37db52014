"""Flexible: a team that lets the market change some of what it wins, until a gate before its start.

What a movable or recallable time-box is, ``marketplace.domain.guarantee`` says. Which jobs may be
moved or bought back is drawn job by job from the team's own luck, so that other shares change the
kinds of some jobs and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from numpy.random import Generator

from marketplace.domain.command import PlaceOrder
from marketplace.domain.guarantee import FIRM, Guarantee, Kind
from sim.agents.agent import Commands
from sim.agents.asking import Share, place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import Job


@dataclass(slots=True)
class Flexible:
    """Truthful, with shares of its jobs movable and recallable, the rest firm. ``buy_out``: for
    what part of its worth a recallable time-box may be bought back. Above 1 the bid is so much more
    than the job is worth, too: a buy-out is never more than the bid."""

    name: str = "flexible"
    movable: float = 0.0
    recallable: float = 0.0
    buy_out: float = 1.0
    diary: Diary = field(default_factory=Diary)

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:
        """Place an order for each new job, as firm as the draw says."""
        self.diary.learn(arrived)
        placing = [self._place(job, view.team.cost_centre, luck.random()) for job in arrived]
        return [*placing, *cancelling(view, self.diary.given_up(view), placing)]

    def _place(self, job: Job, cost_centre: str, drawn: float) -> PlaceOrder:
        guarantee = self._guarantee(job, drawn)
        inflated = guarantee.kind is Kind.RECALLABLE and self.buy_out > 1
        worth = Share(self.buy_out) if inflated else None
        return place(job, cost_centre, worth, guarantee=guarantee)

    def _guarantee(self, job: Job, drawn: float) -> Guarantee:
        if drawn < self.movable:
            return Guarantee(kind=Kind.MOVABLE)
        if drawn >= self.movable + self.recallable:
            return FIRM
        if self.buy_out >= 1:  # what is bid says it
            return Guarantee(kind=Kind.RECALLABLE)
        least_ucr = min(option.value_ucr for option in job.options)
        buy_out_ucr = max(int(least_ucr * self.buy_out), 1)
        return Guarantee(kind=Kind.RECALLABLE, buy_out_ucr=buy_out_ucr)
