"""Our simulator on a crowd: ``python -m tests.bench.sim_peers.ours ORDERS UNITS`` lives through a
day of 40 teams in cycles of 15 minutes, and prints what it counted and how long it took."""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from typing import Final

import sqlalchemy as sa

from api.compiled import place_cache
from marketplace.store.engine import Store
from marketplace.store.tables import EntryRow
from sim.demand.demand import Demand
from sim.engine.course import Course
from sim.engine.garbage import only_the_young
from sim.engine.market import live
from sim.engine.world import World
from tests.sim import crowds

TEAMS: Final = 40
HOURS: Final = 24
RULES: Final = replace(crowds.HOURLY, cycle_minutes=15, lead_minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """``bids``: order rows, which is orders that stood as a bid in a book that was cleared; one in
    two books counts twice."""

    bids: int


def demand(orders: int, units: int) -> Demand:
    """A day in which so many are asked for of a pool of so many units."""
    return crowds.crowd(TEAMS, orders // HOURS, HOURS, units=units)


def lived(what: Demand) -> World:
    """The market policy's own way through it, in memory."""
    with only_the_young():
        return live(what.organisation, what.jobs, (), RULES, 1, crowds.quiet, course=Course())


def counted(store: Store) -> Counted:
    """From the frozen books of all cycles."""
    entry = EntryRow.__table__  # type: ignore[attr-defined]
    rows = sa.select(sa.func.count()).where(sa.cast(entry.c.options, sa.String) != "[]")
    with store.read() as tx:
        return Counted(bids=tx.execute(rows).scalar_one())


def main() -> None:
    asked = argparse.ArgumentParser(prog="tests.bench.sim_peers.ours")
    asked.add_argument("orders", type=int)
    asked.add_argument("units", type=int)
    given = asked.parse_args()
    place_cache()
    what = demand(given.orders, given.units)
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    world = lived(what)
    said = {
        "count": len(what.jobs),
        "wall_s": time.perf_counter() - began_s,
        "cpu_s": time.process_time() - began_cpu_s,
    }
    sys.stdout.write(json.dumps(said | asdict(counted(world.store))) + "\n")


if __name__ == "__main__":
    main()
