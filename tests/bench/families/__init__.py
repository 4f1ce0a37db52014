"""Seeded families of clearing problems, of our own making.

block: gangs in fixed blocks of time on four GPU types, every start an option
bundles: combinatorial auctions over goods that go together: arbitrary, regions
cluster: made-up organisations on GPU clusters: week, sprint, rush
scarce: few things that many want: dense, wide, long; and loose, where most fit
trips: combinatorial auctions over time and routes: scheduling, paths, matching; and l6
wire: problem documents and their bytes
"""

from typing import Final

from tests.bench.families import block, bundles, cluster, scarce, trips
from tests.bench.families.wire import Maker

FAMILIES: Final[dict[str, Maker]] = {
    "week": cluster.maker("week", cluster.WEEK),
    "sprint": cluster.maker("sprint", cluster.SPRINT),
    "rush": cluster.maker("rush", cluster.RUSH),
    "block": block.make,
    "arbitrary": bundles.arbitrary,
    "regions": bundles.regions,
    "scheduling": trips.scheduling,
    "paths": trips.paths,
    "matching": trips.matching,
    "l6": trips.l6,
    "dense": scarce.dense,
    "wide": scarce.wide,
    "long": scarce.long,
    "loose": scarce.loose,
}
"""Every family's maker, by name."""
