"""Deadline: a team whose work is worth less the later it ends. It raises bids as the deadline
nears, and gives up after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from numpy.random import Generator

from marketplace.domain.command import AmendOrder
from sim.agents.agent import Commands
from sim.agents.asking import Share, options_of, order_of, place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import DAY, SLOT, Job


@dataclass(slots=True)
class Deadline:
    """Bids ``begins`` of a job's value at first, and all of it once the last start that is in time
    is ``hurries`` away. A job without a deadline has one at the end of its window."""

    name: str = "deadline"
    begins: float = 0.6
    hurries: timedelta = DAY
    step: float = 0.1  # it amends where its bid would rise by so much of the value
    diary: Diary = field(default_factory=Diary)
    _shares: dict[str, float] = field(default_factory=dict)  # bid, by job; of those that may rise

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:  # noqa: ARG002
        """Raise what nears its deadline, give up what is past it, place new orders."""
        self.diary.learn(arrived)
        gone = self.diary.given_up(view)
        for job in gone:
            self._shares.pop(job.id, None)
        raised = list(self._raised(view))
        late = [self.diary.jobs[id_] for id_ in self._shares if self._late(id_, view)]
        placing = []
        for job in arrived:
            self._shares[job.id] = self._share(job, view)
            placing.append(place(job, view.team.cost_centre, self._worth_of(job)))
        for job in late:
            self._shares.pop(job.id, None)
        return [*raised, *placing, *cancelling(view, [*gone, *late], placing)]

    def _raised(self, view: View) -> Iterator[AmendOrder]:
        for id_, before in list(self._shares.items()):
            job = self.diary.jobs[id_]
            if order_of(job) not in view.orders:
                del self._shares[id_]  # it ended
                continue
            share = self._share(job, view)
            if share >= min(before + self.step, 1.0) > before:
                self._shares[id_] = share
                first = max(job.earliest, view.sale_start)
                if first <= job.latest_start:
                    left = replace(job, earliest=first)
                    yield AmendOrder(order_of(job), options_of(left, self._worth_of(job)))

    def _share(self, job: Job, view: View) -> float:
        end = job.decay.soft if job.decay else job.latest_start + _longest(job)
        left = end - _longest(job) - view.now
        nearness = 1 - left / self.hurries if left < self.hurries else 0.0
        return min(self.begins + max(nearness, 0.0) * (1 - self.begins), 1.0)

    def _late(self, id_: str, view: View) -> bool:
        job = self.diary.jobs[id_]
        return job.decay is not None and view.sale_start + _shortest(job) >= job.decay.hard

    def _worth_of(self, job: Job) -> Share:
        return Share(self._shares[job.id])


def _longest(job: Job) -> timedelta:
    return max(option.extent_slots for option in job.options) * SLOT


def _shortest(job: Job) -> timedelta:
    return min(option.extent_slots for option in job.options) * SLOT
