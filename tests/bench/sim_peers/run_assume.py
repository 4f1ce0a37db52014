"""ASSUME's pay-as-clear market, hour by hour: run by ASSUME's own environment as ``python
run_assume.py HOURS UNITS FOLDER``; prints how many rows of orders it wrote, and how long it took.

Half of the units are power plants and half are demand, each of an operator of its own, and each
bids in every opening by the naive strategy: one order in one market opening is a row.
"""

import csv
import json
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

HOUR = timedelta(hours=1)
MARKET = "EOM"


def rows_of(table: Path) -> int:
    """Rows of a CSV file, its header not counted."""
    with table.open(encoding="utf-8", newline="") as lines:
        return max(sum(1 for _ in csv.reader(lines)) - 1, 0)


def simulated(hours: int, units: int, folder: Path) -> dict[str, float]:
    """From the empty world to the last table that ASSUME writes."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)  # it opens a log where it is imported
    import assume.common.fast_pandas
    import assume.common.forecaster
    import assume.common.market_objects

    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    world = assume.World(export_csv_path=".", log_level="ERROR")
    start = datetime(2026, 11, 2)  # noqa: DTZ001 - as ASSUME's own examples have it
    end = start + hours * HOUR
    world.setup(start=start, end=end, simulation_id="bench", save_frequency_hours=48)
    _open(world, start, end)
    index = assume.common.fast_pandas.FastIndex(start, end + 2 * HOUR, freq="h")
    for number in range(units):
        _add(world, number, index)
    world.run()
    return {
        "count": rows_of(Path("bench") / "market_orders.csv"),
        "wall_s": time.perf_counter() - began_s,
        "cpu_s": time.process_time() - began_cpu_s,
    }


def _open(world: Any, start: datetime, end: datetime) -> None:
    from assume.common.market_objects import MarketConfig, MarketProduct
    from dateutil import rrule

    world.add_market_operator("operator")
    config = MarketConfig(
        market_id=MARKET,
        opening_hours=rrule.rrule(rrule.HOURLY, dtstart=start, until=end - HOUR, cache=True),
        opening_duration=HOUR,
        market_mechanism="pay_as_clear",
        market_products=[MarketProduct(HOUR, 1, HOUR)],
    )
    world.add_market("operator", config)


def _add(world: Any, number: int, index: Any) -> None:
    from assume.common.forecaster import DemandForecaster, PowerplantForecaster

    owner = f"operator-{number}"
    world.add_unit_operator(owner)
    if number % 2:
        params: dict[str, Any] = {"min_power": 0, "max_power": -1000, "technology": "demand"}
        params["bidding_strategies"] = {MARKET: "demand_energy_naive"}
        forecast = DemandForecaster(index, demand=-100 - number)
        world.add_unit(f"demand-{number}", "demand", owner, params, forecast)
        return
    params = {"min_power": 0, "max_power": 100 + number, "technology": "nuclear"}
    params |= {"fuel_type": "uranium", "additional_cost": 1 + number}
    params["bidding_strategies"] = {MARKET: "powerplant_energy_naive"}
    forecast = PowerplantForecaster(index, fuel_prices={"uranium": 5, "co2": 1})
    world.add_unit(f"plant-{number}", "power_plant", owner, params, forecast)


if __name__ == "__main__":
    said = simulated(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.write(json.dumps(said) + "\n")
