"""What an indicative clearing tells: prices alone, rounded up, and none where few teams bid."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.problem import Bid, Leg, Option, Pool, Problem
from marketplace.domain.indicative import (
    NOT_CLEARED,
    TOO_FEW,
    Indicative,
    IndicativePool,
    bidders_by_slot,
    coming,
    decoded,
    due_times,
    encoded,
    fallen_due,
    indicated,
    rounded_up,
)
from pricing.units import MAX_UCR
from tests.marketplace.bazaar import CLOSE, HOUR, NOW

SECOND = timedelta(seconds=1)


def bid(team: str, first: int, last: int, pool: str = "h100") -> Bid:
    """A bid for two slots that start in [first, last]."""
    return Bid(f"b-{team}-{first}", team, (Option(5, first, last, (Leg(pool, 1, 0, 2),)),))


def problem(*bids: Bid) -> Problem:
    pools = [Pool(one, "gpu", (4,) * 8, (1,) * 8) for one in ("a100", "h100")]
    return Problem.of(start=CLOSE, slot_minutes=60, slots=8, pools=pools, bids=bids)


@pytest.mark.parametrize(
    ("price_ucr", "told_ucr"),
    [(0, 0), (7, 7), (99, 99), (101, 110), (250_000, 250_000), (990_001, 1_000_000)],
)
def test_a_price_is_rounded_up_to_its_first_two_digits(price_ucr: int, told_ucr: int) -> None:
    assert rounded_up(price_ucr) == told_ucr


@given(st.integers(0, MAX_UCR))
def test_rounding_tells_a_tenth_too_much_at_most_and_changes_nothing_twice(price_ucr: int) -> None:
    told_ucr = rounded_up(price_ucr)
    assert price_ucr <= told_ucr
    assert told_ucr - price_ucr < max(price_ucr // 10, 1) or price_ucr == told_ucr
    assert rounded_up(told_ucr) == told_ucr


def test_they_fall_due_while_the_cycle_is_open_and_the_latest_missed_stands_for_all() -> None:
    before = (24 * HOUR, 12 * HOUR, 6 * HOUR, HOUR)
    times = due_times(before, NOW, CLOSE)
    assert times == [CLOSE - 12 * HOUR, CLOSE - 6 * HOUR, CLOSE - HOUR]
    assert due_times(before, CLOSE - 6 * HOUR, CLOSE) == [CLOSE - HOUR]
    assert due_times((), NOW, CLOSE) == []
    assert coming(times, None) == times[0]
    assert coming(times, times[0]) == times[1]
    assert coming(times, times[2]) is None
    assert fallen_due(times, None, times[0] - SECOND, CLOSE) is None
    assert fallen_due(times, None, times[0], CLOSE) == times[0]
    assert fallen_due(times, None, times[1] + HOUR, CLOSE) == times[1]
    assert fallen_due(times, times[1], times[1] + HOUR, CLOSE) is None
    assert fallen_due(times, None, CLOSE - SECOND, CLOSE) == times[2]
    assert fallen_due(times, None, CLOSE, CLOSE) is None


def test_a_slot_counts_the_teams_that_could_take_it() -> None:
    found = bidders_by_slot(problem(bid("a", 0, 1), bid("a", 1, 1), bid("b", 2, 6)))
    assert found["h100"].tolist() == [1, 1, 2, 1, 1, 1, 1, 1]
    assert found["a100"].tolist() == [0] * 8


def test_slots_that_fewer_than_three_teams_bid_for_have_no_price() -> None:
    """§7.11"""
    book = problem(bid("a", 0, 1), bid("b", 1, 1), bid("c", 2, 2))
    prices = {"a100": [123] * 8, "h100": [123] * 8}
    a100, h100 = indicated(book, prices)
    assert (a100.prices_ucr, a100.reason) == ((), TOO_FEW)
    assert (h100.prices_ucr, h100.reason) == ((None, None, 130, *[None] * 5), "")
    one = Indicative(
        cycle=1, due_at=NOW, as_of=NOW, start=CLOSE, slot_minutes=60, pools=(a100, h100)
    )
    assert one.told == ("h100",)


def test_teams_that_bid_for_other_slots_of_a_pool_are_not_enough() -> None:
    """§7.11"""
    book = problem(bid("a", 0, 0), bid("b", 2, 2), bid("c", 4, 4))
    assert [one.reason for one in indicated(book, {"a100": [1] * 8, "h100": [1] * 8})] == [
        TOO_FEW,
        TOO_FEW,
    ]


def test_what_could_not_be_cleared_has_no_prices() -> None:
    assert {one.reason for one in indicated(problem(bid("a", 0, 0)), None)} == {NOT_CLEARED}


def test_a_file_is_read_back_as_it_was_written() -> None:
    pools = (
        IndicativePool(pool="a", prices_ucr=(), reason=TOO_FEW),
        IndicativePool(pool="b", prices_ucr=(None, 130)),
    )
    assert decoded(encoded(pools)) == pools


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"5",
        b"[5]",
        b"[{}]",
        b'[{"pool":"a","prices_ucr":[],"reason":""}]',
        b'[{"pool":"a","prices_ucr":[1],"reason":"too-few-bidders"}]',
        b'[{"pool":"a","prices_ucr":[],"reason":"because"}]',
        *(
            b'[{"pool":"a","prices_ucr":[%s],"reason":""}]' % price
            for price in (b"123", b"-1", b"1.0", b"true", b'"1"', b"10000000000000000000")
        ),
    ],
)
def test_a_file_that_tells_more_than_it_may_is_refused(file: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded(file)
