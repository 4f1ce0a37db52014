"""Truthful: a team that asks for each job once, with its real window and value."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from numpy.random import Generator

from sim.agents.agent import Commands
from sim.agents.asking import place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import Job


@dataclass(slots=True)
class Truthful:
    """Bids what a job is worth, and cancels what it will not need."""

    name: str = "truthful"
    diary: Diary = field(default_factory=Diary)

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:  # noqa: ARG002
        """Place an order for each new job."""
        self.diary.learn(arrived)
        placing = [place(job, view.team.cost_centre) for job in arrived]
        return [*placing, *cancelling(view, self.diary.given_up(view), placing)]
