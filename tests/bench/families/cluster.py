"""Made-up organisations on GPU clusters: an ordinary week, a month of long blocks, a deadline.

What the shapes rest on:

- Most jobs ask few GPUs and few wide gangs hold most of the GPU-time: the median job of Seren,
  Kalos, Philly and Helios asks 1 GPU, the widest 128 to 2,048 (AcmeTrace,
  ``data/cluster_summary.csv``).
- Durations are lognormal with a long tail; over 83,152 Philly jobs sigma of ln seconds is 2.18
  (``alibaba/clusterdata``). Work that is booked ahead varies less: here .62 to 1.25, with medians
  of 5 slots (week), 7 (rush) and 24 (sprint), and a longest time-box.
- The worth of an hour is lognormal, about proportional to the model's usual price; alternatives
  on other models differ by some 12 % from that proportion.

The weights, the windows and the load (demand of the first options over what is on sale) are our
calibration, near what the organisations' files for comparing engines show.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.bench.families.wire import Document, Maker, document, leg

RESERVES: Final = {
    "h100": 0.16,
    "a100": 0.08,
    "h200": 0.2,
    "b200": 0.3,
    "l40s": 0.04,
    "mi325": 0.13,
    "v100": 0.02,
    "gh200": 0.17,
}
"""Models, in the order in which the families take them, and their floor in credits per GPU-hour."""

WORTH_OVER_RESERVE: Final = 10.6  # the median bid's value over its reserve cost
WORTH_SIGMA: Final = 0.5  # of ln worth within a team
TEAM_SIGMA: Final = 0.25  # of ln worth between teams
TASTE_SIGMA: Final = 0.12  # of ln worth between alternatives of one bid
ALTERNATIVES: Final = ((1, 2, 3), (0.42, 0.46, 0.12))
BLOCK: Final = 8  # capacities are whole machines of eight GPUs

Window = Callable[[Random, int, int], tuple[int, int]]
"""From chance, a duration and the number of slots to the earliest and the latest start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What makes one family: its grid, its gangs, its durations and its windows."""

    pools: int
    slots: int
    minutes: int
    load: float
    gangs: dict[int, float]
    median_slots: float
    sigma: float
    longest_slots: int
    window: Window


def _week_window(chance: Random, duration: int, slots: int) -> tuple[int, int]:
    """Any time of the week; three in ten are rigid, the others wait for some half a day."""
    earliest = chance.randint(0, slots - duration)
    slack = 0 if chance.random() < 0.3 else round(chance.expovariate(1 / 13.5))
    return earliest, min(earliest + slack, slots - duration)


def _rush_window(chance: Random, duration: int, slots: int) -> tuple[int, int]:
    """Done by the deadline at the horizon's end, or a day before it at most."""
    done = round(min(slots, max(duration, chance.gauss(slots - 10, 13.5))))
    slack = round(chance.gammavariate(2, 7))
    return max(done - duration - slack, 0), done - duration


def _sprint_window(chance: Random, duration: int, slots: int) -> tuple[int, int]:
    """Any time of the four weeks; slack grows with the length of the block."""
    earliest = chance.randint(0, slots - duration)
    slack = round(duration * chance.lognormvariate(math.log(0.45), 1.1))
    return earliest, min(earliest + slack, slots - duration)


WEEK: Final = Shape(
    pools=8,
    slots=168,
    minutes=60,
    load=1.5,
    gangs={1: 0.42, 2: 0.12, 4: 0.13, 8: 0.2, 16: 0.06, 32: 0.04, 64: 0.02, 128: 0.01},
    median_slots=5,
    sigma=1.25,
    longest_slots=96,
    window=_week_window,
)
SPRINT: Final = Shape(
    pools=5,
    slots=168,
    minutes=240,
    load=1.8,
    gangs={8: 0.35, 16: 0.24, 32: 0.18, 64: 0.13, 128: 0.07, 256: 0.03},
    median_slots=24,
    sigma=0.62,
    longest_slots=84,
    window=_sprint_window,
)
RUSH: Final = Shape(
    pools=4,
    slots=96,
    minutes=60,
    load=1.3,
    gangs={1: 0.2, 2: 0.1, 4: 0.2, 8: 0.3, 16: 0.1, 32: 0.06, 64: 0.04},
    median_slots=7,
    sigma=0.97,
    longest_slots=60,
    window=_rush_window,
)


def maker(name: str, shape: Shape) -> Maker:
    """The family's maker: chance is drawn from its name, the number of bids and the seed."""

    def make(bids: int, seed: int) -> Document:
        chance = Random(f"{name}/{bids}/{seed}")
        models = list(RESERVES)[: shape.pools]
        popular = [chance.lognormvariate(0, 0.8) for _ in models]
        teams = max(min(bids // 25, 60), 1)
        moods = [chance.gauss(0, TEAM_SIGMA) for _ in range(teams)]
        found = [_bid(chance, shape, number, models, popular, moods) for number in range(bids)]
        pools = [_pool(chance, shape, model, found) for model in models]
        return document(pools, found, slots=shape.slots, minutes=shape.minutes)

    return make


def _bid(
    chance: Random,
    shape: Shape,
    number: int,
    models: list[str],
    popular: list[float],
    moods: list[float],
) -> Document:
    [gang] = chance.choices(list(shape.gangs), list(shape.gangs.values()))
    length = chance.lognormvariate(math.log(shape.median_slots), shape.sigma)
    duration = min(max(round(length), 1), shape.longest_slots)
    earliest, latest = shape.window(chance, duration, shape.slots)
    team = chance.randrange(len(moods))
    worth = WORTH_OVER_RESERVE * chance.lognormvariate(moods[team], WORTH_SIGMA)
    hours = gang * duration * shape.minutes / 60
    options = []
    for model in _some_models(chance, models, popular):
        value = worth * RESERVES[model] * hours * chance.lognormvariate(0, TASTE_SIGMA)
        options.append(
            {
                "value": max(round(value, 3), 0.001),
                "earliest_start": earliest,
                "latest_start": latest,
                "legs": [leg(f"{model}-main", gang, duration)],
            }
        )
    return {"id": f"bid-{number:06d}", "team": f"team-{team:02d}", "options": options}


def _some_models(chance: Random, models: list[str], popular: list[float]) -> list[str]:
    """One to three models, all different, the popular ones sooner."""
    [count] = chance.choices(*ALTERNATIVES)
    chosen: list[str] = []
    while len(chosen) < count:
        [model] = chance.choices(models, popular)
        if model not in chosen:
            chosen.append(model)
    return chosen


def _pool(chance: Random, shape: Shape, model: str, bids: list[Document]) -> Document:
    """Room for the demand of the first options over the load, and for the widest gang at least.

    Half the pools have a quarter of their machines in maintenance for a twelfth of the horizon.
    """
    name = f"{model}-main"
    firsts = [bid["options"][0]["legs"][0] for bid in bids]
    demand = sum(part["quantity"] * part["duration"] for part in firsts if part["pool"] == name)
    wanted = demand / (shape.slots * shape.load)
    units = max(BLOCK * round(wanted / BLOCK), max(shape.gangs))
    capacity: int | list[int] = units
    if chance.random() < 0.5:
        long = shape.slots // 12
        begin = chance.randrange(shape.slots - long)
        less = BLOCK * (units * 3 // 4 // BLOCK)
        capacity = [less if begin <= slot < begin + long else units for slot in range(shape.slots)]
    return {"id": name, "unit": "gpu", "capacity": capacity, "reserve_price": RESERVES[model]}
