"""Problem documents as the makers of families write them: equal draws, equal bytes."""

import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Document = dict[str, Any]
"""A ``clearing-problem/1`` document, as JSON has it."""

Maker = Callable[[int, int], Document]
"""From a number of bids and a seed to a problem."""


def document(
    pools: list[Document], bids: list[Document], *, slots: int, minutes: int = 60
) -> Document:
    """A whole problem over ``slots`` slots of ``minutes`` minutes, without budgets and caps."""
    return {
        "format": "clearing-problem/1",
        "start": "2027-01-04T00:00:00Z",
        "slot_minutes": minutes,
        "slots": slots,
        "pools": pools,
        "bids": bids,
    }


def leg(pool: str, quantity: int, duration: int) -> Document:
    """Units of one pool from the option's start on."""
    return {"pool": pool, "quantity": quantity, "duration": duration}


def auction(
    goods: Iterable[str], groups: Sequence[Sequence[tuple[float, Iterable[str]]]]
) -> Document:
    """A combinatorial auction as a problem of one slot: a good is a pool of one unit.

    Each group of ``groups`` becomes one bid; its (price, bundle) pairs are the bid's options, of
    which at most one wins.
    """
    pools = [{"id": good, "unit": "item", "capacity": 1} for good in goods]
    bids = [
        {
            "id": f"bid-{number:05d}",
            "team": f"bidder-{number:05d}",
            "options": [
                {"value": round(price, 6), "legs": [leg(good, 1, 1) for good in sorted(bundle)]}
                for price, bundle in group
            ],
        }
        for number, group in enumerate(groups)
    ]
    return document(pools, bids, slots=1)


def to_bytes(problem: Mapping[str, Any]) -> bytes:
    """The document as gzip-compressed JSON with no time inside."""
    return gzip.compress(json.dumps(problem, separators=(",", ":")).encode(), mtime=0)


def every(problem: Document, step: int) -> Document:
    """Every ``step``-th bid of ``problem``, with each capacity divided by ``step``, at least 1."""

    def less(capacity: int | list[int]) -> int | list[int]:
        if isinstance(capacity, list):
            return [max(units // step, 1) for units in capacity]
        return max(capacity // step, 1)

    pools = [pool | {"capacity": less(pool["capacity"])} for pool in problem["pools"]]
    return problem | {"pools": pools, "bids": problem["bids"][::step]}
