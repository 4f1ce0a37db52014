"""What a scenario file may say: the shape that a TOML file is held against, field by field."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pricing.units import ucr_from_credits

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Day = Annotated[int, Field(ge=0, le=366)]
Hour = Annotated[int, Field(ge=0, le=24)]
Share = Annotated[float, Field(ge=0, le=1)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _exact(value: object) -> object:
    """Credits come as text or whole numbers: a binary fraction is not what somebody wrote."""
    if isinstance(value, float):
        raise ValueError('write credits as text, such as "0.50", or as a whole number')
    return value


class Part(BaseModel):
    """A part of a scenario file: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Credited(Part):
    """A part with amounts in credits."""

    @field_validator("reserve_price", "budget", mode="before", check_fields=False)
    @classmethod
    def _exact_credits(cls, value: object) -> object:
        return _exact(value)

    @field_validator("reserve_price", "budget", check_fields=False)
    @classmethod
    def _whole_micro_credits(cls, value: Decimal) -> Decimal:
        ucr_from_credits(value)
        return value


class OpenFrom(Part):
    """The hours of the day, UTC, and the days of the week on which experts work."""

    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    first_hour: Hour = 9
    end_hour: Hour = 17

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first_hour >= self.end_hour:
            raise ValueError("end_hour must come after first_hour")
        return self


class PoolPart(Credited):
    """A pool: ``units`` of it, sold in blocks, from ``reserve_price`` credits a unit-hour on."""

    id: Id
    name: str = ""
    unit: Literal["gpu", "expert"] = "gpu"
    units: Annotated[int, Field(ge=1, le=1_000_000)]
    block_size: Annotated[int, Field(ge=1)] = 1
    reserve_price: Annotated[Decimal, Field(ge=0)]
    speed: Annotated[float, Field(gt=0, le=100)] = 1.0
    open_hours: OpenFrom | None = None


class DemandPart(Part):
    """What a team asks for. Shares are parts of its jobs."""

    jobs_per_day: Annotated[float, Field(ge=0, le=100_000)]
    pools: dict[Id, Annotated[float, Field(gt=0)]]
    gangs: Literal["wide", "narrow"] = "narrow"
    value_median: Annotated[float, Field(gt=0)] = 2.0
    value_spread: Annotated[float, Field(ge=0, le=5)] = 1.2
    deadline_day: Day | None = None
    deadlines: Share = 0.0
    evaluates: Share = 0.08
    needs_expert: Share = 0.05
    flexible: Share = 0.5
    standing: Share = 0.6
    cancels: Share = 0.05


class TeamPart(Credited):
    """A team: its credits for all the days, what it asks for, and how it bids."""

    id: Id
    name: str = ""
    themes: tuple[str, ...] = ("work",)
    projects: tuple[str, ...] = ("work",)
    cost_centre: str = ""
    budget: Annotated[Decimal, Field(ge=0)]
    agent: str = "truthful"
    demand: DemandPart | None = None


class AwayPart(Part):
    """Units of a pool that are away for some hours: ``day`` counts from 0."""

    pool: Id
    day: Day
    hour: Hour = 0
    hours: Annotated[int, Field(ge=1, le=8784)]
    units: Annotated[int, Field(ge=1)]
    reason: str = "maintenance"

    @property
    def after(self) -> timedelta:
        """From the scenario's start."""
        return timedelta(days=self.day, hours=self.hour)

    @property
    def length(self) -> timedelta:
        """How long they are away."""
        return timedelta(hours=self.hours)


class FailingPart(Part):
    """Nodes that fail by chance: ``node_units`` units each, once in ``mtbf_hours`` of a node's
    time on average, back after ``repair_hours``; both times are exponential."""

    pool: Id
    node_units: Annotated[int, Field(ge=1)] = 8
    mtbf_hours: Annotated[float, Field(gt=0)]
    repair_hours: Annotated[float, Field(gt=0)] = 4.0


class SpotPart(Part):
    """When spot opens, and how much of each pool's time interruptible work asks for. Without
    ``checkpoint_minutes`` what is interrupted goes on where it stopped; with it, what it did since
    its last checkpoint is lost."""

    from_day: Day = 0
    offered: Annotated[float, Field(ge=0, le=10)] = 0.25
    checkpoint_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 0


class TracePart(Part):
    """Demand from a real cluster's trace, or from a demand file (``.parquet``); pools and teams
    come with it. ``file`` is counted from the scenario's folder."""

    file: str
    weeks: Annotated[int, Field(ge=1, le=520)] = 4
    load: Annotated[float, Field(gt=0, le=100)] = 1.25
    every: Annotated[int, Field(ge=1)] = 1
    skip_bad: bool = False
    whole: bool = False  # all of it, and not its busiest weeks alone


class ScenarioFile(Part):
    """A whole scenario: pools and teams that make their demand up, or a trace in their place."""

    name: Id
    title: str
    start: date = date(2026, 10, 26)
    days: Annotated[int, Field(ge=1, le=366)] = 28
    seed: Annotated[int, Field(ge=0, le=2**53)] = 1
    pools: tuple[PoolPart, ...] = ()
    teams: tuple[TeamPart, ...] = ()
    trace: TracePart | None = None
    maintenance: tuple[AwayPart, ...] = ()
    failures: tuple[FailingPart, ...] = ()
    spot: SpotPart | None = None
    economy: Literal["sprints", "constant-supply"] = "sprints"
    rules: dict[str, Any] = {}
    policies: tuple[str, ...] = ("market", "fcfs-easy", "quotas", "fair-share", "karma")

    @field_validator("start", mode="before")
    @classmethod
    def _a_day(cls, value: object) -> object:
        if isinstance(value, datetime):
            raise ValueError("start is a day, such as 2026-10-26: it begins at midnight UTC")
        return value

    @model_validator(mode="after")
    def _demand_from_one_place(self) -> Self:
        if self.trace is None and not (self.pools and self.teams):
            raise ValueError("name pools and teams, or a trace to take demand from")
        if self.trace is not None and (self.pools or self.teams):
            raise ValueError("a trace brings its own pools and teams: leave those out")
        return self
