"""Starts for a search: which of the great bids go together, as the LP would have it."""

import numpy as np
import pytest

from allocator.engine import improve
from allocator.engine.bounds.dives import Dives
from allocator.engine.bounds.master import Master
from allocator.engine.effort import Effort, never
from allocator.engine.flat import flatten, price_sums
from allocator.engine.lattice import Ints, compile_problem
from allocator.problem import Bid, Budget, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, market

POOLS = 50
NOTHING = np.zeros((0, 2), dtype=np.int64)


def gang(id_: str, pool: str, quantity: int, value: int) -> Bid:
    return Bid(id_, id_, (Option(value * MICRO, 0, 0, (Leg(pool, quantity, 0, 1),)),))


def across(number: int) -> tuple[Leg, ...]:
    """A gang of two pools at once, so that each choice bears on the others."""
    quantity = 3 + number % 4
    pools = (number % POOLS, (number + 1 + number // POOLS) % POOLS)
    return tuple(Leg(f"p{each}", quantity, 0, 1) for each in pools)


ELSEWHERE = Pool("elsewhere", "gpu", (50 * POOLS,), (0,))


def crowd(number: int = 30) -> list[Bid]:
    """Small bids elsewhere, beside which the gangs are great."""
    return [gang(f"small-{n}", "elsewhere", 1, 1) for n in range(number)]


def two_pools(bids: list[Bid], *, budgets: list[Budget] | None = None) -> Problem:
    pools = [Pool("h100", "gpu", (10,), (0,)), ELSEWHERE]
    return market(pools, bids, budgets=budgets)


class Dived:
    """Dives into the LP over all columns of a problem."""

    def __init__(self, problem: Problem, settled: Ints = NOTHING) -> None:
        self.problem = problem
        self.lattice = compile_problem(problem, 0)
        self.flat = flatten(self.lattice)
        self.master = Master(self.lattice, self.flat)
        columns = self.lattice.columns(0, self.lattice.options)
        self.master.enter(np.stack([columns.option, columns.start], axis=1))
        self.master.set_room(self.lattice.capacity)
        self.dives = Dives(self.flat, self.master, settled)

    def start(self, seed: int, work: int = 10**6) -> Ints | None:
        return self.dives.start(seed, Effort(work, never))

    def taken(self) -> set[str]:
        """Whose great bids the LP takes, as last solved."""
        options = self.master.columns()[self.master.shares() > 0.5, 0]
        won = {self.lattice.problem.bids[bid].id for bid in self.lattice.bid_of[options].tolist()}
        return {each for each in won if not each.startswith("small")}

    def winners(self, start: Ints) -> set[str]:
        """Whose great bids are awarded when the room is filled from this start."""
        reserve = self.lattice.reserve_ucr.astype(np.float64)
        guide = improve.guide_of(self.flat, price_sums(self.flat, self.lattice, reserve))
        award = improve.filled(self.flat, guide, start).award
        bids = self.lattice.problem.bids
        won = {bids[bid].id for bid in np.flatnonzero(award[:, 0] >= 0).tolist()}
        return {each for each in won if not each.startswith("small")}


def by_share(dived: Dived) -> Ints:
    """The LP's plan, the greatest shares first: a start without a dive."""
    dived.master.solve(Effort(10**6, never))
    return dived.master.columns()[np.argsort(-dived.master.shares(), kind="stable")]


def test_a_pair_that_fits_together_goes_before_one_that_is_denser_alone() -> None:
    gangs = [gang("dense", "h100", 6, 66), gang("b", "h100", 5, 50), gang("c", "h100", 5, 50)]
    dived = Dived(two_pools([*gangs, *crowd()]))
    assert dived.winners(by_share(dived)) == {"dense"}  # 66 of 100
    start = dived.start(1)
    assert start is not None
    assert dived.winners(start) == {"b", "c"}


def test_room_is_not_kept_for_who_cannot_pay() -> None:
    gangs = [gang("dense", "h100", 6, 66), gang("b", "h100", 5, 50)]
    poor = Dived(two_pools([*gangs, *crowd()], budgets=[Budget("b", 0)]))
    start = poor.start(1)
    assert start is not None
    assert poor.taken() == {"dense"}


def gangs_across() -> Problem:
    pools = [Pool(f"p{n}", "gpu", (10,), (0,)) for n in range(POOLS)]
    gangs = [
        Bid(f"g{n}", f"g{n}", (Option(40 * MICRO + n * n * 7919 % (7 * MICRO), 0, 0, across(n)),))
        for n in range(4 * POOLS)
    ]
    return market([*pools, ELSEWHERE], [*gangs, *crowd(50 * POOLS)])


def test_a_dive_ends_when_no_great_bid_is_taken_in_part() -> None:
    """What it takes then fits together: filling the room from it awards just that."""
    dived = Dived(gangs_across())
    by_share(dived)
    shares = dived.master.shares()
    assert ((shares > 0.01) & (shares < 0.99)).sum() > 20  # so several are taken at once
    start = dived.start(1)
    assert start is not None
    shares = dived.master.shares()
    assert ((shares < 0.01) | (shares > 0.99)).all()
    assert dived.winners(start) >= dived.taken()


def test_equal_seeds_dive_alike_and_others_elsewhere() -> None:
    """Each dive begins with every column open again, whatever the one before took."""
    dived = Dived(gangs_across())
    starts = [dived.start(seed) for seed in (1, 2, 3, 4, 5, 1)]
    found = [each for each in starts if each is not None]
    assert len(found) == len(starts)
    assert np.array_equal(found[0], found[-1])
    assert len({each.tobytes() for each in found}) > 1


@pytest.mark.parametrize("work", [0, 1])
def test_a_dive_that_may_not_end_gives_nothing(work: int) -> None:
    gangs = [gang("dense", "h100", 6, 66), gang("b", "h100", 5, 50), gang("c", "h100", 5, 50)]
    assert Dived(two_pools([*gangs, *crowd()])).start(1, work) is None


def test_what_was_settled_keeps_its_place() -> None:
    gangs = [gang("kept", "h100", 6, 6), gang("b", "h100", 5, 50), gang("c", "h100", 4, 36)]
    problem = two_pools([*gangs, *crowd()])
    place = [bid.id for bid in compile_problem(problem, 0).problem.bids].index("kept")
    option = int(compile_problem(problem, 0).bid_first[place])
    dived = Dived(problem, np.array([[option, 0]]))
    used = np.array([[6 * (pool.id == "h100")] for pool in dived.lattice.problem.pools])
    dived.master.set_room(dived.lattice.capacity - used)
    start = dived.start(1)
    assert start is not None
    assert dived.winners(start) == {"kept", "c"}
