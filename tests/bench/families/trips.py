"""Combinatorial auctions over time and routes, and ``l6``, the one without structure.

Written from the published descriptions of the Combinatorial Auction Test Suite (Leyton-Brown,
Pearson, Shoham, EC 2000), with its usual parameters. The number of bids counts priced bundles; the
bundles of one bidder are the options of one bid. Our choices:

- ``scheduling``: the goods are the 100 slots of one pool of capacity 1. A job's starts between two
  deadlines share a value, so they are one option with a window; each start counts as a bundle. As
  published, the family at its usual size is hardly competitive.
- ``paths``: 33 cities; a city joins its two nearest; then cheapest routes between random pairs,
  where a new road costs 1.7 times its length, are built until there are 100 roads. So few cities
  are soon joined well enough; each pair that builds nothing then brings the penalty 2 % nearer
  to 1. A shipper bids on at most its 5 shortest routes, for the cost it has without them less
  their length, × 100.
- ``matching``: 4 airports with 25 slots each; distances are those of points in the unit square,
  for the published ones are a matter of a map. No landing before a flight can arrive.
- ``l6``: sizes fall by a factor e over 5 goods, prices are uniform in [.5, 1.5] × size. A bid is
  drawn anew where another asks for no more goods at no lower price. Every bid has one option.
"""

import heapq
import math
from collections.abc import Iterator
from itertools import combinations, islice, pairwise
from random import Random
from typing import Final

from tests.bench.families.wire import Document, auction, document, leg

GOODS: Final = 100
Groups = list[list[tuple[float, list[str]]]]

LONGEST_JOB: Final = 10
LATER: Final = 0.7  # the chance of one more, later deadline
JOB_DEVIATION: Final = 0.5
JOB_ADDITIVITY: Final = 0.2

CITIES: Final = 33
NEAREST: Final = 2
BUILDING_PENALTY: Final = 1.7
SHIPPING_FACTOR: Final = 1.5
ROUTES: Final = 5

AIRPORTS: Final = 4
AIRPORT_VALUE: Final = 5.0
LONGEST_FLIGHT: Final = 10
FLIGHT_DEVIATION: Final = 0.5
EARLY_TAKEOFF: Final = 1
LATE_TAKEOFF: Final = 2
LATE_LANDING: Final = 2
DELAY_FACTOR: Final = 0.9
LATE_FACTOR: Final = 0.75

DECAY_GOODS: Final = 5
L6_PRICES: Final = (0.5, 1.5)


def scheduling(bids: int, seed: int) -> Document:
    """Jobs on one machine, worth less the later they are done."""
    chance = Random(f"scheduling/{bids}/{seed}")
    found: list[Document] = []
    left = bids
    while left:
        options = []
        for option in _job(chance):
            earliest, latest = option["earliest_start"], option["latest_start"]
            option["latest_start"] = min(latest, earliest + left - 1)
            left -= option["latest_start"] - earliest + 1
            options.append(option)
            if not left:
                break
        name = f"{len(found):05d}"
        found.append({"id": f"bid-{name}", "team": f"bidder-{name}", "options": options})
    pools: list[Document] = [{"id": "machine", "unit": "item", "capacity": 1}]
    return document(pools, found, slots=GOODS)


def _job(chance: Random) -> Iterator[Document]:
    length = chance.randint(1, LONGEST_JOB)
    first = deadline = chance.randint(length - 1, GOODS - 1)  # the last slot of the job
    factor = chance.uniform(1 - JOB_DEVIATION, 1 + JOB_DEVIATION)
    begin = 0
    while True:
        value = factor * length ** (1 + JOB_ADDITIVITY) * (first + 1) / (deadline + 1)
        yield {
            "value": round(value, 6),
            "earliest_start": begin,
            "latest_start": deadline - length + 1,
            "legs": [leg("machine", 1, length)],
        }
        if deadline == GOODS - 1 or chance.random() >= LATER:
            return
        begin, deadline = deadline - length + 2, chance.randint(deadline + 1, GOODS - 1)


Point = tuple[float, float]


def _points(chance: Random, count: int) -> list[Point]:
    return [(chance.random(), chance.random()) for _ in range(count)]


def paths(bids: int, seed: int) -> Document:
    """Shippers buy roads between two cities; any of a few routes will do."""
    chance = Random(f"paths/{bids}/{seed}")
    places = _points(chance, CITIES)
    roads = _roads(chance, places)
    names = {road: f"road-{number:03d}" for number, road in enumerate(sorted(roads))}
    groups: Groups = []
    left = bids
    while left:
        one, other = chance.sample(range(CITIES), 2)
        budget = math.dist(places[one], places[other]) * chance.uniform(1, SHIPPING_FACTOR)
        routes = islice(_routes(places, roads, one, other, budget), min(ROUTES, left))
        group = [
            (100 * (budget - length), [names[road] for road in route])
            for length, route in routes
            if budget - length > 1e-6
        ]
        left -= len(group)
        groups += [group] if group else []
    return auction(names.values(), groups)


Road = tuple[int, int]


def _roads(chance: Random, places: list[Point]) -> set[Road]:
    roads: set[Road] = set()
    for city in range(CITIES):
        near = sorted(range(CITIES), key=lambda other: math.dist(places[city], places[other]))
        roads |= {(min(city, other), max(city, other)) for other in near[1 : NEAREST + 1]}
    penalty = BUILDING_PENALTY
    while len(roads) < GOODS:
        one, other = chance.sample(range(CITIES), 2)
        fresh = [
            road for road in _cheapest(places, roads, one, other, penalty) if road not in roads
        ]
        roads.update(fresh[: GOODS - len(roads)])
        penalty = penalty if fresh else 1 + 0.98 * (penalty - 1)
    return roads


def _cheapest(
    places: list[Point], roads: set[Road], one: int, other: int, penalty: float
) -> list[Road]:
    """The roads of the cheapest way, where what is not built yet costs a penalty."""
    best, before = {one: 0.0}, {one: one}
    queue = [(0.0, one)]
    while queue:
        cost, city = heapq.heappop(queue)
        if city == other:
            break
        for near in range(CITIES):
            road = (min(city, near), max(city, near))
            factor = 1 if road in roads else penalty
            total = cost + factor * math.dist(places[city], places[near])
            if near != city and total < best.get(near, math.inf):
                best[near], before[near] = total, city
                heapq.heappush(queue, (total, near))
    way = []
    while other != one:
        way.append((min(other, before[other]), max(other, before[other])))
        other = before[other]
    return way


def _routes(
    places: list[Point], roads: set[Road], one: int, other: int, budget: float
) -> Iterator[tuple[float, list[Road]]]:
    """Every route without a circle that is shorter than ``budget``, the shortest first."""
    ends = [(math.dist(places[one], places[other]), 0.0, [one])]
    while ends:
        _, length, way = heapq.heappop(ends)
        if way[-1] == other:
            yield length, [(min(pair), max(pair)) for pair in pairwise(way)]
            continue
        for near in range(CITIES):
            if near in way or (min(way[-1], near), max(way[-1], near)) not in roads:
                continue
            further = length + math.dist(places[way[-1]], places[near])
            at_best = further + math.dist(places[near], places[other])
            if at_best < budget:
                heapq.heappush(ends, (at_best, further, [*way, near]))


def matching(bids: int, seed: int) -> Document:
    """Airlines buy a slot to take off at one airport and a slot to land at another."""
    chance = Random(f"matching/{bids}/{seed}")
    times = GOODS // AIRPORTS
    places = _points(chance, AIRPORTS)
    worth = [chance.uniform(0, AIRPORT_VALUE) for _ in range(AIRPORTS)]
    far = max(math.dist(*pair) for pair in combinations(places, 2))
    groups: Groups = []
    left = bids
    while left:
        one, other = chance.sample(range(AIRPORTS), 2)
        flight = max(round(LONGEST_FLIGHT * math.dist(places[one], places[other]) / far), 1)
        begin = chance.randrange(times - flight)
        scale = chance.uniform(1 - FLIGHT_DEVIATION, 1 + FLIGHT_DEVIATION)
        group = [
            (
                scale * (worth[one] + worth[other]) * factor,
                [f"airport-{one}-{takeoff:02d}", f"airport-{other}-{landing:02d}"],
            )
            for takeoff, landing, factor in _flights(begin, flight, times)
        ][:left]
        left -= len(group)
        groups.append(group)
    goods = [f"airport-{place}-{time:02d}" for place in range(AIRPORTS) for time in range(times)]
    return auction(goods, groups)


def _flights(begin: int, flight: int, times: int) -> Iterator[tuple[int, int, float]]:
    """(takeoff, landing, share of the value): long and late flights are worth less."""
    due = begin + flight
    for takeoff in range(max(begin - EARLY_TAKEOFF, 0), min(begin + LATE_TAKEOFF, times - 1) + 1):
        for landing in range(takeoff + flight, min(due + LATE_LANDING, times - 1) + 1):
            late, delay = max(landing - due, 0), landing - takeoff - flight
            yield takeoff, landing, DELAY_FACTOR**delay * LATE_FACTOR**late


def l6(bids: int, seed: int) -> Document:
    """Random bundles of random size at random prices."""
    chance = Random(f"l6/{bids}/{seed}")
    sizes = range(1, GOODS + 1)
    weights = [math.exp(-size / DECAY_GOODS) for size in sizes]
    found: list[tuple[float, frozenset[int]]] = []
    while len(found) < bids:
        [size] = chance.choices(sizes, weights)
        goods = frozenset(chance.sample(range(GOODS), size))
        price = size * chance.uniform(*L6_PRICES)
        if not any(held <= goods and paid >= price for paid, held in found):
            found = [pair for pair in found if not (goods <= pair[1] and price >= pair[0])]
            found.append((price, goods))
    groups: Groups = [[(price, [f"good-{good:03d}" for good in goods])] for price, goods in found]
    return auction([f"good-{good:03d}" for good in range(GOODS)], groups)
