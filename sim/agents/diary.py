"""What a team remembers of its own work: which job an order is for, and which it will call off."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from marketplace.domain.command import CancelOrders, PlaceOrder
from marketplace.domain.order import Order, order_id
from sim.agents.asking import job_of
from sim.agents.view import View
from sim.demand.job import Job


@dataclass(slots=True)
class Diary:
    """A team's jobs that are not done, by id; mutable, as time goes on."""

    jobs: dict[str, Job] = field(default_factory=dict)
    _plans: list[tuple[datetime, str]] = field(default_factory=list)  # when which is called off

    def learn(self, arrived: Iterable[Job]) -> None:
        """Take in new jobs."""
        for job in arrived:
            self.jobs[job_of(job.id)] = job
            if job.cancels_at is not None:
                heapq.heappush(self._plans, (job.cancels_at, job.id))

    def given_up(self, view: View) -> list[Job]:
        """Jobs that the team has called off by now; they leave the diary."""
        gone = []
        while self._plans and self._plans[0][0] < view.until:
            job = self.jobs.pop(heapq.heappop(self._plans)[1], None)
            if job is not None:
                gone.append(job)
        return gone

    def heard(self, view: View) -> Iterator[tuple[Job, Order]]:
        """The news of orders, each with its job."""
        for order in view.news:
            job = self.jobs.get(job_of(order.request.key))
            if job is not None:
                yield job, order


def cancelling(
    view: View, gone: Iterable[Job], placing: Sequence[PlaceOrder] = ()
) -> list[CancelOrders]:
    """Call off the open orders for some jobs, and those that are placed just now."""
    ids = {job.id for job in gone}
    if not ids:
        return []
    requests = [(id_, order.request.key) for id_, order in view.orders.items()]
    requests += [(order_id(one.scope, one.key), one.key) for one in placing]
    return [CancelOrders((id_,)) for id_, key in requests if job_of(key) in ids]
