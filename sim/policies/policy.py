"""What every way of sharing is: demand in, a run out."""

from typing import Protocol

from marketplace.services.books import Progress
from sim.demand.demand import Demand
from sim.results.run import Run


class Policy(Protocol):
    """A way to share an organisation's pools among its jobs."""

    @property
    def name(self) -> str:
        """As reports call it."""
        ...

    def run(self, demand: Demand, seed: int, progress: Progress) -> Run:
        """Live through the demand. The same demand and seed give the same run."""
        ...
