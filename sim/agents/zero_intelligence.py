"""Zero intelligence (ZI-C, Gode and Sunder 1993): chance bids, never above the worth."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from numpy.random import Generator

from marketplace.domain.command import AmendOrder
from sim.agents.agent import Commands
from sim.agents.asking import job_of, options_of, place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import Job, JobOption


@dataclass(slots=True)
class ZeroIntelligence:
    """Bids anything between the reserve prices and the value, each as likely as any other. While an
    order is open it draws again whenever it is asked, and keeps the better bid: as in a double
    auction, where a bid must be better than the one that stands."""

    name: str = "zero-intelligence"
    diary: Diary = field(default_factory=Diary)
    _drawn: dict[str, float] = field(default_factory=dict)  # by order key

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:
        """Draw again for what is open, and place an order for each new job."""
        self.diary.learn(arrived)
        gone = self.diary.given_up(view)
        bettered = []
        for id_, order in view.orders.items():
            key, at = order.request.key, luck.random()
            job = self.diary.jobs.get(job_of(key))
            if job is not None and at > self._drawn[key]:
                self._drawn[key] = at
                bettered.append(AmendOrder(id_, options_of(job, _Worth(view, at))))
        placing = []
        for job in arrived:
            at = self._drawn[job.id] = luck.random()
            placing.append(place(job, view.team.cost_centre, _Worth(view, at)))
        return [*bettered, *placing, *cancelling(view, gone, placing)]


@dataclass(frozen=True, slots=True)
class _Worth:
    """A value so far between the reserve price and the job's worth."""

    view: View
    at: float

    def __call__(self, option: JobOption) -> int:
        least = min(reserve_ucr(option, self.view), option.value_ucr)
        return least + int(self.at * (option.value_ucr - least))


def reserve_ucr(option: JobOption, view: View) -> int:
    """The least that a job can cost in an option: each unit-hour at its pool's reserve price."""
    return sum(
        view.pools[leg.pool].reserve_price_ucr * leg.quantity * leg.duration_slots
        for leg in option.legs
    )
