"""Fair share with decay: who used less than its share of late comes first.

As Slurm's plugin priority/multifactor does it (classic fair share, the other factors at weight 0):
a team's priority is 2^(-usage/share), where its usage is its part of all usage, each past
unit-slot halved in weight for every half-life that went by, and its share its part of all budgets.
A unit of a pool counts by its reserve price, as Slurm's billing weights let it. Priorities are
reckoned again at each slot; equals go by their place in the line, and the rest is EASY backfill on
that order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marketplace.services.books import Progress
from sim.demand.demand import Demand
from sim.demand.job import DAY, SLOT
from sim.demand.organisation import Organisation
from sim.policies.policy import Policy
from sim.policies.precedence import InUse, Precedence, Rank, Ways
from sim.policies.queueing import Cluster, queue, queued_run
from sim.results.run import Run

Floats = NDArray[np.float64]

HALF_LIFE: Final = 7 * DAY
"""Slurm's default, PriorityDecayHalfLife=7-0."""


def priority(usage: float, share: float) -> float:
    """Slurm's fair-share factor, from 1 for who used nothing to 0; ``share`` 0 has 0 always.

    >>> priority(usage=0.25, share=0.25), priority(usage=0.5, share=0.25)
    (0.5, 0.25)
    """
    return float(2.0 ** (-usage / share)) if share > 0 else 0.0


@dataclass(slots=True)
class LeastUsed(Precedence):
    """Ranks teams by how much of their share they used. ``shares`` are weights by team, in the
    queue's order; ``weights`` what a unit-slot of a pool counts."""

    shares: Sequence[int]
    weights: Mapping[str, int]
    half_life: timedelta = HALF_LIFE
    usage: Floats = field(init=False)  # decayed, as of the slot that is open
    _ranks: list[Rank] = field(init=False)

    def __post_init__(self) -> None:
        if self.half_life <= timedelta(0):
            raise ValueError(f"a half-life must be longer than nothing, was {self.half_life}")
        self.usage = np.zeros(len(self.shares))

    def open(self, slot: int, in_use: InUse) -> None:
        """Count what ran in the slot that ended, and rank the teams anew.

        By usage over share and not by the priority itself, which is the same order, but cannot
        tell very small priorities apart.
        """
        if slot:
            self.usage *= 0.5 ** (SLOT / self.half_life)
            for pool, units in in_use.units.items():
                self.usage += self.weights[pool] * units[:, slot - 1]
        total = float(self.usage.sum()) or 1.0
        whole = sum(self.shares)
        self._ranks = [
            (usage / total * whole / share if share else float("inf"),)
            for usage, share in zip(self.usage.tolist(), self.shares, strict=True)
        ]

    def rank(self, team: int, ways: Ways) -> Rank:  # noqa: ARG002 - a queue asks so
        """The same for all jobs of a team, as long as the slot is open."""
        return self._ranks[team]


def unit_weights(organisation: Organisation) -> dict[str, int]:
    """What a unit-slot of each pool counts against others: its reserve price, or 1 without one."""
    return {pool.id: max(pool.reserve_ucr, 1) for pool in organisation.pools}


@dataclass(frozen=True, slots=True)
class FairShare(Policy):
    """Priority to whoever used least of its share, with EASY backfill."""

    half_life_days: float = HALF_LIFE / DAY
    name: str = "Fair share with decay"

    def run(self, demand: Demand, seed: int, progress: Progress) -> Run:
        """Queue the demand's jobs; no chance is drawn."""
        organisation = demand.organisation
        cluster = Cluster.of(organisation)
        precedence = LeastUsed(
            shares=[team.budget_ucr for team in organisation.teams],
            weights=unit_weights(organisation),
            half_life=self.half_life_days * DAY,
        )
        teams = [team.id for team in organisation.teams]
        queued = queue(demand.jobs, teams, cluster, precedence, progress, self.name)
        return queued_run(self.name, demand, seed, cluster.there, queued)
