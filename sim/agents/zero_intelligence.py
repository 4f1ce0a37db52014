"""Zero intelligence (ZI-C, Gode and Sunder 1993): chance bids, never above the worth."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from numpy.random import Generator

from sim.agents.agent import Commands
from sim.agents.asking import place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import Job, JobOption


@dataclass(slots=True)
class ZeroIntelligence:
    """Bids anything between the reserve prices and the value, each as likely as any other."""

    name: str = "zero-intelligence"
    diary: Diary = field(default_factory=Diary)

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:
        """Place an order for each new job, at a value that is drawn."""
        self.diary.learn(arrived)
        placing = []
        for job in arrived:
            at = luck.random()

            def worth(option: JobOption, at: float = at) -> int:
                least = min(reserve_ucr(option, view), option.value_ucr)
                return least + int(at * (option.value_ucr - least))

            placing.append(place(job, view.team.cost_centre, worth))
        return [*placing, *cancelling(view, self.diary.given_up(view), placing)]


def reserve_ucr(option: JobOption, view: View) -> int:
    """The least that a job can cost in an option: each unit-hour at its pool's reserve price."""
    return sum(
        view.pools[leg.pool].reserve_price_ucr * leg.quantity * leg.duration_slots
        for leg in option.legs
    )
