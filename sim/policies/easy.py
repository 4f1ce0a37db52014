"""First come, first served with EASY backfill: the queue that most clusters run."""

from dataclasses import dataclass

from marketplace.services.books import Progress
from sim.demand.demand import Demand
from sim.policies.policy import Policy
from sim.policies.precedence import InUse, Precedence, Rank, Ways
from sim.policies.queueing import Cluster, queue, queued_run
from sim.results.run import Run


class InTheLine(Precedence):
    """Places in the line are all that counts."""

    def open(self, slot: int, in_use: InUse) -> None:
        """Nothing that was used matters."""

    def rank(self, team: int, ways: Ways) -> Rank:  # noqa: ARG002 - a queue asks so
        """Everybody's is the same."""
        return ()


@dataclass(frozen=True, slots=True)
class EasyBackfill(Policy):
    """Who joined first starts first; others fill the gaps where that delays no head."""

    name: str = "First come, first served with EASY backfill"

    def run(self, demand: Demand, seed: int, progress: Progress) -> Run:
        """Queue the demand's jobs; no chance is drawn."""
        cluster = Cluster.of(demand.organisation)
        teams = [team.id for team in demand.organisation.teams]
        queued = queue(demand.jobs, teams, cluster, InTheLine(), progress, self.name)
        return queued_run(self.name, demand, seed, cluster.there, queued)
