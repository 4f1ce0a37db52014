"""What may still become of time-boxes that were won, until when, and for how much."""

from dataclasses import replace

import pytest

from marketplace.domain.guarantee import Guarantee, Kind, Terms
from marketplace.domain.order import Order
from marketplace.domain.reservation import Reservation
from marketplace.rules import MarketRules
from marketplace.services import order, reservation
from marketplace.services.standing import terms
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    RULES,
    a_market,
    leg,
    option,
    placed,
    run,
)
from tests.marketplace.test_page import asked
from tests.marketplace.test_standing import GENEROUS, MOVABLE, RECALLABLE, SECOND, asks

GATE = CLOSE + 60 * HOUR - DAY
"""Of a box that starts 60 h after the first closing."""


def boxes(store: Store, *orders: Order) -> list[Reservation]:
    return [
        leg
        for one in orders
        for leg in reservation.of_order(store, order.get(store, one.id, team=one.team), CLOSE)
    ]


def test_each_kind_has_its_terms_and_a_firm_one_has_none() -> None:
    store = a_market(rules=GENEROUS)
    terms_of = (Guarantee(), MOVABLE, replace(RECALLABLE, buy_out_ucr=30 * CREDIT))
    given = [
        asks("nlp", key, kept, option(40, 60, 61, leg("a100", 1, 2)))
        for key, kept in zip("abc", terms_of, strict=True)
    ]
    orders = placed(store, *given)
    run(store)
    firm, movable, recallable = boxes(store, *orders)
    assert terms(store, [firm, movable, recallable], CLOSE + HOUR) == {
        movable.id: Terms(kind=Kind.MOVABLE, until=GATE, moves=True),
        recallable.id: Terms(kind=Kind.RECALLABLE, until=GATE, moves=True, buy_out_ucr=30 * CREDIT),
    }


def test_nothing_changes_any_more_once_the_last_cycle_before_the_gate_is_settled() -> None:
    """The second cycle closes at 24 h and sells from 25 h on, the third from 49 h; the gate is at
    36 h. While the second is cleared, the box may be changed still."""
    store = a_market(rules=GENEROUS)
    [one] = placed(store, asks("nlp", "a", MOVABLE, option(40, 60, 70, leg())))
    run(store)
    frozen = hands.freeze(store, SECOND, b"salt of the tests")
    [mine] = boxes(store, one)
    assert terms(store, [mine], SECOND)[mine.id].until == GATE
    hands.finish(store, frozen, SECOND)
    assert terms(store, [mine], SECOND)[mine.id] == Terms(kind=Kind.MOVABLE)


def test_a_movable_one_with_one_start_alone_has_nowhere_to_move() -> None:
    store = a_market(rules=GENEROUS)
    [one] = placed(store, asks("nlp", "a", MOVABLE, option(40, 60, 60, leg())))
    run(store)
    [mine] = boxes(store, one)
    assert terms(store, [mine], CLOSE) == {mine.id: Terms(kind=Kind.MOVABLE)}


@pytest.mark.parametrize(
    ("rules", "last", "told"),
    [
        (GENEROUS, 60, Terms(kind=Kind.RECALLABLE, until=GATE, buy_out_ucr=44 * CREDIT)),
        (RULES, 70, Terms(kind=Kind.RECALLABLE, until=GATE, moves=True)),
        (replace(RULES, moves_most=0), 70, Terms(kind=Kind.RECALLABLE)),
    ],
)
def test_a_recallable_one_says_what_of_the_two_may_be_done(
    rules: MarketRules, last: int, told: Terms
) -> None:
    """With one start it is not moved; where its gain of 40 is ten times what was paid, more than
    the rules let, it is not bought back."""
    store = a_market(rules=rules)
    [one] = placed(store, asks("nlp", "a", RECALLABLE, option(44, 60, last, leg())))
    run(store)
    [mine] = boxes(store, one)
    assert terms(store, [mine], CLOSE) == {mine.id: told}


def test_the_legs_of_a_gang_have_their_parts_of_its_buy_out() -> None:
    """The legs paid 8 and 2; the buy-out of 50 is 40 and 10."""
    store = a_market(rules=GENEROUS)
    legs = leg("h100", 16, 2), leg("a100", 4, 2, after=2)
    [one] = placed(store, asks("nlp", "a", RECALLABLE, option(50, 60, 60, *legs)))
    run(store)
    both = boxes(store, one)
    found = terms(store, both, CLOSE)
    assert [found[each.id].buy_out_ucr for each in both] == [40 * CREDIT, 10 * CREDIT]
    alone = terms(store, both[1:], CLOSE)
    assert alone == {both[1].id: found[both[1].id]}


def test_a_part_that_would_be_given_back_is_told_before_it_is() -> None:
    store = a_market(rules=GENEROUS)
    [one] = placed(store, asks("nlp", "a", MOVABLE, option(40, 60, 70, leg())))
    run(store)
    [mine] = boxes(store, one)
    less = replace(mine, units=(7, 8), given_back=(1, 0))
    assert terms(store, [less], CLOSE)[mine.id].until is None


def test_many_are_asked_for_by_so_many_queries_as_one() -> None:
    store = a_market(rules=GENEROUS)
    given = [
        asks("nlp", str(key), MOVABLE, option(10, 60, 70, leg("a100", 1, 2))) for key in range(8)
    ]
    orders = placed(store, *given)
    run(store)
    found = boxes(store, *orders)
    assert len(found) == 8
    counts = []
    for some in (found[:1], found):
        with asked(store) as queries:
            assert len(terms(store, some, CLOSE)) == len(some)
        counts.append(len(queries))
    assert counts[0] == counts[1]
