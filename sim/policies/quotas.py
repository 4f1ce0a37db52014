"""Fixed quotas as a running cluster keeps them: each team's part is a little cluster of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from marketplace.services.books import Progress
from sim.demand.capacity import CapacityBySlot
from sim.demand.demand import Demand
from sim.demand.job import Job
from sim.policies.booking import quotas_of
from sim.policies.easy import InTheLine
from sim.policies.policy import Policy
from sim.policies.queueing import Cluster, Queued, queue, queued_run
from sim.results.run import Ran, Run


@dataclass(frozen=True, slots=True)
class QueuedQuotas(Policy):
    """The committee's plan: each team queues, with EASY backfill, in the part its budget gives."""

    name: str = "Fixed team quotas, each with its queue"

    def run(self, demand: Demand, seed: int, progress: Progress) -> Run:
        """Queue the demand's jobs, each in its team's part; no chance is drawn."""
        cluster = Cluster.of(demand.organisation)
        shares = {team.id: team.budget_ucr for team in demand.organisation.teams}
        queued = queue_in_quotas(demand.jobs, cluster, shares, progress, self.name)
        return queued_run(self.name, demand, seed, cluster.there, queued)


def queue_in_quotas(
    jobs: Sequence[Job],
    cluster: Cluster,
    shares: Mapping[str, int],
    progress: Progress | None = None,
    name: str = "quotas",
) -> Queued:
    """A queue a team, in its part of every pool, dealt out as ``booking.fixed_quotas`` does.

    ``shares`` are weights by team; every job's team must have one. A failure costs everybody its
    part, as maintenance does.
    """
    there = quotas_of(cluster.there, shares)
    foreseen = quotas_of(cluster.foreseen, shares)
    used = {pool: np.zeros_like(units) for pool, units in cluster.there.units.items()}
    waiting = np.zeros(min(len(units) for units in used.values()), dtype=np.int64)
    ran: dict[str, Ran] = {}
    for number, team in enumerate(shares):
        part = Cluster(
            there=_with(cluster.there, there[team]),
            foreseen=_with(cluster.foreseen, foreseen[team]),
        )
        own = [job for job in jobs if job.team == team]
        outcome = queue(own, (team,), part, InTheLine())
        ran |= {one.job.id: one for one in outcome.ran}
        waiting += outcome.waiting
        for pool, units in outcome.used.items():
            used[pool] += units
        if progress:
            progress(name, number + 1, len(shares))
    return Queued(ran=tuple(ran[job.id] for job in jobs), used=used, waiting=waiting)


def _with(capacity: CapacityBySlot, units: Mapping[str, np.ndarray]) -> CapacityBySlot:
    return CapacityBySlot(start=capacity.start, units=dict(units), block_sizes=capacity.block_sizes)
