"""The base fee, to the published integers."""

import pytest

from pricing.controller import Limits, Load, Reason
from pricing.eip1559 import Eip1559, next_fee

WIDE = Limits(floor_ucr=1, cap_ucr=10**12)


@pytest.mark.parametrize(
    ("fee", "used", "target", "after"),
    [
        (1_000_000_000, 15_000_000, 15_000_000, 1_000_000_000),
        (1_000_000_000, 15_000_001, 15_000_000, 1_000_000_008),
        (1_000_000_000, 14_999_999, 15_000_000, 999_999_992),
        (1_000_000_000, 0, 15_000_000, 875_000_000),
        (1_000_000_000, 30_000_000, 15_000_000, 1_125_000_000),
        (7, 16, 15, 8),  # at least one up
        (7, 14, 15, 7),  # and none down: floors of floors
        (1_072_671_875, 8_000_000, 10_000_000, 1_045_855_079),
    ],
)
def test_the_rule_is_exact(fee: int, used: int, target: int, after: int) -> None:
    assert next_fee(fee, used, target) == after


def test_it_hears_no_more_than_there_is() -> None:
    rule = Eip1559(limits=WIDE)
    full, _ = rule.step(rule.begin(10_000), Load(wanted=100, supply=100))
    surge, reason = rule.step(rule.begin(10_000), Load(wanted=900, supply=100))
    assert full == surge
    assert full.price_ucr == 11_250
    assert reason is Reason.DEMAND_ABOVE


def test_a_target_without_room_is_refused() -> None:
    for bad in (0, 10**6):
        with pytest.raises(ValueError, match="target"):
            Eip1559(limits=WIDE, target_ppm=bad)
