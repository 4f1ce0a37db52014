"""Combinatorial auctions over goods that go together: ``arbitrary`` and ``regions``.

Written from the published descriptions: the Combinatorial Auction Test Suite (Leyton-Brown,
Pearson, Shoham, EC 2000) and the parameters of ecole's ``CombinatorialAuctionGenerator``
(revision 172ea1b). Our choices, where descriptions differ or are silent:

- The number of bids counts priced bundles, as CATS and ecole count; one bidder's bundles are the
  options of one bid, so a file of 500 bundles holds some 100 to 150 bids. The last bidder is cut
  short at the number asked for.
- ecole forgets the exclusive-or of a bidder with exactly two bundles. Here a bidder always gets at
  most one.
- A bundle grows with probability .9, as CATS has it; with ecole's .65 bundles hold three goods,
  and every solver finishes at once.
- Dominated bids stay in.
- ``regions``: a square grid; each good touches its four neighbours, and each diagonal one with
  probability .2. A new good is, with probability .05, any at all.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np

from tests.bench.families.wire import Document, auction

GOODS: Final = 100
SIDE: Final = 10
VALUE_LOW: Final = 1
VALUE_HIGH: Final = 100
DEVIATION: Final = 0.5  # of a bidder's own worth around the good's, as a share of VALUE_HIGH
GROWTH: Final = 0.9  # the chance that a bundle takes one more good
ADDITIVITY: Final = 0.2  # a bundle of n is worth n^(1 + this) on top
BUDGET: Final = 1.5  # a substitute's price is at most this times the first bundle's
RESALE: Final = 0.5  # and its goods' common worth at least this share
SUBSTITUTES: Final = 5
JUMP: Final = 0.05
DIAGONAL: Final = 0.2

Bundle = list[int]
Pull = Callable[[Random, Bundle, list[float]], list[float]]
"""How strongly each good draws a bundle, given the bidder's interest in each good."""


@dataclass(frozen=True, slots=True)
class _Bidder:
    interest: list[float]
    own: list[float]  # what each good is worth to this bidder

    def price(self, bundle: Bundle) -> float:
        together = math.pow(len(bundle), 1 + ADDITIVITY)
        return sum(self.own[good] for good in bundle) + together


def arbitrary(bids: int, seed: int) -> Document:
    """Any two goods may go together, each pair by a strength of its own."""
    chance = Random(f"arbitrary/{bids}/{seed}")
    ties = np.zeros((GOODS, GOODS))
    for one in range(GOODS):
        for other in range(one):
            ties[one, other] = ties[other, one] = chance.random()

    def pull(_chance: Random, bundle: Bundle, interest: list[float]) -> list[float]:
        drawn: list[float] = (ties[bundle].sum(axis=0) * interest).tolist()
        return drawn

    return _auction(chance, bids, pull)


def regions(bids: int, seed: int) -> Document:
    """Goods are fields of a map, and bundles grow into neighbouring fields."""
    chance = Random(f"regions/{bids}/{seed}")
    touching = _grid(chance)

    def pull(chance: Random, bundle: Bundle, interest: list[float]) -> list[float]:
        if chance.random() < JUMP:
            return [1.0] * GOODS
        near = {good for held in bundle for good in touching[held]}
        return [interest[good] if good in near else 0.0 for good in range(GOODS)]

    return _auction(chance, bids, pull)


def _grid(chance: Random) -> list[set[int]]:
    touching: list[set[int]] = [set() for _ in range(GOODS)]
    for good in range(GOODS):
        row, column = divmod(good, SIDE)
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            if row + down >= SIDE or not 0 <= column + right < SIDE:
                continue
            if down and right and chance.random() >= DIAGONAL:
                continue
            other = (row + down) * SIDE + column + right
            touching[good].add(other)
            touching[other].add(good)
    return touching


def _auction(chance: Random, bids: int, pull: Pull) -> Document:
    worth = [chance.uniform(VALUE_LOW, VALUE_HIGH) for _ in range(GOODS)]
    groups: list[list[tuple[float, list[str]]]] = []
    left = bids
    while left:
        group = _group(chance, worth, pull)[:left]
        if group:
            groups.append([(price, list(map(_name, goods))) for price, goods in group])
        left -= len(group)
    return auction(list(map(_name, range(GOODS))), groups)


def _name(good: int) -> str:
    return f"good-{good:03d}"


def _group(chance: Random, worth: list[float], pull: Pull) -> list[tuple[float, Bundle]]:
    """One bidder's bundle and up to five substitutes for it, the best first."""
    interest = [chance.random() for _ in range(GOODS)]
    own = [
        common + VALUE_HIGH * DEVIATION * (2 * taste - 1)
        for common, taste in zip(worth, interest, strict=True)
    ]
    bidder = _Bidder(interest, own)
    first = _bundle(chance, bidder, pull, chance.choices(range(GOODS), interest)[0], None)
    price = bidder.price(first)
    if price <= 0:
        return []
    known, others = {frozenset(first)}, []
    for start in first:
        swap = _bundle(chance, bidder, pull, start, len(first))
        fits = sum(worth[good] for good in swap) >= RESALE * sum(worth[good] for good in first)
        if frozenset(swap) in known or not fits:
            continue
        known.add(frozenset(swap))
        if 0 < bidder.price(swap) <= BUDGET * price:
            others.append((bidder.price(swap), swap))
    others.sort(reverse=True)
    return [(price, first), *others[:SUBSTITUTES]]


def _bundle(chance: Random, bidder: _Bidder, pull: Pull, start: int, size: int | None) -> Bundle:
    """Goods around ``start``: as many as ``size``, or as chance has it."""
    bundle = [start]
    while len(bundle) < GOODS:
        if len(bundle) >= size if size is not None else chance.random() >= GROWTH:
            break
        weights = pull(chance, bundle, bidder.interest)
        for held in bundle:
            weights[held] = 0.0
        if not any(weights):
            break
        bundle += chance.choices(range(GOODS), weights)
    return bundle
