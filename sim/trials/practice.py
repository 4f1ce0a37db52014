"""A practice market: some days of the quiet research group, lived on a market, whose own history is
then a scenario to be lived through again."""

from datetime import timedelta
from pathlib import Path

from sim.demand.files import write_demand
from sim.demand.history import demand_from_market
from sim.engine.market import live
from sim.scenarios.scenario import Scenario
from sim.scenarios.shape import ScenarioFile, TracePart
from sim.scenarios.shipped import scenario
from sim.trials.sweep import quiet

NAME = "quiet-research"
FILE = "history.parquet"


def shortened(there: Scenario, days: int) -> Scenario:
    """The scenario's first days alone: for who wants an answer soon. Spot and maintenance keep
    their place in the span."""
    file = there.file
    if days >= file.days:
        return there
    spot = file.spot
    if spot is not None:
        spot = spot.model_copy(update={"from_day": spot.from_day * days // file.days})
    moved = tuple(
        away.model_copy(update={"day": away.day * days // file.days}) for away in file.maintenance
    )
    shorter = file.model_copy(update={"days": days, "spot": spot, "maintenance": moved})
    return Scenario(shorter, there.folder)


def practice(folder: Path, days: int, seed: int = 1) -> Scenario:
    """Let a market live for some days, and put what was asked for on it into ``folder``."""
    there = shortened(scenario(NAME), days)
    demand = there.demand(seed)
    world = live(demand.organisation, demand.jobs, (), there.rules, seed, quiet)
    start = demand.organisation.start
    try:
        history = demand_from_market(world.store, start, start + timedelta(days=days))
    finally:
        world.store.close()
    write_demand(history, folder / FILE)
    file = ScenarioFile(
        name="practice",
        title="A market's own past",
        trace=TracePart(file=FILE),
        rules=dict(there.file.rules),
    )
    return Scenario(file, folder)
