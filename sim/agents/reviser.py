"""Reviser (Mirage's S2): a team that begins with a low bid and raises it after each loss."""

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
class Reviser:
    """Bids ``begins`` of a job's value, and after each loss ``times`` as much, up to all of it."""

    name: str = "reviser"
    begins: float = 0.3
    times: float = 1.5
    diary: Diary = field(default_factory=Diary)
    _shares: dict[str, float] = field(default_factory=dict)  # by job
    _tries: dict[str, int] = field(default_factory=dict)

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:  # noqa: ARG002
        """Raise what lost: amend it while it waits, ask again where it ended."""
        self.diary.learn(arrived)
        gone = self.diary.given_up(view)
        raised: list[AmendOrder] = []
        again = []
        for job, order in self.diary.heard(view):
            before = self._shares.get(job.id, 1.0)
            if order.loss is None or job in gone or before >= 1:
                continue
            self._shares[job.id] = min(before * self.times, 1.0)
            if order.id in view.orders:
                raised.append(AmendOrder(order.id, options_of(job, self._worth(job))))
            elif order.state is OrderState.LOST and job.latest_start >= view.sale_start:
                tries = self._tries[job.id] = self._tries.get(job.id, 1) + 1
                again.append(place(job, view.team.cost_centre, self._worth(job), part=str(tries)))
        self._shares |= {job.id: self.begins for job in arrived}
        placing = [place(job, view.team.cost_centre, self._worth(job)) for job in arrived]
        return [*raised, *again, *placing, *cancelling(view, gone, placing)]

    def _worth(self, job: Job) -> Share:
        return Share(self._shares[job.id])
