"""What a bid missed that no start had room for: counted against what was on sale."""

from allocator.answers.explain import Obstacle
from allocator.answers.roomless import explain_roomless
from allocator.problem import Bid, Leg, Option
from tests.allocator.small_markets import MICRO, market
from tests.allocator.test_explain import bid, cleared, pool

PROBLEM = market([pool("p", 2, 1, 0, 2), pool("q", 4, 0, 1, 4)], [bid("won", 9, Leg("p", 1, 0, 1))])


def test_the_nearest_start_is_the_one_that_misses_the_fewest_units() -> None:
    asked = Bid("b", "t", (Option(9 * MICRO, 0, 2, (Leg("p", 2, 0, 2),)),))
    seen = explain_roomless(PROBLEM, cleared(PROBLEM), asked)
    assert (seen.best.option, seen.best.start, seen.award, seen.reason) == (0, 0, None, None)
    assert seen.obstacles == (Obstacle("capacity", "p", 1, 2, 1),)
    assert (seen.holders, seen.shortfall_ucr) == ((), 0)


def test_each_stretch_of_each_pool_tells_its_units_and_the_better_option_counts() -> None:
    gang = Option(9 * MICRO, 0, 0, (Leg("p", 2, 0, 3), Leg("q", 1, 1, 2)))
    seen = explain_roomless(PROBLEM, cleared(PROBLEM), Bid("b", "t", (gang, gang)))
    assert seen.best.option == 0
    assert seen.obstacles == (
        Obstacle("capacity", "p", 1, 2, 1),
        Obstacle("capacity", "p", 2, 3, 2),
        Obstacle("capacity", "q", 1, 2, 1),
    )
    small = Option(MICRO, 1, 1, (Leg("q", 1, 0, 1),))
    seen = explain_roomless(PROBLEM, cleared(PROBLEM), Bid("b", "t", (gang, small)))
    assert (seen.best.option, seen.obstacles) == (1, (Obstacle("capacity", "q", 1, 2, 1),))


def test_only_places_that_are_free_are_named_elsewhere() -> None:
    asked = bid("b", 9, Leg("q", 1, 0, 1), window=(1, 1))
    seen = explain_roomless(PROBLEM, cleared(PROBLEM), asked)
    assert all(one.free for one in seen.elsewhere)
