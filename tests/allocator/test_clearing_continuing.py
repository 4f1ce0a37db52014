"""Bids that continue something win ties, and change nothing else."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.audit.promises import violations
from allocator.clearing import clear
from allocator.files.formats import FormatError, decode_problem, encode_problem, seal
from allocator.outcome import Award, ClearingRules, Outcome, PaymentRule
from allocator.problem import Bid, Budget, Leg, Option, Pool, Problem, Standing
from tests.allocator.small_markets import MICRO, Exhaustive, crowd, market, markets
from tests.examples import examples

RULES: Final = ClearingRules(work=20_000)
PLAIN: Final = replace(RULES, engine="greedy")
PAIR: Final = (Leg("p", 2, 0, 1),)


def worth(value_ucr: int, legs: tuple[Leg, ...] = PAIR) -> tuple[Option, ...]:
    return (Option(value_ucr, 0, 0, legs),)


def two_units(*bids: Bid, budgets: list[Budget] | None = None) -> Problem:
    pools = [Pool("p", "gpu", (2,), (MICRO // 4,))]
    return seal(market(pools, list(bids), budgets=budgets))[1]


MORE: Final = Bid("more", "ann", worth(10 * MICRO), continues=True)


def winners(outcome: Outcome) -> set[str]:
    return {award.bid for award in outcome.awards}


@pytest.mark.parametrize("rules", [RULES, PLAIN], ids=["full", "greedy"])
def test_of_bids_that_ask_for_the_same_the_one_that_continues_wins(rules: ClearingRules) -> None:
    """Whatever the hash of seed and id would say: of eight seeds it says both."""
    equal = [Bid(name, "bob", worth(10 * MICRO)) for name in ("a", "z")]
    problem = two_units(MORE, *equal)
    plain = two_units(replace(MORE, continues=False), *equal)
    without = set()
    for seed in range(8):
        outcome = clear(problem, replace(rules, seed=seed))
        assert winners(outcome) == {"more"}
        [award] = outcome.awards
        assert award.payment_ucr == 10 * MICRO
        without |= winners(clear(plain, replace(rules, seed=seed)))
    assert len(without) > 1


def test_it_wins_at_an_equal_total_against_several() -> None:
    one = (Leg("p", 1, 0, 1),)
    halves = [Bid(name, "bob", worth(5 * MICRO, one)) for name in ("a", "z")]
    problem = two_units(MORE, *halves)
    for seed in range(4):
        assert winners(clear(problem, replace(RULES, seed=seed))) == {"more"}


def test_a_micro_credit_more_beats_it() -> None:
    for rules in (RULES, PLAIN):
        outcome = clear(two_units(MORE, Bid("a", "bob", worth(10 * MICRO + 1))), rules)
        assert winners(outcome) == {"a"}


def test_its_teams_budget_holds_for_what_it_named() -> None:
    """To the micro-credit: a limit that is just as high lets it win, and both of its bids."""
    half = replace(MORE, options=worth(5 * MICRO, (Leg("p", 1, 0, 1),)))
    for limit, many in ((10 * MICRO, 2), (10 * MICRO - 1, 1)):
        problem = two_units(
            half, replace(half, id="again", continues=False), budgets=[Budget("ann", limit)]
        )
        for rules in (RULES, PLAIN):
            assert len(clear(problem, rules).awards) == many


@examples(60)
@given(markets(), st.integers(0, 2**12 - 1))
def test_nothing_that_is_published_changes_by_it(problem: Problem, which: int) -> None:
    marked = replace(
        problem,
        bids=tuple(
            replace(bid, continues=bool(which >> place & 1))
            for place, bid in enumerate(problem.bids)
        ),
    )
    plain, found = clear(problem, RULES), clear(marked, RULES)
    assert violations(marked, found) == []
    assert found.prices_ucr == plain.prices_ucr
    assert found.bound_ucr == plain.bound_ucr
    if "optimal" == plain.status == found.status:
        assert abs(found.surplus_ucr - plain.surplus_ucr) <= 1


@examples(30)
@given(markets(most=4), st.integers(0, 15))
def test_nothing_better_is_missed_for_it(problem: Problem, which: int) -> None:
    marked = replace(
        problem,
        bids=tuple(
            replace(bid, continues=bool(which >> place & 1))
            for place, bid in enumerate(problem.bids)
        ),
    )
    best = Exhaustive(problem).best() // 60
    outcome = clear(marked, RULES)
    assert outcome.surplus_ucr <= best <= outcome.bound_ucr
    assert outcome.solver_bound_ucr is None or best <= outcome.solver_bound_ucr


def test_in_a_crowd_no_twin_of_it_wins_in_its_place() -> None:
    """Too large for a proof: sixty bids at one start, each with a twin that continues."""
    base = crowd(240, 3)
    bids = []
    for bid in base.bids:
        [window] = bid.options
        bids.append(replace(bid, options=(replace(window, latest_start=window.earliest_start),)))
    twins = [replace(bid, id=f"{bid.id}-more", team="t9", continues=True) for bid in bids[:60]]
    problem = seal(replace(base, bids=tuple(sorted([*bids, *twins], key=lambda bid: bid.id))))[1]
    for rules in (RULES, PLAIN):
        won = winners(clear(problem, rules))
        assert any(twin.id in won for twin in twins)
        for bid, twin in zip(bids, twins, strict=False):
            assert bid.id not in won or twin.id in won


def test_under_rules_that_need_a_proof_ties_go_by_the_hash_alone() -> None:
    problem = two_units(MORE, Bid("a", "bob", worth(10 * MICRO)))
    plain = two_units(replace(MORE, continues=False), Bid("a", "bob", worth(10 * MICRO)))
    for seed in range(4):
        rules = replace(RULES, payment=PaymentRule.VCG, seed=seed)
        assert clear(problem, rules).awards == clear(plain, rules).awards


def test_the_audit_sees_that_its_equal_was_preferred() -> None:
    problem = two_units(MORE, Bid("a", "bob", worth(10 * MICRO)))
    outcome = clear(problem, RULES)
    [won], [lost] = outcome.awards, outcome.rejections
    lie = replace(
        outcome,
        awards=(Award("a", 0, won.start, won.payment_ucr, won.capped),),
        rejections=(replace(lost, bid="more"),),
    )
    [fault] = violations(problem, lie)
    assert fault == "more: continues something, and lost to its equal a"


def test_it_is_a_word_of_the_second_version() -> None:
    problem = two_units(MORE)
    data = encode_problem(problem)
    assert b'"clearing-problem/2"' in data
    assert decode_problem(data) == problem
    assert b"/1" in encode_problem(two_units(replace(MORE, continues=False)))
    with pytest.raises(FormatError, match="continues"):
        decode_problem(data.replace(b"clearing-problem/2", b"clearing-problem/1"))
    held = two_units(Bid("held", "ann", worth(MICRO), Standing.RECALLABLE))
    both = encode_problem(held).replace(b'"standing"', b'"continues": true, "standing"')
    with pytest.raises(FormatError, match="has its place already"):
        decode_problem(both)
