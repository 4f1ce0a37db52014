"""Money: whole micro-credits in and out, and one rounding."""

import doctest
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing import units
from pricing.units import MAX_UCR, charge_ucr, credits_from_ucr, share_ucr, ucr_from_credits


def test_the_examples_in_the_text_are_true() -> None:
    result = doctest.testmod(units)
    assert result.attempted >= 2
    assert result.failed == 0


def test_all_prices_of_two_digits_after_the_point_are_exact() -> None:
    """17.60 × 100 is 1760, and not 1760.0000000000002."""
    for cents in range(20_000):
        text = f"{cents // 100}.{cents % 100:02d}"
        assert ucr_from_credits(text) == ucr_from_credits(Decimal(text)) == cents * 10_000


@given(st.integers(-MAX_UCR, MAX_UCR))
def test_an_amount_is_read_back_as_it_was_written(amount_ucr: int) -> None:
    shown = credits_from_ucr(amount_ucr)
    assert ucr_from_credits(shown) == ucr_from_credits(str(shown)) == amount_ucr
    assert Fraction(shown) == Fraction(amount_ucr, 10**6)
    text = f"{shown:f}"
    assert "." not in text or not text.endswith(("0", "."))


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("", "not a number"),
        ("ten", "not a number"),
        ("1,5", "not a number"),
        ("NaN", "not a finite number"),
        ("inf", "not a finite number"),
        ("-Infinity", "not a finite number"),
        ("0.0000001", "more than 6 digits"),
        ("1.00000000000000000000000000000000001", "more than 6 digits"),
        ("1e13", "more than the market can count"),
        ("-1e13", "more than the market can count"),
        (10**12 + 1, "more than the market can count"),
        ("1e999999", "more than the market can count"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(amount: str | int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ucr_from_credits(amount)


def test_money_never_comes_as_a_float() -> None:
    with pytest.raises(TypeError, match="must not come as a float"):
        ucr_from_credits(17.6)  # type: ignore[arg-type]


PRICES = st.integers(0, 10**15)
MINUTES = st.sampled_from([1, 5, 10, 15, 30, 60, 120])


@given(PRICES, MINUTES)
def test_a_charge_rounds_up_by_less_than_one(price: int, minutes: int) -> None:
    exact = Fraction(price * minutes, 60)
    assert exact <= charge_ucr(price, minutes) < exact + 1


@given(st.integers(1, 10**15), MINUTES)
def test_no_use_is_free(price: int, minutes: int) -> None:
    assert charge_ucr(price, minutes) >= 1


@given(PRICES, PRICES, MINUTES)
def test_a_lower_price_never_costs_more(one: int, other: int, minutes: int) -> None:
    low, high = sorted((one, other))
    assert charge_ucr(low, minutes) <= charge_ucr(high, minutes)


def test_a_price_is_never_negative() -> None:
    with pytest.raises(ValueError, match="must not be negative, was -1"):
        charge_ucr(-1, 60)


@given(st.integers(0, MAX_UCR), st.lists(st.integers(0, 1_000), min_size=1, max_size=8))
def test_shares_never_exceed_their_whole(total_ucr: int, parts: list[int]) -> None:
    whole = sum(parts)
    shares = [share_ucr(total_ucr, part, whole) for part in parts]
    assert total_ucr - len(parts) < sum(shares) <= total_ucr or whole == 0
    assert share_ucr(total_ucr, whole, whole) == (total_ucr if whole else 0)


@pytest.mark.parametrize(("part", "whole"), [(-1, 5), (6, 5), (1, 0)])
def test_what_is_no_share_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        share_ucr(10, part, whole)
