"""What a bid would cost and whether it would win: what past cycles tell of that."""

import numpy as np

from marketplace.domain.capacity import Span
from marketplace.domain.preview import Chance, Sale, preview_option, warnings
from marketplace.domain.price import Published
from marketplace.domain.terms import Meets
from tests.marketplace.bazaar import CLOSE, CREDIT, DAY, HOUR, option

SLOTS = 48


def published(pool: str, start_days: int = 1) -> Published:
    """A cycle a day or more ago that sold one pool at one credit a unit-hour."""
    span = Span(start=CLOSE - start_days * DAY, slot=HOUR, slots=SLOTS)
    prices = np.full(SLOTS, CREDIT, dtype=np.int64)
    return Published(
        cycle="cyc_000001", span=span, prices_ucr={pool: prices}, on_sale={pool: prices * 0 + 16}
    )


def sale() -> Sale:
    """Two days on which 16 units are free."""
    span = Span(start=CLOSE, slot=HOUR, slots=SLOTS)
    return Sale(span=span, start_slots=SLOTS, free={"h100": np.full(SLOTS, 16, dtype=np.int64)})


def test_a_cycle_that_sold_the_pool_tells_its_price() -> None:
    found = preview_option(option(60), sale(), [published("h100")], reserve_ucr=0)
    assert found.asked_ucr == {"cyc_000001": 16 * CREDIT}
    assert found.quote is not None
    assert (found.quote.now_ucr, found.quote.expected_ucr) == (16 * CREDIT, 16 * CREDIT)


def test_a_cycle_without_the_pool_tells_nothing_of_it() -> None:
    found = preview_option(option(60), sale(), [published("other")], reserve_ucr=0)
    assert found.asked_ucr == {}
    assert found.quote is not None
    assert (found.quote.now_ucr, found.quote.expected_ucr) == (None, None)


def test_an_order_whose_starts_are_not_on_sale_yet_is_told_so() -> None:
    found = preview_option(option(60), sale(), [], reserve_ucr=0)
    sure = Chance(share=0.9, cycles=20)
    assert [one.code for one in warnings([found], sure, Meets.LATER)] == ["not-on-sale-yet"]
    assert warnings([found], sure, Meets.NEXT) == ()


def test_an_option_of_another_value_is_the_same_but_for_that() -> None:
    found = preview_option(option(60), sale(), [published("h100")], reserve_ucr=7 * CREDIT)
    dearer = found.worth(70 * CREDIT)
    assert dearer.option.value_ucr == 70 * CREDIT
    assert (dearer.quote, dearer.asked_ucr, dearer.can_win) == (found.quote, found.asked_ucr, True)
    assert not found.worth(6 * CREDIT).can_win
