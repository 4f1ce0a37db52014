"""Adaptive pacing: a team that spends its budget evenly, by bidding less than all is worth to it.

Multiplicative pacing as Balseiro and Gur, and Conitzer and others, describe it: bids are value over
``1 + mu``; after each cycle ``mu`` rises where more was spent than an even share of what is left,
and falls where less was.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from numpy.random import Generator

from marketplace.domain.order import OrderState
from sim.agents.agent import Commands
from sim.agents.asking import place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import Job, JobOption

MOST: Final = 4.0
"""A cycle counts for at most so many times its share, for spending comes in lumps."""


@dataclass(slots=True)
class Pacing:
    """Bids value over ``1 + mu``, so that all credits are spent when their time is over."""

    name: str = "pacing"
    mu: float = 0.0
    gain: float = 0.4  # how fast mu follows
    least_mu: float = -0.5  # it bids up to twice its value: credits that are left are worth nothing
    spent_ucr: int = 0
    diary: Diary = field(default_factory=Diary)
    _closes: datetime | None = None

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:  # noqa: ARG002
        """Learn from what was spent, and place new orders at the pace that follows."""
        self.diary.learn(arrived)
        fills = (one.fill for one in view.news if one.state is OrderState.FILLED)
        spent_ucr = sum(fill.payment_ucr for fill in fills if fill is not None)
        self.spent_ucr += spent_ucr
        if self._closes not in (None, view.closes_at):
            self._learn(view, spent_ucr)
        self._closes = view.closes_at
        placing = [place(job, view.team.cost_centre, self._worth) for job in arrived]
        return [*placing, *cancelling(view, self.diary.given_up(view), placing)]

    def _learn(self, view: View, spent_ucr: int) -> None:
        even = self._even_ucr(view)
        if even > 0:
            ahead = min(spent_ucr / even, MOST) - 1
            self.mu = max((1 + self.mu) * math.exp(self.gain * ahead) - 1, self.least_mu)

    def _even_ucr(self, view: View) -> int:
        """What a cycle may cost, where all that the purses have is spent evenly until they end."""
        even_ucr = 0
        held_ucr = sum(one.held_ucr for one in view.orders.values())
        for purse in view.purses:
            if purse.start <= view.now:
                even_ucr += purse.free_ucr // self._cycles(view, min(purse.end, view.end))
        return even_ucr + held_ucr // self._cycles(view, view.end)

    def _cycles(self, view: View, end: datetime) -> int:
        return max((end - view.now) // view.rules.cycle, 1)

    def _worth(self, option: JobOption) -> int:
        return int(option.value_ucr / (1 + self.mu))
