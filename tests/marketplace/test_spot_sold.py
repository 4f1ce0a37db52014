"""What a spot run used, second by second at each tick's price: figures worked by hand."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.capacity import PRICE_MAX_UCR, UNITS_MAX
from marketplace.domain.spot import (
    PricedSpan,
    SpotRequest,
    SpotRun,
    SpotState,
    SpotTerms,
    check_limit,
    check_terms,
    ended,
    noticed,
    sold_to,
)
from marketplace.domain.transfer import PricedUnits, SoldTime
from marketplace.errors import BadField
from marketplace.rules import MarketRules
from tests.marketplace.bazaar import CREDIT, DAY, HOUR, NOW, pool

MINUTE = timedelta(minutes=1)
PRICES = [
    PricedSpan(start=NOW + at * MINUTE, price_ucr=price * CREDIT // 100)
    for at, price in ((0, 25), (5, 50), (10, 150))
]
"""A quarter, a half, then one and a half credits a unit-hour: the last is above the limit."""


def running(billed: timedelta, covered: timedelta, paid_ahead: int = 0) -> SpotRequest:
    """Four units at a limit of one credit, paid and covered up to so long after ``NOW``."""
    run = SpotRun(
        started_at=NOW,
        billed_until=NOW + billed,
        covered_until=NOW + covered,
        paid_ahead=paid_ahead,
    )
    return SpotRequest(
        id="spot_1",
        terms=SpotTerms(team="nlp", key="s", pool="a100", quantity=4, limit_ucr=CREDIT),
        placed_at=NOW,
        updated_at=NOW,
        state=SpotState.ACTIVE,
        run=run,
    )


def test_each_second_costs_its_ticks_price_and_never_more_than_the_limit() -> None:
    """3 minutes at 0.25, 5 at 0.50, 2½ at 1.00: 4 × (45 + 150 + 150) / 3600 = 0.38333…"""
    sold = sold_to(running(2 * MINUTE, 60 * MINUTE), PRICES, NOW + 12.5 * MINUTE)
    assert [(one.unit_seconds, one.price_ucr) for one in sold.spans] == [
        (4 * 180, CREDIT // 4),
        (4 * 300, CREDIT // 2),
        (4 * 150, CREDIT),
    ]
    assert (sold.start, sold.end) == (NOW + 2 * MINUTE, NOW + 12.5 * MINUTE)
    assert sold.cost_ucr() == (383_334, 383_334 * 3600 - 4 * 345 * CREDIT)


def test_what_rounding_paid_ahead_is_taken_off_the_next_piece() -> None:
    """The 2,400/3600 of a micro-credit of the piece before: the next ⅓ of one is paid already."""
    first = sold_to(running(2 * MINUTE, 60 * MINUTE), PRICES, NOW + 12.5 * MINUTE)
    _, ahead = first.cost_ucr()
    assert ahead == 2_400
    again = running(12.5 * MINUTE, 60 * MINUTE, ahead)
    second = sold_to(again, PRICES, NOW + 12.5 * MINUTE + timedelta(seconds=1))
    assert second.cost_ucr() == (1_111, 1_111 * 3600 + 2_400 - 4 * CREDIT)
    whole = sold_to(running(2 * MINUTE, 60 * MINUTE), PRICES, second.end)
    assert whole.cost_ucr()[0] == 383_334 + 1_111


def test_time_beyond_the_hold_is_billed_by_the_last_price() -> None:
    """Covered for 12 minutes, stopped after 30: 4 × (45 + 150 + 1200) / 3600 is 1.55 exactly."""
    sold = sold_to(running(2 * MINUTE, 12 * MINUTE), PRICES, NOW + 30 * MINUTE)
    assert sold.end == NOW + 30 * MINUTE
    assert sold.cost_ucr() == (1_550_000, 0)


@given(most_ucr=st.integers(0, 2 * CREDIT), ahead=st.integers(0, 3_599))
def test_what_cannot_be_paid_whole_is_paid_for_its_first_seconds(most_ucr: int, ahead: int) -> None:
    sold = sold_to(running(2 * MINUTE, 60 * MINUTE, ahead), PRICES, NOW + 30 * MINUTE)
    paid = sold.within(most_ucr)
    assert paid.cost_ucr()[0] <= most_ucr
    if paid.spans != sold.spans:
        whole = [span.price_ucr * span.units for span in sold.spans if span.end > paid_end(paid)]
        assert paid.cost_ucr()[0] + -(-whole[0] // 3600) > most_ucr  # not one second more
        assert paid == sold_to(running(2 * MINUTE, HOUR, ahead), PRICES, paid_end(paid))


def paid_end(sold: SoldTime) -> datetime:
    return sold.end if sold.spans else NOW + 2 * MINUTE


def test_time_that_costs_nothing_is_paid_with_nothing() -> None:
    free = SoldTime("a100", (PricedUnits(NOW, NOW + HOUR, 4, 0),))
    assert free.within(0) == free


def test_ticks_of_one_price_are_one_span() -> None:
    same = [replace(one, price_ucr=7) for one in PRICES]
    sold = sold_to(running(0 * MINUTE, 60 * MINUTE), same, NOW + 12 * MINUTE)
    assert sold.spans == (PricedUnits(NOW, NOW + 12 * MINUTE, 4, 7),)


def test_where_nothing_was_used_since_the_last_bill_nothing_is_due() -> None:
    sold = sold_to(running(5 * MINUTE, 60 * MINUTE, 17), PRICES, NOW + 5 * MINUTE)
    assert sold.spans == ()
    assert sold.cost_ucr() == (0, 17)


def test_what_does_not_run_has_used_nothing_to_ask_for() -> None:
    with pytest.raises(ValueError, match="spot_1 does not run"):
        sold_to(replace(running(0 * MINUTE, MINUTE), run=None), PRICES, NOW)


def test_a_limit_is_within_what_can_be_counted() -> None:
    a100 = pool("a100")
    check_limit(PRICE_MAX_UCR, a100)
    with pytest.raises(BadField) as refused:
        check_limit(PRICE_MAX_UCR + 1, a100)
    assert (refused.value.field, refused.value.reason) == ("limit_price", "above-most")


def test_a_request_whose_hold_cannot_be_counted_is_refused() -> None:
    """The highest limit for the most units is still counted for an hour, and no longer."""
    rules, pools = MarketRules(), {"a100": pool("a100")}
    terms = SpotTerms(team="nlp", key="s", pool="a100", quantity=UNITS_MAX, limit_ucr=PRICE_MAX_UCR)
    check_terms(terms, pools, UNITS_MAX, rules, NOW)
    with pytest.raises(BadField) as refused:
        check_terms(replace(terms, minimum=DAY), pools, UNITS_MAX, rules, NOW)
    assert (refused.value.field, refused.value.reason) == ("limit_price", "uncountable")


def test_a_deadline_that_was_told_never_moves() -> None:
    told = noticed(running(0 * MINUTE, MINUTE), "outbid", NOW + 5 * MINUTE, NOW)
    with pytest.raises(ValueError, match="was told already"):
        noticed(told, "outbid", NOW + 9 * MINUTE, NOW)


def test_no_request_ends_without_a_reason() -> None:
    """§7.10"""
    with pytest.raises(ValueError, match="must not end without a reason"):
        ended(running(0 * MINUTE, MINUTE), SpotState.CLOSED, "", NOW)
