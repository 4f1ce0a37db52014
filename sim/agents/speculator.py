"""Speculator: a team that buys time it has no use for, to be bought out for more than it paid.

It asks for what its jobs would take, days ahead, where little is sold yet; names as high a buy-out
as the rules buy back for what it expects to pay; and bids no more than that, since what a bid is
worth bounds its buy-out. What it wins serves no job, so it delivers nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from numpy.random import Generator

from marketplace.domain.command import PlaceOrder
from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.rules import PPM
from sim.agents.agent import Commands
from sim.agents.asking import place
from sim.agents.view import View
from sim.demand.job import DAY, SLOT, Job, JobLeg, JobOption

KEY: Final = "speculation-"
"""Before a job's id in an order's key: the order is not for the job."""


@dataclass(slots=True)
class Speculator:
    """Buys to be bought out. ``ahead``: how long after the gate its time-boxes may start; ``near``:
    of the highest buy-out that the rules allow at the expected price, what it names, as it may pay
    a little less; ``most``: it names no more than so many times what it expects to pay."""

    name: str = "speculator"
    ahead: timedelta = 3 * DAY
    near: float = 0.95
    most: float = math.inf

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:  # noqa: ARG002
        """Ask for the time of each new job, and not for the job."""
        return [self._place(job, view) for job in arrived]

    def _place(self, job: Job, view: View) -> PlaceOrder:
        option = job.options[0]
        first = self._first(job, view)
        times = min(1 + view.rules.buy_out_gain_ppm / PPM, self.most) * self.near
        named_ucr = max(int(expected_ucr(option, first, view) * times), 1)
        asked = replace(
            job,
            id=f"{KEY}{job.id}",
            options=(replace(option, value_ucr=named_ucr),),
            earliest=first,
            latest_start=first + (job.latest_start - job.earliest),
            standing=False,
            decay=None,
        )
        guarantee = Guarantee(kind=Kind.RECALLABLE, buy_out_ucr=named_ucr)
        return place(asked, view.team.cost_centre, guarantee=guarantee)

    def _first(self, job: Job, view: View) -> datetime:
        """From when on: as late as the job, and late enough to be bought back, if it is sold by
        then."""
        wanted = max(job.earliest, view.sale_start + view.rules.gate + self.ahead)
        last = view.starts_before - SLOT - (job.latest_start - job.earliest)
        return max(min(wanted, last), view.sale_start)


def expected_ucr(option: JobOption, first: datetime, view: View) -> int:
    """What an option costs from ``first`` on at the last published prices; at the reserve price
    where none was published."""
    return sum(
        leg.quantity * sum(_price_ucr(leg, first, slot, view) for slot in range(leg.duration_slots))
        for leg in option.legs
    )


def _price_ucr(leg: JobLeg, first: datetime, slot: int, view: View) -> int:
    reserve_ucr = view.pools[leg.pool].reserve_price_ucr
    if not view.published:
        return reserve_ucr
    last = view.published[-1]
    at = last.span.index(first + (leg.offset_slots + slot) * SLOT)
    prices = last.prices_ucr.get(leg.pool, ())
    return max(int(prices[at]), reserve_ucr) if 0 <= at < len(prices) else reserve_ucr
