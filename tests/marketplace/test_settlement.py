"""Settling a cycle: each award paid leg by leg from its hold, each loss told, worked by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import pytest

from allocator.outcome import Award, Outcome, PaymentRule, Reason, Rejection
from marketplace.domain import settlement
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import Cycle, CycleState, Entry
from marketplace.domain.event.cycle import CycleSettled
from marketplace.domain.event.order import OrderFilled, OrderLost
from marketplace.domain.ledger import Hold, HoldState
from marketplace.domain.order import Fill, Loss, Order, OrderState
from marketplace.domain.settlement import Frozen, SettlementPlan, plan_settlement
from marketplace.domain.transfer import Movement
from tests.marketplace.bazaar import CLOSE, CREDIT, DAY, HOUR, NOW, RULES, leg, option, request

SALE = CLOSE + HOUR
"""The first slot on sale: slot 0 of what follows."""

SPAN = Span(start=SALE, slot=HOUR, slots=12)
LATER = CLOSE + HOUR / 2
PRICES = {
    "h100": (1, 1, 2, 3, 1, 1, 1, 1, 1, 1, 1, 1),
    "a100": (9, 9, 9, 1, 1, 2, 9, 9, 9, 9, 9, 9),
}
"""Credits a unit-hour, slot by slot."""

TWO_LEGS = (leg("h100", 8, 2), leg("a100", 2, 3, after=1))


def an_order(*, until: int | None = None, standing: bool = False) -> Order:
    """Two options: the first would start when the sale does, the second has two legs."""
    options = (option(100, 1), option(60, 3, until, *TWO_LEGS))
    return Order(
        id="ord_1",
        request=request("nlp", "a", *options, standing=standing),
        state=OrderState.OPEN,
        placed_at=NOW,
        cycle_id="cyc_000001",
    )


def settled(
    order: Order,
    award: Award | None = None,
    rejection: Rejection | None = None,
    parts: tuple[tuple[str, int], ...] = (("g1", 30), ("g2", 70)),
    prices: Mapping[str, tuple[int, ...]] = PRICES,
    options: tuple[int, ...] = (1,),
    problem: str = "ab",
    status: Literal["optimal", "feasible"] = "optimal",
) -> SettlementPlan:
    """Settle a cycle whose book has this order alone, as bid ``b1``; parts of its hold in credits.

    Only the order's second option could start: the bid's option 0 is the order's option 1.
    """
    cycle = Cycle(
        number=1,
        state=CycleState.CLEARED,
        closes_at=CLOSE,
        rules_version=1,
        sale_start=SALE,
        problem_sha256="ab",
    )
    outcome = Outcome(
        problem_sha256=problem,
        payment_rule=PaymentRule.UNIFORM,
        status=status,
        surplus_ucr=60 * CREDIT,
        welfare_ucr=60 * CREDIT,
        bound_ucr=61 * CREDIT,
        awards=(award,) if award else (),
        prices_ucr={pool: tuple(p * CREDIT for p in row) for pool, row in prices.items()},
        rejections=(rejection,) if rejection else (),
        engine="full",
        seed=1,
        work=1,
    )
    hold = Hold(
        id=order.hold_id,
        payer=order.payer,
        team="nlp",
        parts=tuple((grant, amount * CREDIT) for grant, amount in parts),
    )
    frozen = Frozen(
        cycle=cycle,
        span=SPAN,
        entries=(Entry(order_id=order.id, alias="b1", team_alias="t1", options=options),),
        orders={order.id: order},
        holds={order.id: hold},
        outcome=outcome,
    )
    return plan_settlement(frozen, RULES, LATER)


def test_a_payment_is_split_over_its_legs_by_what_each_weighs_at_the_prices() -> None:
    """8 units in slots at 2 and 3 weigh 40, 2 units at 1, 1 and 2 weigh 8: 36 are 30 and 6."""
    plan = settled(an_order(), Award("b1", 0, 2, 36 * CREDIT))
    first, second = plan.reservations
    assert (first.pool, first.start, first.end) == ("h100", SALE + 2 * HOUR, SALE + 4 * HOUR)
    assert (second.pool, second.start, second.end) == ("a100", SALE + 3 * HOUR, SALE + 6 * HOUR)
    assert (first.paid_ucr, second.paid_ucr) == (30 * CREDIT, 6 * CREDIT)
    assert first.prices_ucr == (2 * CREDIT, 3 * CREDIT)
    assert second.prices_ucr == (CREDIT, CREDIT, 2 * CREDIT)
    assert (first.quantity, first.units) == (8, (8, 8))
    assert first.award_id == second.award_id
    assert first.id != second.id
    assert {first.slot, second.slot} == {HOUR}
    assert first.awarded_at == LATER


def test_the_earlier_grant_pays_first_and_what_is_left_of_the_hold_goes_back() -> None:
    """The first grant's 30 pay the first leg whole; the second pays 6 and gets 64 back."""
    plan = settled(an_order(), Award("b1", 0, 2, 36 * CREDIT))
    moves = [(m.movement, m.source, m.target, m.amount_ucr // CREDIT) for m in plan.transfers]
    assert moves == [
        (Movement.PAY, "team/nlp/grant/g1/held", "pool/h100/till", 30),
        (Movement.PAY, "team/nlp/grant/g2/held", "pool/a100/till", 6),
        (Movement.VOID, "team/nlp/grant/g2/held", "team/nlp/grant/g2/free", 64),
    ]
    assert [hold.state for hold in plan.holds] == [HoldState.POSTED]
    pays = [move for move in plan.transfers if move.movement is Movement.PAY]
    assert [m.reservation_id for m in pays] == [one.id for one in plan.reservations]
    assert [m.unit_seconds for m in pays] == [8 * 2 * 3600, 2 * 3 * 3600]
    assert {(m.cycle_id, m.rule, m.payer.order_id) for m in pays} == {
        ("cyc_000001", "uniform", "ord_1")
    }


def test_a_leg_that_two_grants_pay_is_one_charge_in_two_parts() -> None:
    """The first grant has 20 of the first leg's 30: the second pays 10 of it, then 6."""
    plan = settled(an_order(), Award("b1", 0, 2, 36 * CREDIT), parts=(("g1", 20), ("g2", 80)))
    pays = [move for move in plan.transfers if move.movement is Movement.PAY]
    assert [m.amount_ucr // CREDIT for m in pays] == [20, 10, 6]
    assert [m.whole_ucr // CREDIT for m in pays] == [30, 30, 6]
    assert sum(m.unit_seconds for m in pays[:2]) == 8 * 2 * 3600
    assert len({m.key for m in plan.transfers}) == len(plan.transfers)


def test_the_order_is_filled_with_its_own_option_and_everybody_is_told() -> None:
    plan = settled(an_order(), Award("b1", 0, 2, 36 * CREDIT, capped=True))
    [order] = plan.orders
    assert (order.state, order.reason, order.ended_at) == (OrderState.FILLED, "filled", LATER)
    assert order.fill is not None
    assert (order.fill.option, order.fill.start) == (1, SALE + 2 * HOUR)
    assert (order.fill.payment_ucr, order.fill.capped) == (36 * CREDIT, True)
    assert order.cycle_id == ""
    filled, done = plan.events
    assert isinstance(filled, OrderFilled)
    assert filled.reservations == tuple(one.id for one in plan.reservations)
    assert isinstance(done, CycleSettled)
    assert (done.awards, done.rejections, done.bound_ucr) == (1, 0, 61 * CREDIT)
    assert (plan.cycle.state, plan.cycle.settled_at) == (CycleState.SETTLED, LATER)


def test_a_payment_that_cannot_be_split_evenly_still_adds_up() -> None:
    """10 micro-credits over legs that weigh 40 and 8: the first gets 8 of 8.33, the last 2."""
    plan = settled(an_order(), Award("b1", 0, 2, 10))
    assert [one.paid_ucr for one in plan.reservations] == [8, 2]


def test_where_time_is_free_legs_weigh_by_units_and_slots() -> None:
    """At prices of nothing 8 × 2 and 2 × 3 unit-hours share 22 credits."""
    free = dict.fromkeys(PRICES, (0,) * 12)
    plan = settled(an_order(), Award("b1", 0, 2, 22 * CREDIT), prices=free)
    assert [one.paid_ucr // CREDIT for one in plan.reservations] == [16, 6]


def test_a_win_that_costs_nothing_moves_nothing_but_the_hold_back() -> None:
    plan = settled(an_order(), Award("b1", 0, 2, 0))
    assert [(m.movement, m.amount_ucr // CREDIT) for m in plan.transfers] == [
        (Movement.VOID, 30),
        (Movement.VOID, 70),
    ]
    assert [one.paid_ucr for one in plan.reservations] == [0, 0]


def test_a_loser_gets_all_of_its_hold_back_and_is_told_by_how_much_it_missed() -> None:
    plan = settled(an_order(), rejection=Rejection("b1", Reason.OUTBID, 5 * CREDIT))
    [order] = plan.orders
    assert (order.state, order.reason, order.cycle_id) == (OrderState.LOST, "outbid", "")
    assert order.loss == Loss(cycle_id="cyc_000001", reason="outbid", shortfall_ucr=5 * CREDIT)
    assert [(m.movement, m.target, m.amount_ucr // CREDIT, m.reason) for m in plan.transfers] == [
        (Movement.VOID, "team/nlp/grant/g1/free", 30, "outbid"),
        (Movement.VOID, "team/nlp/grant/g2/free", 70, "outbid"),
    ]
    assert [hold.state for hold in plan.holds] == [HoldState.VOIDED]
    lost, done = plan.events
    assert isinstance(lost, OrderLost)
    assert (lost.reason, lost.shortfall_ucr) == ("outbid", 5 * CREDIT)
    assert isinstance(done, CycleSettled)
    assert (done.awards, done.rejections) == (0, 1)


def test_a_standing_order_that_can_start_later_keeps_its_hold_and_waits() -> None:
    """The next cycle closes a day later and sells from an hour after: 25 hours after this one."""
    order = an_order(until=25, standing=True)
    plan = settled(order, rejection=Rejection("b1", Reason.OUTBID, 1))
    assert plan.orders == (
        replace(
            order, cycle_id="", loss=Loss(cycle_id="cyc_000001", reason="outbid", shortfall_ucr=1)
        ),
    )
    assert (plan.holds, plan.transfers, plan.reservations) == ((), (), ())
    assert [type(event) for event in plan.events] == [CycleSettled]


@pytest.mark.parametrize("change", [{}, {"valid_until": CLOSE + DAY}])
def test_a_standing_order_that_meets_no_further_cycle_is_lost(change: dict[str, object]) -> None:
    order = an_order(until=25 if change else 24, standing=True)
    order = replace(order, request=replace(order.request, **change))  # type: ignore[arg-type]
    plan = settled(order, rejection=Rejection("b1", Reason.OUTBID))
    assert plan.orders[0].state is OrderState.LOST
    assert [hold.state for hold in plan.holds] == [HoldState.VOIDED]


def test_an_order_that_had_no_room_in_the_problem_lost_for_that() -> None:
    plan = settled(an_order(), options=())
    assert plan.orders[0].reason == "capacity-not-available"
    assert plan.orders[0].loss == Loss(
        cycle_id="cyc_000001", reason="capacity-not-available", shortfall_ucr=0
    )


def test_a_loser_is_unfit_only_where_the_clearing_is_proven_near_the_best() -> None:
    """The outcome's surplus is 60 of at most 61: a better one may serve the order."""
    rejection = Rejection("b1", Reason.UNFIT)
    [known] = settled(an_order(), rejection=rejection).orders
    [unknown] = settled(an_order(), rejection=rejection, status="feasible").orders
    assert (known.state, known.reason) == (OrderState.LOST, "unfit")
    assert (unknown.state, unknown.reason) == (OrderState.LOST, "not-found")
    assert unknown.loss == Loss(cycle_id="cyc_000001", reason="not-found", shortfall_ucr=0)


@pytest.mark.parametrize(
    ("rejection", "options"), [(None, (1,)), (Rejection("b1", Reason.UNFIT), ())]
)
def test_an_outcome_that_is_silent_on_a_bid_or_speaks_of_none_settles_nothing(
    rejection: Rejection | None, options: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="b1: the outcome says nothing of it"):
        settled(an_order(), rejection=rejection, options=options)


def test_an_award_above_its_hold_settles_nothing() -> None:
    with pytest.raises(ValueError, match="due against a hold of"):
        settled(an_order(), Award("b1", 0, 2, 101 * CREDIT))


def test_an_outcome_of_another_problem_settles_nothing() -> None:
    with pytest.raises(ValueError, match="cyc_000001: this outcome belongs to another problem"):
        settled(an_order(), Award("b1", 0, 2, 36 * CREDIT), problem="cd")


def test_nothing_is_reserved_for_an_order_that_has_not_ended() -> None:
    fill = Fill(cycle_id="cyc_000001", option=1, start=SALE, payment_ucr=9, capped=False)
    with pytest.raises(ValueError, match="ord_1 has not ended"):
        settlement._reservation(an_order(), fill, 0, (1, 1), 9)


def test_what_a_failure_may_do_is_asked_of_an_order_that_won_alone() -> None:
    with pytest.raises(ValueError, match="ord_1 won nothing"):
        settlement.failure_terms(an_order())
