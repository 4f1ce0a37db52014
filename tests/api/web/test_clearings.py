"""What a cycle came to is told from its published files alone."""

from dataclasses import replace

import pytest

from allocator.outcome import Award, Outcome, PaymentRule, Reason
from allocator.problem import Bid, Leg, Option, Pool, Problem
from api.web.clearings import WHY, Clearing, depths
from tests.marketplace.bazaar import CLOSE

CLEARING = Clearing(
    won=1,
    lost=(("outbid", 2),),
    surplus_ucr=1,
    bound_ucr=1,
    gap=0.0,
    paid_ucr=0,
    rule="uniform",
    proven=True,
    engine="full",
    work=1,
    seconds=0.0,
)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (0.0, "no better is possible"),
        (0.0041, "at most 0.4 % better is possible"),
        (0.0002, "at most 0.02 % better is possible"),
        (0.000001, "at most <0.01 % better is possible"),
    ],
)
def test_the_gap_is_told_as_how_much_better_it_could_be(gap: float, words: str) -> None:
    assert replace(CLEARING, gap=gap).better == words


def test_every_reason_to_lose_is_told_in_words() -> None:
    assert {one.value for one in Reason} | {"not-found", "without-room"} == set(WHY)


def test_a_bid_counts_once_in_each_pool_by_the_option_that_won_or_else_the_first() -> None:
    pools = [Pool(id_, "gpu", (8, 8), (250_000, 250_000)) for id_ in ("a100", "h100")]
    on_h100 = Option(4_000_000, 0, 0, (Leg("h100", 2, 0, 2),))
    on_a100 = Option(2_000_000, 0, 0, (Leg("a100", 2, 0, 2),))
    both = Option(8_000_000, 0, 0, (Leg("a100", 2, 0, 1), Leg("h100", 2, 0, 1)))
    bids = [Bid("b1", "t1", (on_h100, on_a100)), Bid("b2", "t2", (on_h100, on_h100, both))]
    problem = Problem.of(start=CLOSE, slot_minutes=30, slots=2, pools=pools, bids=bids)
    outcome = Outcome(
        problem_sha256="",
        payment_rule=PaymentRule.UNIFORM,
        status="optimal",
        surplus_ucr=0,
        welfare_ucr=0,
        bound_ucr=0,
        awards=(Award("b1", 1, 0, 1),),
        prices_ucr={},
        rejections=(),
        engine="",
        seed=1,
        work=1,
    )
    found = depths(problem, outcome)
    assert found["a100"].won == ((1_000_000, 2.0),)
    assert sorted(found["a100"].wanted) == [(1_000_000, 2.0), (4_000_000, 1.0)]
    assert found["h100"].wanted == ((2_000_000, 2.0),)
    assert (found["h100"].won, found["h100"].on_sale) == ((), 8.0)
    assert found["a100"].worth_ucr == 6_000_000
