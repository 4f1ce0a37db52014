"""The audit: it accepts what keeps the market's promises and names every one that is broken."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from allocator.audit.promises import violations
from allocator.files.formats import decode_outcome, encode_outcome
from allocator.outcome import Award, Outcome, PaymentRule, Reason, Rejection
from allocator.problem import Bid, Budget, Cap, Leg, Option, Pool, Problem
from tests.allocator.planted_faults import CREDIT, FAULTS, sound_case

SENTENCES = {
    "oversold slot": "a: oversold in 1 slots, worst in slot 2: 5 gpu awarded of 4",
    "bid awarded twice": "supple: awarded twice",
    "unknown bid awarded": "nobody: awarded, but there is no such bid",
    "option that is not there": "supple: awarded option 1; it has 1",
    "option below the first": "gang: awarded option -1; it has 2",
    "start before the window": "gang: starts in slot 1, outside [2, 2]",
    "start after the window": "supple: starts in slot 3, outside [0, 2]",
    "price under the reserve price": "b: price 1 credits in slot 3 is below the reserve price 2",
    "price of a pool missing": "b: has no price",
    "price list too short": "a: has 3 prices for 4 slots",
    "price of a pool that is not there": "c: priced, but there is no such pool",
    "payment above value": "bold: pays 12 credits, above its value 10",
    "payment below reserve cost": "supple: pays 1 credits, below its reserve cost 2",
    "payment a micro-credit over the price": "supple: pays 3.000001 credits; by rule uniform",
    "payment a micro-credit under the price": "supple: pays 2.999999 credits; by rule uniform",
    "capped flag missing": "bold: capped is false, should be true",
    "capped flag without cause": "supple: capped is true, should be false",
    "rule says pay as bid": "supple: pays 3 credits; by rule pay_as_bid it owes 9",
    "rule says vcg": "vcg is not defined with budgets or caps",
    "welfare too high": "welfare says 26.000001 credits; the awards and prices make it 26 ",
    "surplus too high": "surplus says 15.000001 credits; the awards and prices make it 15 ",
    "surplus too low": "surplus says 14.999999 credits; the awards and prices make it 15 ",
    "bound too low": "bound says 28.999999 credits; the awards and prices make it 29 ",
    "bound too high": "bound says 29.000001 credits; the awards and prices make it 29 ",
    "bound below the surplus": "bound 14 credits is below the surplus",
    "solver bound below the surplus": "solver_bound 14 credits is below the surplus",
    "solver bound of nobody": "solver and solver_bound must stand together",
    "status optimal while it is not": "status is optimal; ",
    "status feasible while proven": "status is feasible; ",
    "digest of another problem": "the digest of another problem",
    "engine without a name": "engine is empty",
    "loser without a reason": "modest: neither an award nor a reason",
    "winner also rejected": "supple: both awarded and rejected",
    "loser rejected twice": "bulky: rejected 2 times",
    "unknown bid rejected": "nobody: rejected, but there is no such bid",
    "outbid called unfit": "modest: called unfit, but it is outbid",
    "outbid called below-reserve": "modest: called below-reserve, but it is outbid",
    "below-reserve called outbid": "meagre: called outbid, but it is below-reserve",
    "unfit called outbid": "bulky: called outbid, but it is unfit",
    "unfit called cap": "bulky: called cap, but it is unfit",
    "unfit called budget": "bulky: called budget, but it is unfit",
    "cap called unfit": "hoarder: called unfit, but it is cap",
    "cap called budget": "hoarder: called budget, but it is cap",
    "budget called unfit": "spender: called unfit, but it is budget",
    "budget called cap": "spender: called cap, but it is budget",
    "option over the limit called unfit": "lavish: called unfit, but it is budget",
    "shortfall of an outbid bid wrong": "modest: outbid, its shortfall says 2 credits and is 1 ",
    "shortfall of a bid below reserve wrong": "meagre: below-reserve, its shortfall says 2 ",
    "shortfall of an unfit bid": "bulky: unfit, its shortfall says 5 credits and is 0 ",
    "team over its budget": "team green: its awards are worth 11 credits, over its budget of 10",
    "team over its cap": "team blue: 1 units of a over its cap in slot 2",
    "award below its reserve cost": "meagre: worth 1 credits, less than its reserve cost 2",
}


def test_a_sound_outcome_breaks_no_promise() -> None:
    problem, outcome = sound_case()
    assert violations(problem, outcome) == []


def test_what_was_found_sound_is_looked_at_again_where_it_has_changed() -> None:
    """The last sound outcome is remembered: neither what says the same of another problem nor
    what was changed in its place is taken for it."""
    problem, outcome = sound_case()
    assert violations(problem, outcome) == []
    assert violations(problem, replace(outcome, seconds=outcome.seconds + 1)) == []
    assert violations(replace(problem, slots=problem.slots - 1), outcome)
    prices = dict(outcome.prices_ucr)
    altered = replace(outcome, prices_ucr=prices)
    assert violations(problem, altered) == []
    prices["a"] = tuple(price + 1 for price in prices["a"])
    assert violations(problem, altered)


@pytest.mark.parametrize(("name", "spoil"), FAULTS, ids=[name for name, _ in FAULTS])
def test_a_planted_fault_is_named(name: str, spoil: Callable[[Outcome], Outcome]) -> None:
    """§7.1, §7.2, §7.3, §7.8, §7.10: whatever the engine does, a broken promise stops it."""
    problem, outcome = sound_case()
    faults = violations(problem, spoil(outcome))
    assert any(SENTENCES[name] in fault for fault in faults), faults


@pytest.mark.parametrize(("name", "spoil"), FAULTS, ids=[name for name, _ in FAULTS])
def test_a_planted_fault_survives_the_file(name: str, spoil: Callable[[Outcome], Outcome]) -> None:
    """A spoilt outcome is still a readable file: the audit judges it, not the reader."""
    problem, outcome = sound_case()
    again = decode_outcome(encode_outcome(spoil(outcome)))
    assert any(SENTENCES[name] in fault for fault in violations(problem, again))


def test_a_fault_that_nothing_follows_from_is_the_only_one_named() -> None:
    problem, outcome = sound_case()
    alone = {name for name, spoil in FAULTS if len(violations(problem, spoil(outcome))) == 1}
    assert {"team over its budget", "team over its cap", "bound too low"} <= alone
    assert {"capped flag missing", "cap called unfit", "digest of another problem"} <= alone


def test_the_audit_shares_no_code_with_what_it_audits() -> None:
    shown = "import sys; from allocator.audit import promises; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", shown], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {name for name in loaded if name.startswith("allocator.")} == {
        "allocator.audit",
        "allocator.audit.promises",
        "allocator.audit.recount",
        "allocator.outcome",
        "allocator.problem",
    }


def test_vcg_and_core_need_a_proven_optimum_and_leave_the_payment_between_its_ends() -> None:
    problem, outcome = _one_bid(slot_minutes=60, prices=(CREDIT, CREDIT, CREDIT))
    for rule in (PaymentRule.VCG, PaymentRule.CORE):
        paid = replace(outcome, payment_rule=rule)
        assert violations(problem, paid) == []
        high = replace(paid, awards=(replace(paid.awards[0], payment_ucr=9 * CREDIT),))
        assert violations(problem, high) == []
        unproven = violations(problem, replace(paid, status="feasible"))
        assert any("needs a proven optimum" in fault for fault in unproven)
    misplaced = violations(problem, replace(outcome, reference="zero"))
    assert any("reference is zero" in fault for fault in misplaced)


def test_slots_that_are_no_whole_hours_round_surplus_down_and_the_bound_up() -> None:
    """7 minutes at 1.000001 credits for one unit are 116,666.78… µcr, which no one can write."""
    price = CREDIT + 1
    problem, outcome = _one_bid(slot_minutes=7, prices=(price,) * 3)
    pool = replace(problem.pools[0], reserve_ucr=(price,) * 3)
    problem = replace(problem, pools=(pool,))
    paid = -(-price * 7 // 60)
    assert paid == 116_667
    outcome = replace(
        outcome,
        awards=(Award("one", 0, 0, paid),),
        surplus_ucr=10 * CREDIT - paid,
        bound_ucr=10 * CREDIT - paid + 1,
    )
    assert violations(problem, outcome) == []
    for field in ("surplus_ucr", "bound_ucr"):
        for off in (-1, 1):
            wrong = replace(outcome, **{field: getattr(outcome, field) + off})
            assert violations(problem, wrong), (field, off)


def test_numbers_too_large_for_64_bits_are_counted_exactly() -> None:
    price, paid = 10**18 - 1, 168 * CREDIT
    problem, outcome = _one_bid(slot_minutes=10_080, prices=(CREDIT, CREDIT, price))
    value = replace(problem.bids[0].options[0], value_ucr=10**15)
    small = Bid("two", "blue", (Option(CREDIT, 2, 2, (Leg("a", 3, 0, 1),)),))
    one = replace(problem.bids[0], options=(value,))
    problem = replace(problem, bids=(one, small))
    exact = replace(
        outcome,
        awards=(Award("one", 0, 0, paid),),
        rejections=(Rejection("two", Reason.BELOW_RESERVE, 3 * paid - CREDIT),),
        welfare_ucr=10**15,
        surplus_ucr=10**15 - paid,
        bound_ucr=10**15 - paid + (price - CREDIT) * 4 * 168,
        status="feasible",
    )
    assert violations(problem, exact) == []
    for off in (-1, 1):
        assert violations(problem, replace(exact, bound_ucr=exact.bound_ucr + off))
    rich = replace(small, options=(replace(small.options[0], value_ucr=10**17),))
    outbid = Rejection("two", Reason.OUTBID, 3 * 168 * price - 10**17)
    lost = replace(exact, rejections=(outbid,))
    assert violations(replace(problem, bids=(one, rich)), lost) == []


def test_a_bid_worth_exactly_its_price_may_win_uncapped_or_be_outbid_by_nothing() -> None:
    problem, outcome = _one_bid(slot_minutes=60, prices=(CREDIT, CREDIT, CREDIT), value=CREDIT)
    won = replace(outcome, surplus_ucr=0, bound_ucr=0, welfare_ucr=CREDIT)
    assert violations(problem, won) == []
    lost = replace(won, awards=(), welfare_ucr=0, rejections=(Rejection("one", Reason.OUTBID, 0),))
    assert violations(problem, lost) == []
    for off in (-1, 1):
        wrong = replace(lost, rejections=(Rejection("one", Reason.OUTBID, off),))
        assert len(violations(problem, wrong)) == 1


def test_the_status_is_judged_to_the_micro_credit() -> None:
    """Unsold units at δ above the reserve lose 3 δ; up to 2 µcr count as nothing lost."""
    for delta, status in ((0, "optimal"), (1, "feasible")):
        prices = (CREDIT + delta, CREDIT, CREDIT)
        problem, outcome = _one_bid(slot_minutes=60, prices=prices, value=CREDIT + 1)
        right = replace(
            outcome,
            awards=(Award("one", 0, 0, CREDIT + delta),),
            welfare_ucr=CREDIT + 1,
            surplus_ucr=1,
            bound_ucr=1 + 3 * delta,
        )
        for said in ("optimal", "feasible"):
            found = violations(problem, replace(right, status=said))
            assert (found == []) == (said == status)


def test_where_only_rounding_parts_the_two_either_status_may_stand() -> None:
    """At 7-minute slots 1.75 µcr are lost, which the rounded figures show as 3."""
    problem, outcome = _one_bid(slot_minutes=7, prices=(CREDIT + 5, CREDIT, CREDIT), value=116_668)
    rounded = replace(
        outcome,
        awards=(Award("one", 0, 0, 116_668, capped=False),),
        welfare_ucr=116_668,
        surplus_ucr=1,
        bound_ucr=4,
    )
    for said in ("optimal", "feasible"):
        assert violations(problem, replace(rounded, status=said)) == []


def _one_bid(
    slot_minutes: int, prices: tuple[int, ...], value: int = 10 * CREDIT
) -> tuple[Problem, Outcome]:
    """One unit in slot 0, and nobody else."""
    problem = Problem.of(
        start=datetime(2026, 11, 23, tzinfo=UTC),
        slot_minutes=slot_minutes,
        slots=3,
        pools=[Pool("a", "gpu", (4, 4, 4), (CREDIT, CREDIT, CREDIT))],
        bids=[Bid("one", "red", (Option(value, 0, 0, (Leg("a", 1, 0, 1),)),))],
    )
    return problem, Outcome(
        problem_sha256="",
        payment_rule=PaymentRule.UNIFORM,
        status="optimal",
        surplus_ucr=9 * CREDIT,
        welfare_ucr=10 * CREDIT,
        bound_ucr=9 * CREDIT,
        awards=(Award("one", 0, 0, CREDIT),),
        prices_ucr={"a": prices},
        rejections=(),
        engine="by hand",
        seed=1,
        work=1,
    )


def _lost(rejection: Rejection, *options: Option, cap: int = 4, budget: int = 1000) -> list[str]:
    """What the audit says of a lost bid of team red for 4 units of pool a, at 1, 1 and 5 credits.

    Red may hold ``cap`` units of a and spend ``budget``, of which 4 went for a unit of pool b.
    """
    flat = (CREDIT, CREDIT, CREDIT)
    problem = Problem.of(
        start=datetime(2026, 11, 23, tzinfo=UTC),
        slot_minutes=60,
        slots=3,
        pools=[Pool(name, "gpu", (4, 4, 4), flat) for name in "ab"],
        bids=[
            Bid("one", "red", options),
            Bid("two", "red", (Option(4 * CREDIT, 0, 0, (Leg("b", 1, 0, 1),)),)),
        ],
        budgets=[Budget("red", budget * CREDIT)],
        caps=[Cap("red", "a", (cap,) * 3)],
    )
    _, outcome = _one_bid(slot_minutes=60, prices=flat)
    outcome = replace(
        outcome,
        awards=(Award("two", 0, 0, CREDIT),),
        prices_ucr={"a": (CREDIT, CREDIT, 5 * CREDIT), "b": flat},
        rejections=(rejection,),
    )
    return [fault for fault in violations(problem, outcome) if fault.startswith("one")]


UNFIT, CAPPED, BROKE = (Rejection("one", why) for why in (Reason.UNFIT, Reason.CAP, Reason.BUDGET))


def test_each_leg_is_priced_in_its_own_slots() -> None:
    later = Option(4 * CREDIT, 0, 0, (Leg("a", 1, 2, 1),))
    assert _lost(Rejection("one", Reason.OUTBID, CREDIT), later) == []
    assert _lost(UNFIT, later) != []


def test_legs_that_overlap_in_one_pool_are_laid_down_together() -> None:
    """3 + 3 units overlap in one slot: either leg fits the 4 units alone, both never do."""
    both = Option(50 * CREDIT, 0, 1, (Leg("a", 3, 0, 2), Leg("a", 3, 1, 1)))
    apart = Option(50 * CREDIT, 0, 1, (Leg("a", 3, 0, 1), Leg("a", 3, 1, 1)))
    assert _lost(UNFIT, both, cap=2) == []
    assert _lost(CAPPED, both, cap=2) != []
    assert _lost(CAPPED, apart, cap=2) == []
    assert _lost(UNFIT, apart, cap=2) != []


def test_where_cap_and_budget_bar_a_bid_only_together_any_reason_may_stand() -> None:
    """Without the cap the budget bars it still, without the budget the cap: neither is the one."""
    option = Option(9 * CREDIT, 0, 1, (Leg("a", 3, 0, 1),))
    for rejection in (UNFIT, CAPPED, BROKE):
        assert _lost(rejection, option, cap=2, budget=12) == []
    assert _lost(Rejection("one", Reason.OUTBID), option, cap=2, budget=12) != []


def test_the_cap_is_named_before_the_budget() -> None:
    wide = Option(5 * CREDIT, 0, 1, (Leg("a", 3, 0, 1),))
    dear = Option(9 * CREDIT, 0, 1, (Leg("a", 2, 0, 1),))
    assert _lost(CAPPED, wide, dear, cap=2, budget=12) == []
    assert _lost(BROKE, wide, dear, cap=2, budget=12) != []
    assert _lost(BROKE, dear, cap=2, budget=12) == []
    assert _lost(CAPPED, dear, cap=2, budget=12) != []


def test_a_limit_that_is_not_reached_is_no_reason() -> None:
    option = Option(9 * CREDIT, 0, 1, (Leg("a", 2, 0, 1),))
    assert _lost(UNFIT, option, cap=2, budget=13) == []
    assert _lost(CAPPED, option, cap=2, budget=13) != []
    assert _lost(BROKE, option, cap=2, budget=13) != []


def test_an_option_over_the_limit_takes_no_part_and_is_outbid_only_at_the_prices() -> None:
    beyond = Option(9 * CREDIT, 2, 2, (Leg("a", 2, 0, 1),))
    assert _lost(BROKE, beyond, budget=8) == []
    assert _lost(Rejection("one", Reason.OUTBID, CREDIT), beyond, budget=8) == []
    assert _lost(Rejection("one", Reason.OUTBID), beyond, budget=8) != []
    assert _lost(UNFIT, beyond, budget=8) != []
