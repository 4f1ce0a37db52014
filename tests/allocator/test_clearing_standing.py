"""Awards of earlier clearings that take part again: moved, bought back, or left where they are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import pytest
from hypothesis import given

from allocator.audit.promises import violations
from allocator.clearing import clear
from allocator.engine.bounds import relaxation
from allocator.engine.bounds.prices import bound
from allocator.engine.effort import Effort, never
from allocator.engine.flat import flatten
from allocator.engine.lattice import compile_problem
from allocator.files.formats import (
    FormatError,
    decode_outcome,
    decode_problem,
    encode_outcome,
    encode_problem,
    seal,
)
from allocator.outcome import (
    Award,
    ClearingRefused,
    ClearingRules,
    Outcome,
    PaymentRule,
    Reason,
    Rejection,
    UnsoundOutcome,
)
from allocator.problem import Bid, Budget, Leg, Option, Pool, Problem, Standing
from tests.allocator.small_markets import MICRO, Exhaustive, crowd, market, standing_markets
from tests.examples import examples

RULES: Final = ClearingRules(work=20_000)
PLAIN: Final = replace(RULES, engine="greedy")
ALONE: Final = (Leg("p", 1, 0, 1),)


def placed(value: int, start: int, *more: Option) -> tuple[Option, ...]:
    return (Option(value * MICRO, start, start, ALONE), *more)


def window(value: int, first: int, last: int) -> Option:
    return Option(value * MICRO, first, last, ALONE)


def day(*bids: Bid) -> Problem:
    """One unit for two slots, at no reserve price."""
    return seal(market([Pool("p", "gpu", (1, 1), (0, 0))], list(bids)))[1]


MOVABLE: Final = Bid("held", "ann", placed(3, 0, window(3, 0, 1)), Standing.MOVABLE)
RECALLABLE: Final = Bid("held", "ann", placed(3, 0), Standing.RECALLABLE)


def new(value: int, first: int = 0, last: int = 0) -> Bid:
    return Bid("new", "bob", (window(value, first, last),))


def places(outcome: Outcome) -> dict[str, int]:
    return {award.bid: award.start for award in outcome.awards}


@examples(60)
@given(standing_markets())
def test_a_clearing_with_standing_awards_is_sound_under_either_engine(problem: Problem) -> None:
    for rules in (RULES, PLAIN):
        outcome = clear(problem, rules)
        assert violations(problem, outcome) == []
        assert outcome.surplus_ucr <= outcome.bound_ucr
        movable = {bid.id for bid in problem.bids if bid.stays}
        assert movable <= places(outcome).keys()


@examples(40)
@given(standing_markets(most=4))
def test_nothing_better_is_missed_and_no_bound_is_false(problem: Problem) -> None:
    outcome = clear(problem, RULES)
    best = Exhaustive(problem).best() // 60
    assert outcome.surplus_ucr <= best <= outcome.bound_ucr
    if outcome.status == "optimal":
        assert best - outcome.surplus_ucr <= 2 + abs(outcome.bound_ucr) // 10**6
    if outcome.solver_bound_ucr is not None:
        assert best <= outcome.solver_bound_ucr


@examples(40)
@given(standing_markets())
def test_files_carry_what_stands(problem: Problem) -> None:
    data, sealed = seal(problem)
    assert replace(decode_problem(data), sha256="") == replace(sealed, sha256="")
    version = b"clearing-problem/2" if any(b.standing for b in problem.bids) else b"/1"
    assert version in data[:60]
    outcome = clear(sealed, RULES)
    assert violations(sealed, decode_outcome(encode_outcome(outcome))) == []


def test_a_movable_award_makes_room_for_one_that_cannot_wait() -> None:
    """By hand: 3 moves from slot 0 to slot 1, and 2 has slot 0: together 5, which nothing exceeds.
    Nobody else wants slot 1, so its price is 0; whoever wants slot 0 must only keep off the one
    who could move there, so it costs nothing either."""
    problem = day(MOVABLE, new(2))
    outcome = clear(problem, RULES)
    assert places(outcome) == {"held": 1, "new": 0}
    assert outcome.surplus_ucr == outcome.bound_ucr == 5 * MICRO
    assert {award.bid: award.payment_ucr for award in outcome.awards} == {"held": 0, "new": 0}


def test_a_movable_award_stays_where_the_move_gains_less_than_the_least() -> None:
    """It is worth 3 more where it stands: 2 do not move it."""
    dear = Bid("held", "ann", placed(6, 0, window(3, 0, 1)), Standing.MOVABLE)
    outcome = clear(day(dear, new(2)), RULES)
    assert places(outcome) == {"held": 0}
    [lost] = outcome.rejections
    assert (lost.bid, lost.reason) == ("new", Reason.OUTBID)


def test_a_movable_award_wins_in_any_case() -> None:
    """Nine would have the only slot it may be in, and is refused it."""
    fixed = Bid("held", "ann", placed(1, 0), Standing.MOVABLE)
    outcome = clear(day(fixed, new(9)), RULES)
    assert places(outcome) == {"held": 0}
    assert outcome.prices_ucr["p"][0] >= 8 * MICRO, "what keeps nine out is published"


def test_a_recallable_award_is_bought_back_for_more() -> None:
    """By hand: 5 for slot 0 against the 3 at which it may be bought back: the price that keeps it
    out is 3, which is what the buy-out takes."""
    outcome = clear(day(RECALLABLE, new(5)), RULES)
    assert places(outcome) == {"new": 0}
    assert outcome.prices_ucr["p"][0] == 3 * MICRO
    assert [award.payment_ucr for award in outcome.awards] == [3 * MICRO]
    [lost] = outcome.rejections
    assert (lost.bid, lost.reason, lost.shortfall_ucr) == ("held", Reason.OUTBID, 0)


def test_a_recallable_award_stays_against_less() -> None:
    assert places(clear(day(RECALLABLE, new(2)), RULES)) == {"held": 0}


def test_a_budget_does_not_ask_what_was_paid_before() -> None:
    """Ann may spend 2 more, and has an award worth 3."""
    more = Bid("more", "ann", (window(2, 1, 1),))
    problem = replace(day(RECALLABLE, more), budgets=(Budget("ann", 2 * MICRO),))
    outcome = clear(problem, RULES)
    assert places(outcome) == {"held": 0, "more": 1}
    assert violations(problem, outcome) == []


@pytest.mark.parametrize("rule", [PaymentRule.VCG, PaymentRule.CORE])
def test_rules_that_need_a_proof_refuse_what_stands(rule: PaymentRule) -> None:
    with pytest.raises(ClearingRefused, match="awards that may be changed"):
        clear(day(RECALLABLE), replace(RULES, payment=rule))


def test_a_large_clearing_moves_and_recalls_and_keeps_its_promises() -> None:
    """A crowded week, of which half was sold before: by search, as the market clears."""
    before = crowd(300, 3)
    first = clear(before, RULES)
    bids = {bid.id: bid for bid in before.bids}
    kinds = list(Standing)
    standing = []
    for number, award in enumerate(first.awards[::2]):
        bid, kind = bids[award.bid], kinds[number % 2]
        [only] = bid.options
        place = replace(only, earliest_start=award.start, latest_start=award.start)
        more = (only,) if kind is Standing.MOVABLE else ()
        standing.append(replace(bid, options=(place, *more), standing=kind))
    held = {bid.id for bid in standing}
    others = [replace(bid, id=f"n-{bid.id}") for bid in crowd(200, 4).bids]
    left = [bid for bid in before.bids if bid.id not in held]
    problem = seal(replace(before, bids=tuple(sorted([*standing, *others, *left]))))[1]
    for rules in (RULES, PLAIN):
        outcome = clear(problem, rules)
        assert violations(problem, outcome) == []
        places_now = places(outcome)
        moved = [b for b in standing if b.stays and places_now[b.id] != b.options[0].earliest_start]
        recalled = [b for b in standing if b.id not in places_now]
        if rules is RULES:
            assert moved
            assert recalled
            assert outcome.gap < 0.05


Lie = Callable[[Problem, Outcome], Outcome]


def told(problem: Problem, lie: Lie) -> list[str]:
    """What who checks the two files is told of it."""
    files = encode_problem(problem), encode_outcome(lie(problem, clear(problem, RULES)))
    return violations(decode_problem(files[0]), decode_outcome(files[1]))


def replaced(bid: str, /, **fields: object) -> Lie:
    def change(_: Problem, outcome: Outcome) -> Outcome:
        awards = (
            replace(one, **fields) if one.bid == bid else one  # type: ignore[arg-type]
            for one in outcome.awards
        )
        return replace(outcome, awards=tuple(awards))

    return change


def without(bid: str, *reason: Rejection) -> Lie:
    def change(_: Problem, outcome: Outcome) -> Outcome:
        awards = tuple(one for one in outcome.awards if one.bid != bid)
        return replace(outcome, awards=awards, rejections=(*outcome.rejections, *reason))

    return change


def instead(bid: str, reason: Rejection) -> Lie:
    """Another reason than the one that was given."""

    def change(_: Problem, outcome: Outcome) -> Outcome:
        left = [one for one in outcome.rejections if one.bid != bid]
        return replace(outcome, rejections=(*left, reason))

    return change


def kept(payment_ucr: int) -> Lie:
    """The recalled award stays, and the bid that it was bought back for is silent."""
    award = Award("held", 0, 0, payment_ucr)
    return lambda _, outcome: replace(outcome, awards=(award,), rejections=())


MOVED_LIES: Final = [
    (replaced("held", payment_ucr=MICRO), "held: pays 1 credits; it was paid for when it was won"),
    (replaced("held", capped=True), "held: pays 0 credits; it was paid for when it was won"),
    (replaced("held", start=0), "p: oversold"),
    (replaced("held", start=2), "held: starts in slot 2, outside [0, 1]"),
    (replaced("held", option=0), "held: starts in slot 1, outside [0, 0]"),
    (replaced("held", option=2), "held: awarded option 2"),
    (without("held"), "held: neither an award nor a reason"),
    (lambda _, out: replace(out, awards=(*out.awards, Award("held", 0, 0, 0))), "awarded twice"),
    (lambda _, out: replace(out, welfare_ucr=out.welfare_ucr + MICRO), "welfare says"),
    (lambda _, out: replace(out, surplus_ucr=out.surplus_ucr + 9), "surplus says"),
    (lambda _, out: replace(out, bound_ucr=out.bound_ucr + 3 * MICRO), "bound says"),
    (lambda _, out: replace(out, bound_ucr=2 * MICRO), "bound says"),
]
"""What one that was moved pays, where it is now, and what it is worth to all; of either kind."""

MOVABLE_LIES: Final = [
    *MOVED_LIES,
    (without("held", Rejection("held", Reason.OUTBID)), "held: rejected, but it is movable"),
    (without("held", Rejection("held", Reason.UNFIT)), "held: rejected, but it is movable"),
]
RECALLABLE_LIES: Final = [
    (
        instead("held", Rejection("held", Reason.OUTBID, MICRO)),
        "its shortfall says 1 credits",
    ),
    (instead("held", Rejection("held", Reason.UNFIT)), "held: "),
    (instead("held", Rejection("held", Reason.BELOW_RESERVE)), "held: "),
    (kept(0), "new: neither an award nor a reason"),
    (kept(3 * MICRO), "held: pays 3 credits; it was paid for when it was won"),
    (replaced("new", bid="held"), "new: neither an award nor a reason"),
    (replaced("new", payment_ucr=0), "new: pays 0 credits"),
    (replaced("new", payment_ucr=6 * MICRO), "new: pays 6 credits"),
    (without("new"), "new: neither an award nor a reason"),
    (lambda _, out: replace(out, awards=(*out.awards, Award("held", 0, 0, 0))), "p: oversold"),
    (lambda _, out: replace(out, rejections=()), "held: neither an award nor a reason"),
    (lambda _, out: replace(out, prices_ucr={"p": (0, 0)}), "held: "),
    (lambda _, out: replace(out, surplus_ucr=out.surplus_ucr - MICRO), "surplus says"),
    (lambda _, out: replace(out, welfare_ucr=out.welfare_ucr + 3 * MICRO), "welfare says"),
]
"""The units of a recalled award sold twice, its reason, what is paid for it, and what it is worth
to all."""


@pytest.mark.parametrize(("lie", "fault"), MOVABLE_LIES, ids=[fault for _, fault in MOVABLE_LIES])
def test_a_lie_about_a_movable_award_is_told(lie: Lie, fault: str) -> None:
    said = told(day(MOVABLE, new(2)), lie)
    assert any(fault in one for one in said), said


@pytest.mark.parametrize(("lie", "fault"), MOVED_LIES)
def test_a_lie_about_a_recallable_award_that_was_moved_is_told(lie: Lie, fault: str) -> None:
    said = told(day(replace(MOVABLE, standing=Standing.RECALLABLE), new(2)), lie)
    assert any(fault in one for one in said), said


@pytest.mark.parametrize(("lie", "fault"), RECALLABLE_LIES)
def test_a_lie_about_a_recallable_award_is_told(lie: Lie, fault: str) -> None:
    said = told(day(RECALLABLE, new(5)), lie)
    assert any(fault in one for one in said), said


def test_the_truth_about_them_is_told_as_it_is() -> None:
    for problem in (day(MOVABLE, new(2)), day(RECALLABLE, new(5))):
        assert told(problem, lambda _, outcome: outcome) == []


@pytest.mark.parametrize(
    ("bid", "fault"),
    [
        (replace(MOVABLE, options=(window(3, 0, 1),)), r'"held": options\[0\] has 2 starts'),
        (replace(RECALLABLE, options=(window(3, 0, 1),)), r'"held": options\[0\] has 2 starts'),
    ],
)
def test_what_stands_must_say_where(bid: Bid, fault: str) -> None:
    with pytest.raises(FormatError, match=fault):
        decode_problem(encode_problem(day(bid)))


def test_what_stands_must_fit_as_it_stands() -> None:
    twice = day(MOVABLE, replace(RECALLABLE, id="other"))
    with pytest.raises(UnsoundOutcome, match="as it stands from before, p: oversold"):
        clear(twice, RULES)


def test_the_first_version_knows_no_standing_award() -> None:
    data = encode_problem(day(MOVABLE)).replace(b"problem/2", b"problem/1")
    with pytest.raises(FormatError, match="standing"):
        decode_problem(data)


def test_what_wins_in_any_case_counts_below_zero_however_dear_its_place_is() -> None:
    """At a million credits for each of the two slots the movable award lacks a million less 3, the
    new bid stays away, and what is on sale is worth two millions: no bonus is too small for it."""
    problem = day(MOVABLE, new(2))
    lattice = compile_problem(problem, 1)
    dear = np.full(lattice.reserve_ucr.shape, 10**6 * MICRO)
    assert bound(lattice, dear) - lattice.bonuses == (10**6 + 3) * MICRO * lattice.per_ucr


def test_what_wins_in_any_case_is_of_the_scale_of_its_value() -> None:
    """Its bonus is more than all are worth together, and says nothing of what prices are like:
    they climb to 2, as they do where it has none and is worth more than the other."""
    problem = day(MOVABLE, *(replace(new(2), id=f"new-{k}") for k in range(3)))
    plain = day(*(replace(bid, standing=None) for bid in problem.bids))
    found = []
    for each in (problem, plain):
        lattice = compile_problem(each, 1)
        assert lattice.worth.tolist() == compile_problem(plain, 1).value.tolist()
        climbed = relaxation.ascend(lattice, flatten(lattice), Effort(2_000, never))
        found.append(climbed.bound - lattice.bonuses)
    assert found[0] == pytest.approx(found[1], rel=0.01)


def test_awards_of_any_size_take_part_again() -> None:
    """Bonuses on top of such values are more than 64 bits hold."""
    problem = day(
        replace(MOVABLE, options=placed(47 * 10**11, 0, window(47 * 10**11, 0, 1))),
        new(47 * 10**11),
    )
    outcome = clear(problem, RULES)
    assert violations(problem, outcome) == []
    lattice = compile_problem(problem, 1)
    assert lattice.value.dtype == object
    assert lattice.worth.tolist() == [47 * 10**11 * MICRO * lattice.per_ucr] * 3
