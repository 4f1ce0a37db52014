"""Underbidder (Mirage's S1): a team that bids next to nothing where it thinks itself alone.

On Mirage bids could be seen, and users bid one or two credits when they were alone. Here bids are
sealed: it can guess from published prices alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from numpy.random import Generator

from marketplace.domain.command import AmendOrder
from sim.agents.agent import Commands
from sim.agents.asking import options_of, place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.agents.zero_intelligence import reserve_ucr
from sim.demand.job import Job, JobOption


@dataclass(slots=True)
class Underbidder:
    """Bids the reserve prices where the last cycle sold a pool for no more than ``near`` times
    them; its value where not, and after a loss."""

    name: str = "underbidder"
    near: float = 1.05
    diary: Diary = field(default_factory=Diary)

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:  # noqa: ARG002
        """Place new orders low where nobody else seems to bid; raise those that lost and wait."""
        self.diary.learn(arrived)
        gone = self.diary.given_up(view)
        alone = self._quiet(view) if arrived else set()

        def worth(option: JobOption) -> int:
            if all(leg.pool in alone for leg in option.legs):
                return min(reserve_ucr(option, view), option.value_ucr)
            return option.value_ucr

        raised = [
            AmendOrder(order.id, options_of(job))
            for job, order in self.diary.heard(view)
            if order.id in view.orders and job not in gone and order.version == 1
        ]
        placing = [place(job, view.team.cost_centre, worth) for job in arrived]
        return [*raised, *placing, *cancelling(view, gone, placing)]

    def _quiet(self, view: View) -> set[str]:
        """Pools that cost hardly more than their reserve price."""
        if not view.published:
            return set()
        last = view.published[-1].prices_ucr
        return {
            pool
            for pool, prices in last.items()
            if len(prices) and prices.mean() <= self.near * view.pools[pool].reserve_price_ucr
        }
