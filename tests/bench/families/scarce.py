"""Few things that many want: ``dense``, ``wide`` and ``long``; and ``loose``, where most fit.

Shapes of our own, near kinds on which general solvers are strong:

- ``dense``: bids of one slot that need 8 to 25 of 40 small pools at once. Larger bundles are worth
  a little more for each pool.
- ``wide``: bundles of about 84 of 1,500 single goods, as in the larger public instances of winner
  determination: almost any two bids collide, so that few win.
- ``long``: a handful of experts, boxes of half a day to four days, little slack.
- ``loose``: demand a little above what is on sale, with several alternatives: most bids win, and
  the last tenth of a per cent is what is left to find.
"""

import math
from random import Random
from typing import Final

from tests.bench.families.wire import Document, document, leg

TEAMS: Final = 30

DENSE_POOLS: Final = 40
DENSE_SLOTS: Final = 6
DENSE_MINUTES: Final = 240
DENSE_LEGS: Final = (8, 25)
WIDE_GOODS: Final = 1500
WIDE_LEGS: Final = (64, 104)
TOGETHER: Final = 1.2  # a bundle of n is worth n^this
SPREAD: Final = (0.65, 1.35)  # and by so much more or less

LONG_CAPACITIES: Final = (4, 3, 4)
LONG_SLOTS: Final = 336
LONG_BOX: Final = (12, 96)
LONG_SLACK: Final = 3.5  # slots, in the mean
LONG_WORTH: Final = 1.65  # of a unit and slot, in the middle
LONG_SIGMA: Final = 0.4

LOOSE_POOLS: Final = 3
LOOSE_SLOTS: Final = 72
LOOSE_GANGS: Final = {1: 0.35, 2: 0.25, 4: 0.25, 8: 0.15}
LOOSE_LOAD: Final = 1.1  # demand of the first options over what is on sale
LOOSE_SIGMA: Final = 0.6


def dense(bids: int, seed: int) -> Document:
    """Bundles of small pools, each in one slot."""
    chance = Random(f"dense/{bids}/{seed}")
    pools: list[Document] = [
        {"id": _pool(number), "unit": "gpu", "capacity": chance.randint(1, 2)}
        for number in range(DENSE_POOLS)
    ]
    found = [
        _bundle(chance, number, DENSE_POOLS, DENSE_LEGS, DENSE_SLOTS) for number in range(bids)
    ]
    return document(pools, found, slots=DENSE_SLOTS, minutes=DENSE_MINUTES)


def wide(bids: int, seed: int) -> Document:
    """Large bundles of single goods, all in one slot."""
    chance = Random(f"wide/{bids}/{seed}")
    pools: list[Document] = [
        {"id": _pool(number), "unit": "item", "capacity": 1} for number in range(WIDE_GOODS)
    ]
    return document(
        pools,
        [_bundle(chance, number, WIDE_GOODS, WIDE_LEGS, 1) for number in range(bids)],
        slots=1,
    )


def long(bids: int, seed: int) -> Document:
    """Long boxes of few units."""
    chance = Random(f"long/{bids}/{seed}")
    pools: list[Document] = [
        {"id": _pool(number), "unit": "expert", "capacity": units}
        for number, units in enumerate(LONG_CAPACITIES)
    ]
    found = []
    for number in range(bids):
        duration, units = chance.randint(*LONG_BOX), 1 if chance.random() < 0.75 else 2
        earliest = chance.randint(0, LONG_SLOTS - duration)
        slack = round(chance.expovariate(1 / LONG_SLACK))
        worth = LONG_WORTH * chance.lognormvariate(0, LONG_SIGMA)
        option = {
            "value": round(worth * units * duration, 3),
            "earliest_start": earliest,
            "latest_start": min(earliest + slack, LONG_SLOTS - duration),
            "legs": [leg(_pool(chance.randrange(len(pools))), units, duration)],
        }
        found.append(_bid(number, [option]))
    return document(pools, found, slots=LONG_SLOTS)


def loose(bids: int, seed: int) -> Document:
    """Gangs with two or three alternatives, and nearly room for all."""
    chance = Random(f"loose/{bids}/{seed}")
    sizes = list(LOOSE_GANGS)
    found, demand = [], 0
    for number in range(bids):
        [gang] = chance.choices(sizes, list(LOOSE_GANGS.values()))
        duration = min(max(round(chance.lognormvariate(math.log(6), 0.8)), 1), LOOSE_SLOTS // 3)
        demand += gang * duration
        earliest = chance.randint(0, LOOSE_SLOTS - duration)
        latest = min(earliest + chance.randint(0, 18), LOOSE_SLOTS - duration)
        worth = chance.lognormvariate(0, LOOSE_SIGMA) * gang * duration
        options = [
            {
                "value": round(worth * chance.uniform(0.85, 1.15), 3),
                "earliest_start": earliest,
                "latest_start": latest,
                "legs": [leg(_pool(pool), gang, duration)],
            }
            for pool in chance.sample(range(LOOSE_POOLS), chance.randint(2, LOOSE_POOLS))
        ]
        found.append(_bid(number, options))
    units = max(round(demand / (LOOSE_LOAD * LOOSE_SLOTS * LOOSE_POOLS)), max(sizes))
    pools: list[Document] = [
        {"id": _pool(number), "unit": "gpu", "capacity": units} for number in range(LOOSE_POOLS)
    ]
    return document(pools, found, slots=LOOSE_SLOTS)


def _bundle(chance: Random, number: int, pools: int, legs: tuple[int, int], slots: int) -> Document:
    goods = chance.sample(range(pools), chance.randint(*legs))
    slot = chance.randrange(slots)
    option = {
        "value": round(len(goods) ** TOGETHER * chance.uniform(*SPREAD), 3),
        "earliest_start": slot,
        "latest_start": slot,
        "legs": [leg(_pool(good), 1, 1) for good in sorted(goods)],
    }
    return _bid(number, [option])


def _bid(number: int, options: list[Document]) -> Document:
    return {"id": f"bid-{number:06d}", "team": f"team-{number % TEAMS:02d}", "options": options}


def _pool(number: int) -> str:
    return f"pool-{number:04d}"
