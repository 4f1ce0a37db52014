"""Karma: max-min sharing with credits, so that who lent in the past may borrow first.

After Vuppalapati et al., OSDI 2023. There, in each quantum, a team with the fair share f is
guaranteed α f slices; it lends those that it does not ask for, and gets (1 - α) f credits for free.
Who asks for more borrows slice by slice, most credits first, for a credit each; lent slices go
before the shared ones, and each that is used earns a credit for the lender with the fewest.
Everybody opens with so many credits that nobody runs out.

Jobs are gangs that need whole units for as long as they run, and slices cannot be taken back from
them. What is changed for that, all of it ours:

- A quantum is a slot. A job starts when its team is granted all its units, and keeps them; what
  its team holds above its guarantee is charged as borrowed, slot by slot.
- Jobs within their team's guarantee come first, then others by their team's credits, reckoned anew
  after each start with what it borrows in this slot. Who does not fit is a head as in any queue, so
  that gangs do not starve: a team that comes back to its guarantee is promised its start.
- Whatever of a guarantee its team does not use counts as lent, whether it did not ask or could not
  get it because others still run.
- Fair shares are quotas by budget, pool by pool. A team has one balance; a unit counts by its
  pool's reserve price, and balances are compared per unit of fair share, as in the paper's weighted
  form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heapreplace
from typing import Final

import numpy as np

from marketplace.services.books import Progress
from sim.demand.capacity import CapacityBySlot
from sim.demand.demand import Demand
from sim.policies.booking import quotas_of
from sim.policies.fair_share import unit_weights
from sim.policies.free_units import Grid
from sim.policies.policy import Policy
from sim.policies.precedence import InUse, Precedence, Rank, Ways
from sim.policies.queueing import Cluster, queue, queued_run
from sim.results.run import Run

MILLION: Final = 1_000_000
GUARANTEED_PPM: Final = 500_000
"""α, as in the paper's evaluation."""


@dataclass(slots=True)
class MostCredits(Precedence):
    """Guarantees first, then whoever has most credits for its fair share."""

    fair: Mapping[str, Grid]  # units by pool: a row a team, a column a slot
    weights: Mapping[str, int]  # what a unit counts, by pool
    guaranteed_ppm: int = GUARANTEED_PPM
    credits: list[int] = field(init=False)
    guaranteed: dict[str, Grid] = field(init=False)
    _worth: list[int] = field(init=False)  # of a fair share at its largest, in credits a slot
    _slot: int = field(init=False, default=0)
    _in_use: InUse = field(init=False)

    def __post_init__(self) -> None:
        if not 0 <= self.guaranteed_ppm <= MILLION:
            raise ValueError(f"a share must be 0 to {MILLION} ppm, was {self.guaranteed_ppm}")
        self.guaranteed = {
            pool: units * self.guaranteed_ppm // MILLION for pool, units in self.fair.items()
        }
        by_slot = sum(self.weights[pool] * units for pool, units in self.fair.items())
        self._worth = np.max(by_slot, axis=1).tolist()
        # As many fair shares for each as the smallest team would need to borrow all to the end.
        least = min((worth for worth in self._worth if worth), default=1)
        self.credits = [worth * (int(np.sum(by_slot)) // least + 1) for worth in self._worth]

    def open(self, slot: int, in_use: InUse) -> None:
        """Settle the slot that ended, and give this one's free credits."""
        self._slot, self._in_use = slot, in_use
        for pool in sorted(self.fair):
            if slot:
                self._settle(pool, slot - 1)
            free = self.fair[pool][:, slot] - self.guaranteed[pool][:, slot]
            self._earn((self.weights[pool] * free).tolist())

    def rank(self, team: int, ways: Ways) -> Rank:
        """Whether the first option fits the team's guarantee now, and the credits it has left."""
        if not self._worth[team]:
            return (2.0, 0.0)
        if all(self._spare(need.pool, team) >= need.quantity for need in ways[0]):
            return (0.0, 0.0)
        borrowed = sum(
            weight * max(-self._spare(pool, team), 0) for pool, weight in self.weights.items()
        )
        return (1.0, -(self.credits[team] - borrowed) / self._worth[team])

    def _spare(self, pool: str, team: int) -> int:
        """What the team does not use of its guarantee in this slot; below zero: it borrows."""
        units = self._in_use.units[pool][team, self._slot]
        return int(self.guaranteed[pool][team, self._slot] - units)

    def _earn(self, amounts: Sequence[int]) -> None:
        self.credits = [had + more for had, more in zip(self.credits, amounts, strict=True)]

    def _settle(self, pool: str, slot: int) -> None:
        """Borrowers pay a credit a unit; lenders earn one for each that was used, the poorest
        first."""
        weight = self.weights[pool]
        spare = (self.guaranteed[pool][:, slot] - self._in_use.units[pool][:, slot]).tolist()
        self._earn([weight * min(units, 0) for units in spare])
        lenders = [
            (self.credits[team] / self._worth[team], team)
            for team, units in enumerate(spare)
            if units > 0
        ]
        heapify(lenders)
        left = -sum(units for units in spare if units < 0)
        while left and lenders:
            _, team = lenders[0]
            self.credits[team] += weight
            spare[team] -= 1
            left -= 1
            if spare[team]:
                heapreplace(lenders, (self.credits[team] / self._worth[team], team))
            else:
                heappop(lenders)


@dataclass(frozen=True, slots=True)
class Karma(Policy):
    """Max-min sharing with credits, on a queue with EASY backfill."""

    guaranteed_ppm: int = GUARANTEED_PPM
    name: str = "Max-min with credits (Karma)"

    def run(self, demand: Demand, seed: int, progress: Progress) -> Run:
        """Queue the demand's jobs; no chance is drawn."""
        organisation = demand.organisation
        cluster = Cluster.of(organisation)
        shares = {team.id: team.budget_ucr for team in organisation.teams}
        fair = fair_units(cluster.there, shares)
        precedence = MostCredits(fair, unit_weights(organisation), self.guaranteed_ppm)
        queued = queue(demand.jobs, tuple(shares), cluster, precedence, progress, self.name)
        return queued_run(self.name, demand, seed, cluster.there, queued)


def fair_units(there: CapacityBySlot, shares: Mapping[str, int]) -> dict[str, Grid]:
    """Each team's fair share of every pool in whole units: a row a team, a column a slot."""
    quotas = quotas_of(there, shares)
    return {pool: np.stack([quotas[team][pool] for team in shares]) for pool in there.units}
