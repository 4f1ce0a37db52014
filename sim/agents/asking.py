"""How a job becomes an order, and which job an order serves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.command import PlaceOrder
from marketplace.domain.failure import OnFailure
from marketplace.domain.guarantee import FIRM, Guarantee
from marketplace.domain.order import Leg, Option, OrderRequest, order_id
from marketplace.domain.transfer import Tags
from sim.demand.job import SLOT, Job, JobLeg, JobOption

PART: Final = "~"
"""Between a job's id and the number of a part of it, in an order's key."""

LEAST_UCR: Final = 1
CURVE_STEPS: Final = 4
"""So many options at most tell how a job's value falls after its deadline."""

Worth = Callable[[JobOption], int]


@dataclass(frozen=True, slots=True)
class Share:
    """A worth that is the same part of every option's value."""

    part: float

    def __call__(self, option: JobOption) -> int:
        """What is bid for the option, in micro-credits."""
        return int(option.value_ucr * self.part)


def request_of(
    job: Job,
    cost_centre: str,
    worth: Worth | None = None,
    *,
    part: str = "",
    guarantee: Guarantee = FIRM,
) -> OrderRequest:
    """A job as its team asks for it: with its real window, and truthfully unless ``worth`` says
    what is bid for an option. ``part`` names one of several orders for the same job."""
    return OrderRequest(
        team=job.team,
        key=f"{job.id}{PART}{part}" if part else job.id,
        standing=job.standing,
        on_failure=OnFailure.END,  # a job needs all its units; its team asks for the rest anew
        tags=Tags(project=job.project, theme=job.theme, cost_centre=cost_centre),
        options=options_of(job, worth),
        guarantee=guarantee,
    )


def options_of(job: Job, worth: Worth | None = None) -> tuple[Option, ...]:
    """What a job's order offers. A job that is worth less the later it ends offers less for later
    starts: its options are then more than the job's."""
    found = [
        Option(
            value_ucr=max(int(bid_ucr * share), LEAST_UCR),
            earliest_start=first,
            latest_start=last,
            legs=tuple(_leg(leg) for leg in option.legs),
        )
        for option in job.options
        for bid_ucr in [option.value_ucr if worth is None else worth(option)]
        for first, last, share in _windows(job, option)
    ]
    return tuple(found)


def _windows(job: Job, option: JobOption) -> Iterator[tuple[datetime, datetime, float]]:
    """First and last start, and the share of the value that is left at the last."""
    if job.decay is None:
        yield job.earliest, job.latest_start, 1.0
        return
    extent, first = option.extent_slots * SLOT, job.earliest
    for last in _cuts(job, extent):
        share = job.decay.share(last + extent)
        if last >= first and (share > 0 or first == job.earliest):
            yield first, last, share
            first = last + SLOT


def _cuts(job: Job, extent: timedelta) -> list[datetime]:
    """Last starts: of what ends in time, and of a few parts of the time until it is worth nothing.
    The last of all is always there, so that no order is without an option."""
    if job.decay is None:
        return [job.latest_start]
    soft, hard = (
        job.earliest + (at - extent - job.earliest) // SLOT * SLOT
        for at in (job.decay.soft, job.decay.hard)
    )
    rest = max((hard - soft) // SLOT, 0)
    cuts = {soft + rest * number // CURVE_STEPS * SLOT for number in range(CURVE_STEPS)}
    inside = sorted(cut for cut in cuts if job.earliest <= cut < job.latest_start)
    return [*inside, job.latest_start]


def _leg(leg: JobLeg) -> Leg:
    return Leg(
        pool=leg.pool,
        quantity=leg.quantity,
        duration=leg.duration_slots * SLOT,
        offset=leg.offset_slots * SLOT,
    )


def place(
    job: Job,
    cost_centre: str,
    worth: Worth | None = None,
    *,
    part: str = "",
    guarantee: Guarantee = FIRM,
) -> PlaceOrder:
    """The command that asks for a job."""
    return PlaceOrder(request_of(job, cost_centre, worth, part=part, guarantee=guarantee))


def job_of(key: str) -> str:
    """The id of the job that an order serves, from the order's key."""
    return key.partition(PART)[0]


def order_of(job: Job) -> str:
    """The id of the order that a job becomes."""
    return order_id(job.team, job.id)


def resized(job: Job, slots: int, earliest: datetime, latest: datetime) -> Job:
    """A job of one leg an option, for so many slots and within another window; its value shrinks or
    grows along."""
    options = []
    for option in job.options:
        [leg] = option.legs
        value_ucr = max(option.value_ucr * slots // leg.duration_slots, 1)
        legs = (replace(leg, duration_slots=slots),)
        options.append(replace(option, value_ucr=value_ucr, legs=legs))
    return replace(job, options=tuple(options), earliest=earliest, latest_start=latest)
