"""Awards that may be changed: what a cycle moves and buys back, by hand, to the micro-credit."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np
import pytest

from allocator.files.formats import decode_problem
from allocator.outcome import Outcome, PaymentRule
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.capacity import Span
from marketplace.domain.guarantee import FIRM, Guarantee, Kind
from marketplace.domain.insight import BoughtBack
from marketplace.domain.order import Option, Order, OrderRequest, OrderState
from marketplace.domain.page import every
from marketplace.domain.policy import Cap, Policy
from marketplace.domain.refund import Haven
from marketplace.domain.reservation import Reservation, ReservationState
from marketplace.domain.standing import Standing, changed, on_sale_with
from marketplace.domain.statement import LineType
from marketplace.domain.transfer import free_of
from marketplace.errors import BadField, NotAllowedNow
from marketplace.rules import PPM, MarketRules
from marketplace.services import cycle, event, insight, order, publication, reservation, statement
from marketplace.services.runner import Runner
from marketplace.store import standing as standing_store
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    a_grant,
    a_market,
    assert_clean,
    free_ucr,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
)

GENEROUS: Final = replace(RULES, buy_out_gain_ppm=100 * PPM)
SECOND: Final = CLOSE + DAY
ALL: Final = leg("h100", 16, 2)
MOVABLE: Final = Guarantee(kind=Kind.MOVABLE)
RECALLABLE: Final = Guarantee(kind=Kind.RECALLABLE)


def asks(team: str, key: str, guarantee: Guarantee, *options: Option) -> OrderRequest:
    return replace(request(team, key, *options), guarantee=guarantee)


def box(store: Store, one: Order) -> Reservation:
    now = order.get(store, one.id, team=one.team)
    [found] = reservation.of_order(store, now, NOW)
    return found


def kinds(store: Store) -> list[str]:
    return [one.event.kind for one in event.since(store, 0, 1_000)]


def two_cycles(store: Store, first: OrderRequest, second: OrderRequest) -> tuple[Order, Order]:
    """The first is won in the first cycle, and the second is cleared in the next one."""
    [one] = placed(store, first)
    run(store)
    assert order.get(store, one.id, team=one.team).state is OrderState.FILLED
    [other] = placed(store, second, now=CLOSE + HOUR)
    run(store, SECOND)
    return (
        order.get(store, one.id, team=one.team),
        order.get(store, other.id, team=other.team),
    )


def test_a_movable_box_makes_room_for_one_that_can_only_be_there() -> None:
    """16 units for two hours at 60 h or until 70 h, worth 100: won at 60 h. Then 50 for exactly
    these hours: the first moves two hours on, which loses nothing, and both have theirs."""
    store = a_market(rules=GENEROUS)
    first = asks("nlp", "a", MOVABLE, option(100, 60, 70, ALL))
    one, other = two_cycles(store, first, request("rl", "b", option(50, 60, 60, ALL)))
    mine, theirs = box(store, one), box(store, other)
    assert mine.start == CLOSE + 62 * HOUR
    assert one.fill
    assert one.fill.start == CLOSE + 60 * HOUR  # the order tells what it won
    assert (mine.state, mine.moves, mine.units) == (ReservationState.SCHEDULED, 1, (16, 16))
    assert theirs.start == CLOSE + 60 * HOUR
    assert mine.paid_ucr == one.fill.payment_ucr
    assert kinds(store).count("reservation.moved") == 1
    assert_clean(store)


@pytest.mark.both
def test_what_stood_in_a_book_is_named_by_the_key_to_its_files() -> None:
    store = a_market(rules=GENEROUS)
    first = asks("nlp", "a", MOVABLE, option(100, 60, 70, ALL))
    one, other = two_cycles(store, first, request("rl", "b", option(50, 60, 60, ALL)))
    problem = decode_problem(cycle.files(store, 2).problem)
    bids = {bid.id: bid.team for bid in problem.bids}
    named = every(publication.names, store, "2", by=hands.FINANCE)
    assert sorted(each.order_id for each in named) == sorted([one.id, other.id])
    assert {each.bid: each.team_name for each in named} == bids
    [mine] = every(publication.names, store, "2", by=hands.FINANCE, team="nlp")
    assert (mine.order_id, mine.team) == (one.id, "nlp")


def test_a_recallable_box_is_bought_back_for_what_its_order_was_worth() -> None:
    """16 units for two hours at 60 h, worth 100, won at the reserve price: 16 × 2 × .25 = 8. Then
    200 for the same hours: the first is bought back for 100, so its team has 92 more than before
    it bid, and the second pays 105, what keeps the first there: its 100 and a least gain of 5."""
    store = a_market(rules=GENEROUS)
    before = free_ucr(store, "nlp")
    first = asks("nlp", "a", RECALLABLE, option(100, 60, 60, ALL))
    one, other = two_cycles(store, first, request("rl", "b", option(200, 60, 60, ALL)))
    mine = box(store, one)
    assert (mine.state, mine.reason, mine.units) == (ReservationState.RECALLED, "recalled", (0, 0))
    assert free_ucr(store, "nlp") == before + 92 * CREDIT
    assert other.fill
    assert other.fill.payment_ucr == 105 * CREDIT
    assert kinds(store).count("reservation.recalled") == 1
    lines = every(statement.lines, store, "nlp", NOW, SECOND + DAY)
    moved = {one.type: one.amount_ucr for one in lines if one.type is not LineType.GRANT}
    assert moved == {
        LineType.CHARGE: -8 * CREDIT,
        LineType.REFUND: 8 * CREDIT,
        LineType.BUY_OUT: 92 * CREDIT,
    }
    found = insight.spending(store, SECOND, SECOND + DAY).bought_back
    paid_ucr, gained_ucr, worth_ucr = 8 * CREDIT, 92 * CREDIT, 105 * CREDIT
    assert found == BoughtBack(
        boxes=1, refunded_ucr=paid_ucr, gained_ucr=gained_ucr, worth_ucr=worth_ucr
    )
    assert found.kept_ucr == 5 * CREDIT
    assert insight.spending(store, CLOSE, SECOND).bought_back == BoughtBack()
    days = statement.by_day(store, "nlp", NOW.replace(hour=0), 4)
    assert sum(one.gained_ucr for one in days) == 92 * CREDIT
    assert sum(one.change_ucr - one.granted_ucr for one in days) == 92 * CREDIT
    assert_clean(store)


def test_the_mint_pays_back_what_buy_outs_took_out_of_the_till() -> None:
    """As above: of 105 that the second paid, 92 went to the first, so the till has 13. Then the
    second's units go away, and it has all 105 back: 92 of them from the mint, which has given as
    much more than the 2,000 that teams were granted."""
    store = a_market(rules=GENEROUS)
    before = free_ucr(store, "rl")
    first = asks("nlp", "a", RECALLABLE, option(100, 60, 60, ALL))
    _, other = two_cycles(store, first, request("rl", "b", option(200, 60, 60, ALL)))
    [failed] = maintain(store, "m", CLOSE + 60 * HOUR, 16, 2, SECOND + HOUR)
    assert failed.order_id == other.id
    assert free_ucr(store, "rl") == before
    lines = every(statement.lines, store, "rl", NOW, SECOND + DAY)
    back = [one for one in lines if one.type is LineType.REFUND]
    assert [(one.transfer.source, one.amount_ucr) for one in back] == [
        ("pool/h100/till", 13 * CREDIT),
        ("mint", 92 * CREDIT),
    ]
    assert sum(one.transfer.unit_seconds for one in back) == 16 * 2 * 3600
    assert_clean(store)


def test_who_keeps_nothing_gains_nothing_by_buy_outs() -> None:
    """16 units for two hours, worth 16 and won for 8: bought back it would gain 8, as much as the
    rules allow of what is kept, and nothing is. With 8 more paid for a box that is kept it is
    bought back; of two such boxes the one that starts first. What moves gains nothing."""
    first = asks("nlp", "a", RECALLABLE, option(16, 60, 60, ALL))
    kept = request("nlp", "b", option(8, 66, 66, ALL))
    later = asks("nlp", "c", RECALLABLE, option(16, 63, 63, ALL))
    for bids, ends in (
        ([asks("nlp", "m", MOVABLE, option(16, 60, 70, ALL))], ["scheduled"]),
        ([first], ["scheduled"]),
        ([first, kept], ["recalled", "scheduled"]),
        ([first, kept, later], ["recalled", "scheduled", "scheduled"]),
    ):
        store = a_market(rules=replace(RULES, buy_out_share_ppm=PPM))
        won = placed(store, *bids)
        run(store)
        wanted = [request("rl", f"w{at}", option(200, at, at, ALL)) for at in (60, 63)]
        placed(store, *wanted, now=CLOSE + HOUR)
        run(store, SECOND)
        assert [box(store, one).state.value for one in won] == ends
        assert_clean(store)


@pytest.mark.parametrize(
    ("why", "rules"),
    [
        ("moving it costs nobody anything", GENEROUS),
        ("its gain would be 92, eleven times what was paid", RULES),
        ("its team has kept nothing", replace(GENEROUS, buy_out_share_ppm=PPM)),
    ],
)
def test_a_recallable_box_that_may_start_elsewhere_is_moved(why: str, rules: MarketRules) -> None:
    """It makes room two hours on, is worth its 100 there as before, and nothing is paid for it:
    whether it could have been bought back, or not."""
    store = a_market(rules=rules)
    before = free_ucr(store, "nlp")
    first = asks("nlp", "a", RECALLABLE, option(100, 60, 70, ALL))
    one, other = two_cycles(store, first, request("rl", "b", option(200, 60, 60, ALL)))
    mine = box(store, one)
    assert (mine.state, mine.moves) == (ReservationState.SCHEDULED, 1), why
    assert mine.start == CLOSE + 62 * HOUR
    assert other.state is OrderState.FILLED
    assert free_ucr(store, "nlp") == before - 8 * CREDIT
    assert_clean(store)


def test_a_recallable_box_is_bought_back_where_moving_it_would_cost_more() -> None:
    """It holds 60 h and might start at 61 h: either way it is in the way of one worth 300 for three
    hours, and there is nowhere else for it to be."""
    store = a_market(rules=GENEROUS)
    first = asks("nlp", "a", RECALLABLE, option(100, 60, 61, ALL))
    three = leg("h100", 16, 3)
    one, other = two_cycles(store, first, request("rl", "b", option(300, 60, 60, three)))
    assert box(store, one).state is ReservationState.RECALLED
    assert other.state is OrderState.FILLED
    assert_clean(store)


def test_a_recallable_gang_goes_whole() -> None:
    """Two legs, 8 units of one pool and then 2 of the other for two hours each: somebody wants the
    second leg's hours alone, and both legs are bought back, in two parts that make the whole."""
    store = a_market(rules=GENEROUS)
    before = free_ucr(store, "nlp")
    legs = leg("h100", 16, 2), leg("a100", 4, 2, after=2)
    first = asks("nlp", "a", RECALLABLE, option(50, 60, 60, *legs))
    one, _ = two_cycles(store, first, request("rl", "b", option(300, 62, 62, leg("a100", 4, 2))))
    both = reservation.of_order(store, one, NOW)
    assert [box.state for box in both] == [ReservationState.RECALLED] * 2
    assert free_ucr(store, "nlp") - before == 50 * CREDIT - (16 + 4) * 2 * CREDIT // 4
    assert_clean(store)


def test_a_movable_sequence_moves_whole() -> None:
    store = a_market(rules=GENEROUS)
    legs = leg("h100", 16, 2), leg("a100", 4, 2, after=2)
    first = asks("nlp", "a", MOVABLE, option(50, 60, 70, *legs))
    one, _ = two_cycles(store, first, request("rl", "b", option(30, 62, 62, leg("a100", 4, 2))))
    train, evaluate = reservation.of_order(store, one, NOW)
    assert evaluate.start - train.start == 2 * HOUR
    assert evaluate.start >= CLOSE + 64 * HOUR
    assert_clean(store)


@pytest.mark.parametrize(
    ("why", "rules", "guarantee", "value"),
    [
        ("firm", GENEROUS, FIRM, 100),
        ("its gate is three days before", GENEROUS, replace(RECALLABLE, gate=3 * DAY), 100),
        ("its gain would be 92, eleven times what was paid", RULES, RECALLABLE, 100),
        ("it is worth more than the other", GENEROUS, RECALLABLE, 150),
        ("the least gain is as much", replace(GENEROUS, least_gain_ppm=PPM), RECALLABLE, 100),
    ],
)
def test_what_is_not_to_be_changed_stays(
    why: str, rules: MarketRules, guarantee: Guarantee, value: int
) -> None:
    store = a_market(rules=rules)
    first = asks("nlp", "a", guarantee, option(value, 60, 60, ALL))
    one, other = two_cycles(store, first, request("rl", "b", option(140, 60, 60, ALL)))
    assert box(store, one).state is ReservationState.SCHEDULED, why
    assert other.state is OrderState.LOST


def test_a_box_is_moved_no_more_often_than_the_rules_say() -> None:
    store = a_market(rules=replace(GENEROUS, moves_most=0))
    first = asks("nlp", "a", MOVABLE, option(100, 60, 70, ALL))
    one, other = two_cycles(store, first, request("rl", "b", option(50, 60, 60, ALL)))
    assert box(store, one).start == CLOSE + 60 * HOUR
    assert other.state is OrderState.LOST


def test_a_box_that_a_cycle_may_change_is_given_back_before_or_after() -> None:
    store = a_market(rules=GENEROUS)
    [one] = placed(store, asks("nlp", "a", MOVABLE, option(100, 60, 70, ALL)))
    run(store)
    mine = box(store, one)
    frozen = hands.freeze(store, SECOND, b"salt of the tests")
    with pytest.raises(NotAllowedNow, match=frozen.id):
        hands.release(store, mine.id, SECOND, team="nlp")
    hands.finish(store, frozen, SECOND)
    hands.release(store, mine.id, SECOND + HOUR, team="nlp")
    assert_clean(store)


def test_a_box_that_failed_while_it_was_cleared_is_left_to_its_failure() -> None:
    """All units fall away between the book's closing and its settlement."""
    store = a_market(rules=GENEROUS)
    [one] = placed(store, asks("nlp", "a", RECALLABLE, option(100, 60, 60, ALL)))
    run(store)
    placed(store, request("rl", "b", option(200, 60, 60, ALL)), now=CLOSE + HOUR)
    frozen = hands.freeze(store, SECOND, b"salt of the tests")
    maintain(store, "m", CLOSE + 60 * HOUR, 16, 2, now=SECOND)
    hands.finish(store, frozen, SECOND)
    assert box(store, one).state is not ReservationState.RECALLED
    assert_clean(store)


@pytest.mark.parametrize(
    ("guarantee", "field"),
    [
        (replace(FIRM, buy_out_ucr=CREDIT), "buy_out"),
        (replace(MOVABLE, buy_out_ucr=CREDIT), "buy_out"),
        (replace(RECALLABLE, buy_out_ucr=101 * CREDIT), "buy_out"),
        (replace(RECALLABLE, buy_out_ucr=0), "buy_out"),
        (replace(FIRM, gate=DAY), "gate"),
        (replace(MOVABLE, gate=HOUR), "gate"),
        (replace(MOVABLE, gate=DAY + timedelta(minutes=1)), "gate"),
        (replace(MOVABLE, gate=15 * DAY), "gate"),
    ],
)
def test_terms_that_mean_nothing_are_refused(guarantee: Guarantee, field: str) -> None:
    store = a_market(rules=GENEROUS)
    [refused] = hands.place(store, [asks("nlp", "a", guarantee, option(100, 60, 70, ALL))], NOW)
    assert isinstance(refused, BadField)
    assert refused.field == field
    assert str(refused)


def standing(store: Store, guarantee: Guarantee, until: int = 60) -> Standing:
    """What nlp won in the first cycle, as the next book would find it."""
    placed(store, asks("nlp", "a", guarantee, option(100, 60, until, ALL)))
    run(store)
    with store.read() as tx:
        [one] = standing_store.starting(tx, SECOND)
    return one


def test_a_cap_counts_what_stands_with_what_may_still_be_won() -> None:
    """nlp may have 16 units of h100 ahead, and has them: its box moves within its own cap, and a
    second order of it fits beside no longer than that."""
    store = a_market(rules=GENEROUS)
    policy = Policy(caps=(Cap(pool="h100", team="nlp", units=16),))
    Runner(store).run(AdoptPolicy(policy), by=hands.FINANCE, at=NOW)
    first = asks("nlp", "a", MOVABLE, option(100, 60, 70, ALL))
    one, other = two_cycles(store, first, request("nlp", "b", option(50, 60, 60, ALL)))
    assert other.state is OrderState.FILLED
    assert box(store, one).start == CLOSE + 62 * HOUR
    assert_clean(store)


def test_what_stands_where_more_is_sold_than_there_is_stays_out() -> None:
    one = standing(a_market(rules=GENEROUS), MOVABLE)
    span = Span(start=SECOND + HOUR, slot=HOUR, slots=96)
    spare = {"h100": np.zeros(96, dtype=np.int64)}
    assert on_sale_with([one], spare, span)[0] == [one]
    spare["h100"][one.slots(span)[0][2]] = -1
    admitted, free = on_sale_with([one], spare, span)
    assert admitted == []
    assert not free["h100"].any()


def test_an_award_is_of_an_order_that_won() -> None:
    [one] = placed(a_market(), request("nlp", "a", option(100, 60, 60, ALL)))
    with pytest.raises(ValueError, match=one.id):
        _ = Standing(order=one, legs=()).option


@pytest.mark.parametrize(("paid", "named", "back", "gained"), [(0, 5, [], [5]), (8, 3, [8], [])])
def test_a_buy_out_pays_back_and_adds_only_what_there_is(
    paid: int, named: int, back: list[int], gained: list[int]
) -> None:
    """Nothing goes back of nothing, and nothing is gained where the buy-out is below what was paid:
    that much comes back anyway."""
    terms = replace(RECALLABLE, buy_out_ucr=named * CREDIT)
    one = standing(a_market(rules=GENEROUS), terms)
    legs = tuple(replace(each, paid_ucr=paid * CREDIT) for each in one.legs)
    one = replace(one, legs=legs)
    span = Span(start=SECOND + HOUR, slot=HOUR, slots=96)
    nobody = Outcome(
        problem_sha256="",
        payment_rule=PaymentRule.UNIFORM,
        status="optimal",
        surplus_ucr=0,
        welfare_ucr=0,
        bound_ucr=0,
        awards=(),
        prices_ucr={},
        rejections=(),
        engine="none",
        seed=1,
        work=1,
    )
    [found] = changed({"bid-a": one}, nobody, span, "cyc_000002", SECOND)
    assert [each.amount_ucr for each in found.refunds] == [each * CREDIT for each in back]
    assert [each.amount_ucr for each in found.gains] == [each * CREDIT for each in gained]


def test_what_is_gained_goes_where_it_can_be_spent() -> None:
    """The grant that paid ends before the next settlement: another one receives the gain."""
    ending = replace(a_grant("g-old", "nlp"), end=SECOND)
    lasting = a_grant("g-new", "nlp")
    haven = Haven(
        team="nlp",
        now=SECOND,
        settled_at=SECOND + DAY,
        grants={one.id: one for one in (ending, lasting)},
        name="made",
    )
    assert haven.gift(free_of("nlp", "g-new"), 3) == free_of("nlp", "g-new")
    assert haven.gift(free_of("nlp", "g-old"), 4) == free_of("nlp", "g-new")
    assert haven.received_ucr == {"g-new": 7}
