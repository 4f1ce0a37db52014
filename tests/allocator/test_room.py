"""Whether a bid could start anywhere, were it alone."""

from allocator.answers.room import has_room
from allocator.problem import Bid, Leg, Option
from tests.allocator.small_markets import market
from tests.allocator.test_explain import bid, pool

PROBLEM = market([pool("p", 2, 1, 2, 2), pool("q", 0, 1, 1, 1)], [])


def test_a_bid_has_room_where_one_start_has_all_its_units() -> None:
    assert has_room(PROBLEM, bid("b", 9, Leg("p", 1, 0, 4)))
    assert has_room(PROBLEM, Bid("b", "t", (Option(9, 0, 2, (Leg("p", 2, 0, 2),)),)))
    assert not has_room(PROBLEM, Bid("b", "t", (Option(9, 0, 1, (Leg("p", 2, 0, 2),)),)))
    assert not has_room(PROBLEM, bid("b", 9, Leg("p", 3, 0, 1)))


def test_any_option_will_do_and_legs_of_one_pool_count_together() -> None:
    small, large = Option(1, 0, 3, (Leg("q", 1, 0, 1),)), Option(9, 0, 3, (Leg("q", 2, 0, 1),))
    assert has_room(PROBLEM, Bid("b", "t", (large, small)))
    twice = (Leg("p", 1, 0, 1), Leg("p", 1, 0, 1), Leg("q", 1, 0, 1))
    assert has_room(PROBLEM, Bid("b", "t", (Option(9, 0, 2, twice),)))
    assert not has_room(PROBLEM, Bid("b", "t", (Option(9, 0, 1, twice),)))
