"""Clearings worked by hand, with the arithmetic beside them. Amounts in credits."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from allocator.audit.promises import violations
from allocator.clearing import clear
from allocator.engine.greedy import fill, ordered
from allocator.engine.lattice import compile_problem
from allocator.engine.packing import Gains, Packing
from allocator.outcome import ClearingRules, Outcome, Reason
from allocator.problem import Bid, Leg, Option, Pool, Problem
from pricing.units import credits_from_ucr, ucr_from_credits

RULES = ClearingRules(work=50_000)


def pool(name: str, *capacity: int, reserve: str = "0") -> Pool:
    return Pool(name, "gpu", capacity, (ucr_from_credits(reserve),) * len(capacity))


def want(value: str, low: int, high: int, *legs: Leg) -> Option:
    return Option(ucr_from_credits(value), low, high, legs)


def bid(name: str, *options: Option) -> Bid:
    return Bid(name, f"team-{name}", options)


@dataclass(frozen=True)
class Cleared:
    """An outcome, read in credits."""

    outcome: Outcome

    @property
    def awards(self) -> dict[str, tuple[int, int, str]]:
        """Per winner: option, start and payment."""
        return {
            award.bid: (award.option, award.start, str(credits_from_ucr(award.payment_ucr)))
            for award in self.outcome.awards
        }

    @property
    def surplus(self) -> Decimal:
        return credits_from_ucr(self.outcome.surplus_ucr)

    @property
    def bound(self) -> Decimal:
        return credits_from_ucr(self.outcome.bound_ucr)

    def prices(self, name: str) -> list[str]:
        return [str(credits_from_ucr(price)) for price in self.outcome.prices_ucr[name]]

    @property
    def reasons(self) -> dict[str, tuple[Reason, str]]:
        return {
            each.bid: (each.reason, str(credits_from_ucr(each.shortfall_ucr)))
            for each in self.outcome.rejections
        }


def problem_of(pools: list[Pool], bids: list[Bid], slot_minutes: int = 60) -> Problem:
    return Problem.of(
        start=datetime(2026, 11, 23, tzinfo=UTC),
        slot_minutes=slot_minutes,
        slots=len(pools[0].capacity),
        pools=pools,
        bids=bids,
    )


def cleared(pools: list[Pool], *bids: Bid, seed: int = 1, slot_minutes: int = 60) -> Cleared:
    problem = problem_of(pools, list(bids), slot_minutes)
    outcome = clear(problem, ClearingRules(work=50_000, seed=seed))
    assert violations(problem, outcome) == []
    assert outcome.status == "optimal"
    return Cleared(outcome)


def test_the_mirage_sandwich_does_not_block_the_large_bid() -> None:
    """Ng et al., P2PECON 2005, the auction sandwich: a dense bid of 40 nodes and two fillers of
    5 and 1 credits take the place of 97 nodes worth 1590 credits. Sizes chosen here to match the
    quoted densities: 97 nodes × 32 slots × 10 h = 31,040 node-hours, 1590 / 31,040 = 0.0512;
    40 nodes × 10 h at 0.813 = 325.2. Together the sandwich is worth 331.2."""
    large = bid("large", want("1590", 0, 0, Leg("n", 97, 0, 32)))
    dense = bid("dense", want("325.2", 0, 0, Leg("n", 40, 0, 1)))
    fillers = [
        bid("filler-1", want("5", 0, 0, Leg("n", 57, 0, 1))),
        bid("filler-2", want("1", 1, 1, Leg("n", 57, 0, 1))),
    ]
    nodes = [pool("n", *[97] * 32)]
    result = cleared(nodes, large, dense, *fillers, slot_minutes=600)
    assert list(result.awards) == ["large"]
    assert result.surplus == 1590

    lattice = compile_problem(problem_of(nodes, [large, dense, *fillers], 600), seed=1)
    rows = lattice.leg_rows
    density = lattice.value / (rows[:, 2] * rows[:, 4])
    packing = Packing(lattice)
    gains = Gains(lattice, lattice.reserve_ucr.astype(np.float64))
    fill(packing, ordered(lattice, density).tolist(), gains)
    assert packing.surplus == ucr_from_credits("331.2"), "by density alone the attack works"


def test_the_price_is_the_best_losing_offer_and_all_winners_pay_it() -> None:
    """Two units; 10, 8 and 6 for one each. At 6 two units are sold and nobody misses anything:
    (10 − 6) + (8 − 6) + 2·6 = 18 = surplus. Any price from 6 to 8 proves it; 6 is the buyers'."""
    one = Leg("p", 1, 0, 1)
    result = cleared(
        [pool("p", 2)],
        bid("a", want("10", 0, 0, one)),
        bid("b", want("8", 0, 0, one)),
        bid("c", want("6", 0, 0, one)),
    )
    assert result.awards == {"a": (0, 0, "6"), "b": (0, 0, "6")}
    assert result.prices("p") == ["6"]
    assert result.reasons == {"c": (Reason.OUTBID, "0")}
    assert result.surplus == result.bound == 18


def test_a_bid_above_its_price_may_still_find_no_place() -> None:
    """Three units. x: 10 for 2; y: 14 for 3. y wins (14 > 10). Lines: the LP takes x whole and a
    third of y, so a unit is worth 14/3 = 4.666667 (rounded up: at 4.666666 the bound is dearer).
    x would have gained 10 − 9.333334 = 0.666666 and is unfit; y's price 14.000001 is above its
    bid, so it pays 14. Bound 0.666666 + 3·4.666667 = 14.666667."""
    result = cleared(
        [pool("p", 3)],
        bid("x", want("10", 0, 0, Leg("p", 2, 0, 1))),
        bid("y", want("14", 0, 0, Leg("p", 3, 0, 1))),
    )
    assert result.awards == {"y": (0, 0, "14")}
    assert result.outcome.awards[0].capped
    assert result.prices("p") == ["4.666667"]
    assert result.reasons == {"x": (Reason.UNFIT, "0")}
    assert (str(result.surplus), str(result.bound)) == ("14", "14.666667")


def test_a_winner_whose_bid_is_below_the_price_pays_its_bid() -> None:
    """Three units. a: 10 for 2; b: 9 for 2; c: 3 for 1. a + c = 13 beats b + c = 12. The LP puts
    half of b beside a: price 9/2 = 4.5. a pays 9; c pays 3 and not 4.5; b's best is 9 − 9 = 0.
    Bound (10 − 9) + 3·4.5 = 14.5; what is lost, 1.5, is c's 3 − 4.5."""
    result = cleared(
        [pool("p", 3)],
        bid("a", want("10", 0, 0, Leg("p", 2, 0, 1))),
        bid("b", want("9", 0, 0, Leg("p", 2, 0, 1))),
        bid("c", want("3", 0, 0, Leg("p", 1, 0, 1))),
    )
    assert result.awards == {"a": (0, 0, "9"), "c": (0, 0, "3")}
    assert [award.capped for award in result.outcome.awards] == [False, True]
    assert result.reasons == {"b": (Reason.OUTBID, "0")}
    assert str(result.bound) == "14.5"


def test_of_two_alternatives_the_one_that_leaves_room_is_taken() -> None:
    """One unit of each pool. a: 10 on p or 9 on q; b: 8 on p only. a on q and b on p make 17;
    a on p alone makes 10. Prices: p must be dearer than q by 1 for a to prefer q, q is 0: then
    a has 9 − 0 and b has 8 − 1: 9 + 7 + 1 = 17, and 1 is the least price of p."""
    result = cleared(
        [pool("p", 1), pool("q", 1)],
        bid("a", want("10", 0, 0, Leg("p", 1, 0, 1)), want("9", 0, 0, Leg("q", 1, 0, 1))),
        bid("b", want("8", 0, 0, Leg("p", 1, 0, 1))),
    )
    assert result.awards == {"a": (1, 0, "0"), "b": (0, 0, "1")}
    assert (result.prices("p"), result.prices("q")) == (["1"], ["0"])
    assert result.surplus == result.bound == 17


def test_a_sequence_is_taken_whole_or_not_at_all() -> None:
    """Train two slots on g, then evaluate one slot on e: 12. Its only start with e free is 1: a
    rival pays 5 for e in slot 2, so start 0 (e in slot 2) would cost 5 more than start 1."""
    train = [Leg("g", 1, 0, 2), Leg("e", 1, 2, 1)]
    result = cleared(
        [pool("e", 0, 0, 1, 1), pool("g", 1, 1, 1, 1)],
        bid("chain", want("12", 0, 1, *train)),
        bid("rival", want("5", 2, 2, Leg("e", 1, 0, 1))),
    )
    assert result.awards == {"chain": (0, 1, "0"), "rival": (0, 2, "0")}
    assert result.surplus == result.bound == 17


def test_where_capacity_steps_down_the_narrow_slot_carries_the_price() -> None:
    """Two units, then one. Two bids for both slots, 10 and 7: the second slot holds one of them.
    Price 7 there and 0 before: (10 − 7) + 0 + 7 = 10 = surplus. (7, 0) would prove 3 + 2·7 = 17."""
    both = Leg("p", 1, 0, 2)
    result = cleared(
        [pool("p", 2, 1)],
        bid("a", want("10", 0, 0, both)),
        bid("b", want("7", 0, 0, both)),
    )
    assert result.awards == {"a": (0, 0, "7")}
    assert result.prices("p") == ["0", "7"]
    assert result.reasons == {"b": (Reason.OUTBID, "0")}
    assert result.surplus == result.bound == 10


def test_no_unit_is_sold_below_its_reserve_price() -> None:
    """Reserve 2 a unit-hour, half-hour slots: 4 units for 3 slots cost 4·3·2·½ = 12. The bid of 15
    pays 12 and its surplus is 3; the bid of 11 lacks 1. Nothing is scarce: the price is 2."""
    block = Leg("p", 4, 0, 3)
    result = cleared(
        [pool("p", 9, 9, 9, reserve="2")],
        bid("fair", want("15", 0, 0, block)),
        bid("low", want("11", 0, 0, block)),
        slot_minutes=30,
    )
    assert result.awards == {"fair": (0, 0, "12")}
    assert result.reasons == {"low": (Reason.BELOW_RESERVE, "1")}
    assert result.prices("p") == ["2", "2", "2"]
    assert result.surplus == result.bound == 3


def test_a_tie_goes_to_the_smaller_hash_and_not_to_the_name() -> None:
    """SHA-256 of "seed/id" begins bf1d… for 1/a, daa2… for 1/b, 8c70… for 3/a, 2752… for 3/b."""
    one = want("5", 0, 0, Leg("p", 1, 0, 1))
    for seed, winner in ((1, "a"), (3, "b")):
        result = cleared([pool("p", 1)], bid("a", one), bid("b", one), seed=seed)
        assert result.awards == {winner: (0, 0, "5")}


def test_among_equal_prices_the_earlier_slot_is_the_cheaper() -> None:
    """One unit in each of two slots; two bids of 6 for both slots. All prices with sum 6 lose
    nothing and weigh the same: lexicographically least is (0, 6)."""
    both = want("6", 0, 0, Leg("p", 1, 0, 2))
    result = cleared([pool("p", 1, 1)], bid("a", both), bid("b", both))
    assert result.prices("p") == ["0", "6"]
    assert result.surplus == result.bound == 6


def test_a_flexible_bid_goes_where_it_is_cheap() -> None:
    """One unit, three slots. f: 9 for one slot anywhere; x: 5 in slot 0; y: 4 in slot 1. All are
    served, f in slot 2; no slot is scarce, so nobody pays: 9 + 5 + 4 = 18."""
    one = Leg("p", 1, 0, 1)
    result = cleared(
        [pool("p", 1, 1, 1)],
        bid("f", want("9", 0, 2, one)),
        bid("x", want("5", 0, 0, one)),
        bid("y", want("4", 1, 1, one)),
    )
    assert result.awards == {"f": (0, 2, "0"), "x": (0, 0, "0"), "y": (0, 1, "0")}
    assert result.surplus == result.bound == 18
