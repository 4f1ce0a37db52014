"""What a simulated market lived through: the facts that summaries and reports are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.domain.capacity import Grid
from marketplace.services.check import CheckReport
from sim.demand.job import Job
from sim.demand.organisation import Organisation, PoolSpec, TeamSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRecord:
    """One cycle as everybody could read it."""

    id: str
    closed_at: datetime
    bids: int
    awards: int
    lost: Mapping[str, int]  # by reason; a standing order counts in every cycle it lost
    welfare_ucr: int
    surplus_ucr: int
    bound_ucr: int
    gap: float  # by the published prices
    proven_gap: float  # by the least bound that was proven; 0 of an optimum
    paid_ucr: int
    status: str
    engine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What became of one job: its order's end, or why it never became an order.

    ``state`` is the order's (filled, lost, cancelled, expired, open, refused), or ``failed``
    or ``released`` where it was filled and its time-box then failed or was given back.
    """

    job: Job
    state: str
    reason: str
    message: str = ""  # a refusal's sentence
    cycle_id: str = ""
    start: datetime | None = None
    option: int | None = None
    payment_ucr: int = 0
    delivered_ucr: int = 0  # the option's value, where the time-box was kept
    shortfall_ucr: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSeries:
    """One pool, slot by slot from the organisation's start on."""

    pool: PoolSpec
    capacity: Grid
    sold: Grid
    maintenance: Grid
    price_ucr: Grid  # mean published price of what was sold, a unit-hour; -1 where nothing was


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotSeries:
    """One pool's spot side, tick by tick from the first tick on; prices in ucr a unit-hour.

    ``sold_hours``: unit-hours that ran. ``idle_hours``: those that reservations left, whole hours
    as ``PoolSeries`` has them.
    """

    pool: PoolSpec
    price_ucr: Grid
    controller_ucr: Grid
    supply: Grid  # units
    wanted: Grid  # units, at the controller's price of the tick before
    used: Grid  # units
    why: Mapping[str, int]  # ticks by what decided the price
    sold_hours: float
    idle_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotStory:
    """What spot was, over the days on which it was open."""

    start: datetime  # of the first tick
    tick: timedelta
    series: tuple[SpotSeries, ...]
    jobs: int
    finished: int
    unfinished: int  # still waiting or running at the end, or part done and given up
    refused: Mapping[str, int]
    notices: int
    interruptions: Mapping[str, int]  # runs, by what interrupted them
    paid_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLine:
    """One team's four weeks."""

    team: TeamSpec
    granted_ucr: int
    paid_ucr: int
    refunded_ucr: int
    expired_ucr: int
    left_ucr: int  # free and held
    delivered_ucr: int
    orders: int
    won: int
    lost: int
    spot_ucr: int = 0  # of what was paid, for spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One way to share the same pools among the same jobs."""

    name: str
    delivered_ucr: int
    served: int
    utilisation: float  # used over available unit-slots, GPU pools, within the run


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything about one run."""

    organisation: Organisation
    seed: int
    source: str  # where the demand comes from, in words
    slots: int
    cycles: tuple[CycleRecord, ...]
    jobs: tuple[JobResult, ...]
    pools: tuple[PoolSeries, ...]
    teams: tuple[TeamLine, ...]
    check: CheckReport
    comparisons: tuple[Comparison, ...]  # the market first
    spot: SpotStory | None = None  # none: it was not open
    notes: tuple[str, ...] = ()  # what a reader must know about the demand
