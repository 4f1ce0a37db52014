"""A scenario that is ready to be run: its demand by seed, its market rules, its agents."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from marketplace.rules import MarketRules
from pricing.units import ucr_from_credits
from sim.demand.demand import Demand
from sim.demand.failures import Failing, draw_failures
from sim.demand.files import read_demand
from sim.demand.from_trace import demand_from_trace
from sim.demand.generator import generate
from sim.demand.job import DAY
from sim.demand.organisation import (
    MaintenanceSpec,
    OpenHours,
    Organisation,
    PoolSpec,
    TeamHabits,
    TeamSpec,
)
from sim.demand.spot import generate_spot
from sim.scenarios.reading import rules_of
from sim.scenarios.shape import WEEKDAYS, PoolPart, ScenarioFile, TeamPart, TracePart

PARQUET: Final = ".parquet"
"""How the name of a demand file ends; its jobs are the same for every seed."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A setting to try policies in. ``file``: what was read; ``folder``: where it lies, from
    which the paths in it are counted."""

    file: ScenarioFile
    folder: Path

    @property
    def name(self) -> str:
        """Its id."""
        return self.file.name

    @property
    def rules(self) -> MarketRules:
        """The market's rules in it."""
        return rules_of(self.file.rules)

    @property
    def agents(self) -> Mapping[str, str]:
        """How each team bids, by the agent's name."""
        return {team.id: team.agent for team in self.file.teams}

    def organisation(self, *, start: datetime | None = None, days: int = 0) -> Organisation:
        """Its pools and teams, from ``start`` on for ``days`` where another span is asked for.

        Maintenance keeps its place in the span: in half the days it comes after half the time.
        Raises ``ValueError`` where ``start`` is no midnight in UTC.
        """
        file = self.file
        start = start or datetime.combine(file.start, time(), UTC)
        days = days or file.days
        if start.tzinfo is not UTC or start.time() != time():
            raise ValueError(f"start must be a midnight in UTC, was {start.isoformat()}")
        return Organisation(
            pools=tuple(_pool(part) for part in file.pools),
            teams=tuple(_team(part, number) for number, part in enumerate(file.teams)),
            start=start,
            days=days,
            maintenance=_maintenance(file, start, days),
        )

    def demand(self, seed: int) -> Demand:
        """All that its teams want done. The same seed gives the same demand.

        Raises ``TraceProblem``, ``DemandProblem`` and ``OSError`` where a trace is wrong.
        """
        file = self.file
        if file.trace is not None:
            return self._from_trace(file.trace, seed)
        organisation = self.organisation()
        failing = tuple(Failing(**part.model_dump()) for part in file.failures)
        failures = draw_failures(organisation, failing, seed)
        organisation = replace(organisation, failures=failures)
        spot = file.spot
        first = spot.from_day if spot else file.days
        spot_jobs = generate_spot(
            organisation, seed, first, file.days - first, offered=spot.offered if spot else 0.0
        )
        every = timedelta(minutes=spot.checkpoint_minutes if spot else 0)
        return Demand(
            name=file.name,
            organisation=organisation,
            jobs=tuple(generate(organisation, seed)),
            spot_jobs=tuple(replace(job, checkpoint=every) for job in spot_jobs),
            source=f"{file.title} (made up; seed {seed})",
        )

    def _from_trace(self, part: TracePart, seed: int) -> Demand:
        path = self.folder / part.file
        if path.suffix == PARQUET:
            return replace(read_demand(path), name=self.name)
        found = demand_from_trace(
            path,
            seed=seed,
            weeks=part.weeks,
            load=part.load,
            every=part.every,
            skip_bad=part.skip_bad,
            whole=part.whole,
        )
        return replace(found, name=self.name)


def _pool(part: PoolPart) -> PoolSpec:
    hours = part.open_hours
    return PoolSpec(
        id=part.id,
        name=part.name or part.id,
        unit=part.unit,
        units=part.units,
        block_size=part.block_size,
        reserve_ucr=ucr_from_credits(part.reserve_price),
        speed=part.speed,
        open_hours=None
        if hours is None
        else OpenHours(
            weekdays=tuple(WEEKDAYS.index(day) for day in hours.weekdays),
            first_hour=hours.first_hour,
            end_hour=hours.end_hour,
        ),
    )


def _team(part: TeamPart, number: int) -> TeamSpec:
    demand = part.demand
    habits = None
    if demand is not None:
        said = demand.model_dump(exclude={"pools"})
        habits = TeamHabits(pools=tuple(demand.pools.items()), **said)
    return TeamSpec(
        id=part.id,
        name=part.name or part.id,
        themes=part.themes,
        cost_centre=part.cost_centre or f"cc-{1010 + 10 * number}",
        budget_ucr=ucr_from_credits(part.budget),
        projects=part.projects,
        habits=habits,
    )


def _maintenance(file: ScenarioFile, start: datetime, days: int) -> tuple[MaintenanceSpec, ...]:
    return tuple(
        MaintenanceSpec(
            pool=away.pool,
            start=(began := start + away.after - (away.day - away.day * days // file.days) * DAY),
            end=began + away.length,
            quantity=away.units,
            reason=away.reason,
        )
        for away in file.maintenance
    )
