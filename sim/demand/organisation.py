"""An organisation: its pools, its teams with their habits, and the days they live through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHours:
    """The hours in which experts work: ``first_hour`` to ``end_hour`` UTC on the weekdays."""

    weekdays: tuple[int, ...]  # Monday is 0
    first_hour: int
    end_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSpec:
    """A pool of the organisation. ``speed`` compares GPU models on the same work."""

    id: str
    name: str
    unit: str  # gpu, expert
    units: int
    block_size: int
    reserve_ucr: int  # per unit-hour
    open_hours: OpenHours | None = None
    speed: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamHabits:
    """What a team's demand looks like. Shares are parts of its jobs."""

    jobs_per_day: float  # on a plain weekday
    pools: tuple[tuple[str, float], ...]  # pools it likes, with weights
    gangs: Literal["wide", "narrow"] = "narrow"
    value_median: float = 2.0  # what a GPU-hour is worth, in multiples of the reserve price
    value_spread: float = 1.2  # standard deviation of its logarithm
    deadline_day: int | None = None
    deadlines: float = 0.0  # share whose worth falls when it ends late
    evaluates: float = 0.08  # share that ends with an evaluation on the slowest GPUs
    needs_expert: float = 0.05  # share that takes an expert's hours beside the GPUs
    flexible: float = 0.5  # share that would take other GPU models as well
    standing: float = 0.6
    cancels: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSpec:
    """A team. ``budget_ucr`` are the credits granted for all the days of the run."""

    id: str
    name: str
    themes: tuple[str, ...]
    cost_centre: str
    budget_ucr: int
    projects: tuple[str, ...]
    habits: TeamHabits | None = None  # none: its jobs come from elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceSpec:
    """``quantity`` units of ``pool`` are away in [start, end)."""

    pool: str
    start: datetime
    end: datetime
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureSpec:
    """``quantity`` units of ``pool`` fail at ``start``, unannounced, and are back at ``end``."""

    pool: str
    start: datetime
    end: datetime
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Pools, teams and the days they live through, from ``start``, a midnight in UTC.

    Jobs are submitted in the ``days`` from ``start``; daily cycles close at the end of each.
    """

    pools: tuple[PoolSpec, ...]
    teams: tuple[TeamSpec, ...]
    start: datetime
    days: int
    maintenance: tuple[MaintenanceSpec, ...] = ()
    failures: tuple[FailureSpec, ...] = ()
