"""Hoarder: a team that saves its credits, and at the end spends them all, on more than it needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from numpy.random import Generator

from sim.agents.agent import Commands
from sim.agents.asking import Share, place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import Job, JobLeg


@dataclass(slots=True)
class Hoarder:
    """Places nothing until ``saves`` of its run is over; then bids ``boost`` times what jobs are
    worth, for ``spare`` blocks more than they need."""

    name: str = "hoarder"
    saves: float = 0.75
    boost: float = 3.0
    spare: int = 1
    diary: Diary = field(default_factory=Diary)
    waiting: dict[str, Job] = field(default_factory=dict)
    _begun: datetime | None = None

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:  # noqa: ARG002
        """Save, or place orders for all that can still be done."""
        begun = self._begun = self._begun or view.now
        self.diary.learn(arrived)
        gone = self.diary.given_up(view)
        self.waiting |= {job.id: job for job in arrived}
        for job in gone:
            self.waiting.pop(job.id, None)
        if view.now < begun + self.saves * (view.end - begun):
            return []
        jobs = [job for job in self.waiting.values() if job.latest_start >= view.sale_start]
        self.waiting = {}
        placing = [
            place(self._more(job, view), view.team.cost_centre, Share(self.boost)) for job in jobs
        ]
        return [*placing, *cancelling(view, gone, placing)]

    def _more(self, job: Job, view: View) -> Job:
        def larger(leg: JobLeg) -> JobLeg:
            spare = self.spare * view.pools[leg.pool].block_size
            return replace(leg, quantity=leg.quantity + spare)

        options = tuple(
            replace(option, legs=tuple(larger(leg) for leg in option.legs))
            for option in job.options
        )
        return replace(job, options=options)
