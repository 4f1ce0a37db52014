"""What one policy made of one demand: the common ground on which policies are compared."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sim.demand.demand import Demand
from sim.demand.job import Job

Grid = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of one job."""

    job: Job
    option: int | None = None  # none: it never ran to its end
    start: datetime | None = None
    end: datetime | None = None
    delivered_ucr: int = 0  # what it is worth to its team, ended then; true value, not its bid
    paid_ucr: int = 0
    interruptions: int = 0
    lost_unit_s: int = 0  # unit-seconds that were run for nothing, and again
    reason: str = ""  # why it did not run, as the policy says it

    @property
    def served(self) -> bool:
        """Whether it ran to its end."""
        return self.end is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One policy's run. Grids have a number a slot of the run, by pool, GPUs and experts alike."""

    policy: str
    demand: Demand
    seed: int
    slots: int
    jobs: tuple[Ran, ...]  # in the demand's order
    capacity: Mapping[str, Grid]  # units there are, maintenance and failures taken off
    used: Mapping[str, Grid]  # units that jobs run on
    price_ucr: Mapping[str, Grid] = field(default_factory=dict)  # -1: nothing was sold
    spent_ucr: Mapping[str, int] = field(default_factory=dict)  # by team; empty: no market
    gained_ucr: Mapping[str, int] = field(default_factory=dict)  # by buy-outs, beyond what was paid
    speculators: tuple[str, ...] = ()  # teams that bid for time that they have no use for
    interruptions: int = 0  # of interruptible work
    lost_unit_s: int = 0  # by it: unit-seconds that were run for nothing, and again
    notes: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """A hash of all that happened: equal runs have equal fingerprints, on any machine."""
        digest = hashlib.sha256(f"{self.policy}\n{self.seed}\n{self.slots}\n".encode())
        for one in self.jobs:
            facts = (one.job.id, one.option, one.start, one.end, one.delivered_ucr, one.paid_ucr)
            digest.update(f"{facts}{one.interruptions}/{one.lost_unit_s}\n".encode())
        for grids in (self.capacity, self.used, self.price_ucr):
            for pool in sorted(grids):
                digest.update(pool.encode() + np.ascontiguousarray(grids[pool]).tobytes())
        for credits_ucr in (self.spent_ucr, self.gained_ucr):
            digest.update(repr(sorted(credits_ucr.items())).encode())
        digest.update(f"{self.interruptions}/{self.lost_unit_s}".encode())
        return digest.hexdigest()
