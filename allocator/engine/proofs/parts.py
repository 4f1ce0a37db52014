"""Columns in parts that share nothing: the best choice of each by itself is the best of all.

A solver that is given them together takes many times as long to prove as much.
"""

from collections.abc import Sequence

from allocator.engine.lattice import Lattice
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.proofs.exact import Column, Row


def parted(
    lattice: Lattice,
    columns: Sequence[Column],
    limits: Sequence[Row],
    params: EngineParams = PARAMS,
) -> list[list[int]]:
    """The places in the list of each part's columns, the smallest part first.

    No two parts have a bid or a limit in common. Small ones are put together, up to
    ``part_columns``: each costs a solver's start.
    """
    linked = list(range(len(columns)))

    def top(place: int) -> int:
        while linked[place] != place:
            linked[place] = linked[linked[place]]
            place = linked[place]
        return place

    first: dict[int, int] = {}
    for place, column in enumerate(columns):
        bid = int(lattice.bid_of[column.option])
        linked[place] = first.setdefault(bid, place)
    for row in limits:
        one = top(row.columns[0])
        for place in row.columns[1:]:
            linked[top(place)] = one
    found: dict[int, list[int]] = {}
    for place in range(len(columns)):
        found.setdefault(top(place), []).append(place)
    parts: list[list[int]] = []
    for own in sorted(found.values(), key=lambda each: (len(each), each)):
        if parts and len(parts[-1]) + len(own) <= params.part_columns:
            parts[-1] += own
        else:
            parts.append(own)
    return parts


def limits_of(several: Sequence[Sequence[int]], limits: Sequence[Row]) -> list[list[Row]]:
    """The limits of each part, by the places in its own list: no limit is of two."""
    where = {
        place: (number, own)
        for number, each in enumerate(several)
        for own, place in enumerate(each)
    }
    found: list[list[Row]] = [[] for _ in several]
    for row in limits:
        number = where[row.columns[0]][0]
        found[number].append(row._replace(columns=[where[place][1] for place in row.columns]))
    return found
