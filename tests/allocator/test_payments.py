"""VCG and core payments, against published fixtures and by trying every coalition."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allocator.clearing import clear
from allocator.outcome import ClearingRefused, ClearingRules, PaymentRule
from allocator.problem import Bid, Budget, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, Exhaustive, market, markets
from tests.examples import examples

VCG = ClearingRules(payment=PaymentRule.VCG, work=50_000)
CORE = replace(VCG, payment=PaymentRule.CORE)
FEW = examples(25)


def goods(*bids: tuple[float, str]) -> Problem:
    """Single goods, one pool each, named by digits: (20, "01") is 20 for goods 0 and 1."""
    names = sorted({name for _, bundle in bids for name in bundle})
    made = []
    for i, (value, bundle) in enumerate(bids):
        legs = tuple(Leg(f"g{name}", 1, 0, 1) for name in bundle)
        made.append(Bid(f"b{i}", f"t{i}", (Option(int(value * MICRO), 0, 0, legs),)))
    return market([Pool(f"g{name}", "gpu", (1,), (0,)) for name in names], made)


def units(capacity: int, *bids: tuple[float, int]) -> Problem:
    """One pool: (2.5, 1) is 2.5 for one unit."""
    made = [
        Bid(f"b{i}", f"t{i}", (Option(int(value * MICRO), 0, 0, (Leg("p", need, 0, 1),)),))
        for i, (value, need) in enumerate(bids)
    ]
    return market([Pool("p", "gpu", (capacity,), (0,))], made)


def paid(problem: Problem, rules: ClearingRules) -> list[float]:
    return [award.payment_ucr / MICRO for award in clear(problem, rules).awards]


DAY_RAGHAVAN = goods(
    (20, "01"), (20, "2"), (20, "3"), (28, "012"), (26, "013"), (10, "01"), (10, "2"), (10, "3")
)
LINEAR_OR_QUADRATIC = goods(
    (20, "0"), (20, "1"), (20, "2"), (20, "3"), (10, "0"), (18, "01"), (16, "123")
)
LOCAL_LOCAL_GLOBAL = goods((80, "0"), (60, "1"), (100, "01"))


def test_day_and_raghavan_s_example_of_2007() -> None:
    assert paid(DAY_RAGHAVAN, replace(CORE, reference="vcg")) == [16, 12, 10]


def test_the_least_total_is_fixed_and_the_reference_spreads_it() -> None:
    """Total 26: b0 pays b4's 10; b1 the rest of b5's 18; b2 and b3 the rest of b6's 16."""
    for reference in ("zero", "vcg"):
        rules = replace(CORE, reference=reference)
        assert paid(LINEAR_OR_QUADRATIC, rules) == [10, 8, 4, 4]


def test_local_local_global_by_each_reference() -> None:
    """VCG 40 and 20; the core asks 100. From VCG up: (60, 40). From zero: (50, 50)."""
    assert paid(LOCAL_LOCAL_GLOBAL, VCG) == [40, 20]
    assert paid(LOCAL_LOCAL_GLOBAL, replace(CORE, reference="vcg")) == [60, 40]
    assert paid(LOCAL_LOCAL_GLOBAL, CORE) == [50, 50]


def test_two_units_and_a_bid_for_both() -> None:
    assert paid(units(2, (2, 1), (2, 1), (3, 2)), CORE) == [1.5, 1.5]
    rules = replace(CORE, reference="bid")
    assert paid(units(2, (1, 1), (2.5, 1), (2, 2)), rules) == [0.25, 1.75]


def test_vcg_of_overlapping_bundles() -> None:
    """A, B, C, D as 0 to 3: welfare 4, both winners pay 1."""
    problem = goods((2, "0"), (3, "013"), (2, "12"), (1, "23"))
    assert clear(problem, VCG).welfare_ucr == 4 * MICRO
    assert paid(problem, VCG) == [1, 1]


def test_core_totals_of_conflicting_pairs() -> None:
    assert sum(paid(goods((10, "0"), (10, "1"), (10, "2"), (10, "12")), CORE)) == 10
    four = goods((20, "0"), (20, "1"), (20, "2"), (20, "3"), (20, "01"), (10, "23"))
    assert sum(paid(four, CORE)) == 30


def test_where_vcg_earns_nothing_the_core_still_does() -> None:
    problem = goods((10, "01"), (10, "0"), (10, "1"))
    assert sum(paid(problem, VCG)) == 0
    assert sum(paid(problem, CORE)) == 10


@FEW
@given(markets(limits=False, most=5))
def test_a_vcg_payment_is_what_the_others_lose(problem: Problem) -> None:
    outcome = clear(problem, VCG)
    bids = {bid.id: bid for bid in problem.bids}
    total = Exhaustive(problem).best()
    for award in outcome.awards:
        value = bids[award.bid].options[award.option].value_ucr
        due = 60 * value - total + Exhaustive(problem, without=award.bid).best()
        assert award.payment_ucr == -(-due // 60)


@FEW
@given(markets(limits=False, most=5))
def test_no_coalition_can_offer_the_seller_more_than_core_payments(problem: Problem) -> None:
    """For every set of winners that leaves, the others and the seller gain no more without it."""
    outcome = clear(problem, CORE)
    least = {award.bid: award.payment_ucr for award in clear(problem, VCG).awards}
    bids = {bid.id: bid for bid in problem.bids}
    kept = {
        award.bid: bids[award.bid].options[award.option].value_ucr - award.payment_ucr
        for award in outcome.awards
    }
    seller = outcome.surplus_ucr - sum(kept.values())
    assert all(award.payment_ucr >= least[award.bid] for award in outcome.awards)
    for size in range(1, len(kept) + 1):
        for gone in combinations(sorted(kept), size):
            stay = tuple(bid for bid in problem.bids if bid.id not in gone)
            together = Exhaustive(replace(problem, bids=stay)).best() / 60
            content = seller + sum(kept[bid] for bid in kept if bid not in gone)
            assert together <= content + 3 * len(kept) + 3


@FEW
@given(markets(limits=False, most=5))
def test_payments_lie_between_the_reserve_cost_and_the_bid(problem: Problem) -> None:
    """Order of the rules for each winner: VCG ≤ core ≤ pay as bid (§7.2)."""
    rules = [VCG, CORE, replace(VCG, payment=PaymentRule.PAY_AS_BID)]
    outcomes = [clear(problem, each).awards for each in rules]
    assume(outcomes[0])
    for vcg, core, bid in zip(*outcomes, strict=True):
        assert vcg.bid == core.bid == bid.bid
        assert vcg.payment_ucr <= core.payment_ucr <= bid.payment_ucr


@examples(60)
@given(markets(limits=False, most=5), st.data())
def test_under_vcg_no_lie_about_values_pays(problem: Problem, data: st.DataObject) -> None:
    """One bid a team. Whatever it says its options are worth, it gains no more than by the truth;
    one micro-credit aside, to which payments are rounded up."""
    assume(problem.bids)
    truth = replace(problem, bids=tuple(replace(bid, team=bid.id) for bid in problem.bids))
    liar = data.draw(st.sampled_from(truth.bids))
    told = st.integers(1, 60).map(lambda halves: halves * MICRO // 2)
    lie = replace(
        liar, options=tuple(replace(each, value_ucr=data.draw(told)) for each in liar.options)
    )
    said = replace(truth, bids=tuple(lie if bid == liar else bid for bid in truth.bids))

    def gained(told: Problem) -> int:
        awards = [each for each in clear(told, VCG).awards if each.bid == liar.id]
        return sum(liar.options[each.option].value_ucr - each.payment_ucr for each in awards)

    assert gained(said) <= gained(truth) + 1


@pytest.mark.parametrize("rules", [VCG, CORE])
def test_rules_that_need_a_proof_are_refused_without_one(rules: ClearingRules) -> None:
    limited = replace(LOCAL_LOCAL_GLOBAL, budgets=(Budget("t0", 90 * MICRO),))
    with pytest.raises(ClearingRefused, match=r"not defined with budgets or caps"):
        clear(limited, rules)
    with pytest.raises(ClearingRefused, match="proven optimum"):
        clear(LOCAL_LOCAL_GLOBAL, replace(rules, engine="greedy"))


def test_a_market_without_winners_asks_nothing() -> None:
    assert clear(units(0, (5, 1)), CORE).awards == ()
    assert clear(units(0, (5, 1)), VCG).awards == ()
