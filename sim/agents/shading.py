"""Shading: a team that bids a part of what a job is worth, and learns how large a part."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from numpy.random import Generator

from marketplace.domain.command import AmendOrder
from marketplace.domain.order import OrderState
from sim.agents.agent import Commands
from sim.agents.asking import Share, options_of, place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import Job


@dataclass(slots=True)
class Shading:
    """Bids ``factor`` of a job's value: less after each win, more after each loss."""

    name: str = "shading"
    factor: float = 0.85
    least: float = 0.5
    step: float = 0.02  # how far one win or loss moves the factor
    diary: Diary = field(default_factory=Diary)

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:  # noqa: ARG002
        """Learn from what became of orders, raise those that lost and wait, place new ones."""
        self.diary.learn(arrived)
        gone = self.diary.given_up(view)
        raised = []
        for job, order in self.diary.heard(view):
            if order.state is OrderState.FILLED:
                self.factor = max(self.factor - self.step, self.least)
            elif order.loss is not None:
                self.factor = min(self.factor + self.step, 1.0)
                if order.id in view.orders and job not in gone:
                    raised.append(AmendOrder(order.id, options_of(job, Share(self.factor))))
        placing = [place(job, view.team.cost_centre, Share(self.factor)) for job in arrived]
        return [*raised, *placing, *cancelling(view, gone, placing)]
