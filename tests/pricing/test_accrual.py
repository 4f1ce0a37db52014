"""Use by the second, rounded up once however it is posted in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.accrual import SECONDS_PER_HOUR, accrued_ucr


@pytest.mark.parametrize(
    ("price_unit_seconds", "paid_ahead", "due"),
    [
        (0, 0, (0, 0)),
        (3600, 0, (1, 0)),
        (3601, 0, (2, 3599)),
        (3599, 3599, (0, 0)),
        (1, 3599, (0, 3598)),  # paid already: nothing is due, and less is paid ahead
    ],
)
def test_by_hand(price_unit_seconds: int, paid_ahead: int, due: tuple[int, int]) -> None:
    assert accrued_ucr(price_unit_seconds, paid_ahead) == due


@given(st.lists(st.integers(0, 10**9), max_size=8))
def test_pieces_cost_what_the_whole_costs_rounded_up_once(pieces: list[int]) -> None:
    paid, ahead = 0, 0
    for piece in pieces:
        due, ahead = accrued_ucr(piece, ahead)
        assert due >= 0
        assert 0 <= ahead < SECONDS_PER_HOUR
        paid += due
    assert paid == -(-sum(pieces) // SECONDS_PER_HOUR)


def test_no_use_is_negative() -> None:
    with pytest.raises(ValueError, match="must not be negative, was -1"):
        accrued_ucr(-1)
