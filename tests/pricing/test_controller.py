"""What holds for every controller: floor, cap, the largest step, and nothing to sell."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.aimd import Aimd
from pricing.controller import Controller, Limits, Load, Reason
from pricing.eip1559 import Eip1559
from pricing.fixed import Fixed
from pricing.log_price import LogPrice

LIMITS = Limits(floor_ucr=1_000, cap_ucr=1_000_000)
ALL: list[Controller[Any]] = [
    LogPrice(limits=LIMITS),
    Eip1559(limits=LIMITS),
    Aimd(limits=LIMITS),
    Fixed(limits=LIMITS),
]
loads = st.builds(Load, wanted=st.integers(0, 10_000), supply=st.integers(0, 1_000))
by_name = pytest.mark.parametrize("controller", ALL, ids=lambda each: type(each).__name__)


@by_name
@given(start=st.integers(1, 10**7), each=st.lists(loads, max_size=60))
def test_the_price_stays_within_its_limits_and_moves_one_step(
    controller: Controller[Any], start: int, each: list[Load]
) -> None:
    """§7.9"""
    state = controller.begin(start)
    for load in each:
        before = state.price_ucr
        state, reason = controller.step(state, load)
        assert LIMITS.floor_ucr <= state.price_ucr <= LIMITS.cap_ucr
        low, high = LIMITS.reach(before)
        assert low <= state.price_ucr <= high
        assert 8 * high <= 9 * before or high == before + 1
        assert reason in Reason


@by_name
def test_a_pool_with_nothing_to_sell_keeps_its_price(controller: Controller[Any]) -> None:
    state = controller.begin(5_000)
    after, reason = controller.step(state, Load(wanted=80, supply=0))
    assert after == state
    assert reason is (Reason.FIXED if isinstance(controller, Fixed) else Reason.NO_SUPPLY)


@by_name
def test_equal_steps_are_equal(controller: Controller[Any]) -> None:
    state = controller.begin(5_000)
    load = Load(wanted=130, supply=100)
    assert controller.step(state, load) == controller.step(state, load)


@pytest.mark.parametrize("controller", ALL[:3], ids=lambda each: type(each).__name__)
@given(wanted=st.integers(0, 300), more=st.integers(1, 300))
def test_more_demand_never_means_a_lower_price(
    controller: Controller[Any], wanted: int, more: int
) -> None:
    state = controller.begin(50_000)
    less, _ = controller.step(state, Load(wanted=wanted, supply=100))
    greater, _ = controller.step(state, Load(wanted=wanted + more, supply=100))
    assert less.price_ucr <= greater.price_ucr


@by_name
def test_the_currency_does_not_matter(controller: Controller[Any]) -> None:
    """The same prices in credits a thousand times smaller, to a rounding."""
    kind = type(controller)
    small: Any = kind(limits=Limits(floor_ucr=10**6, cap_ucr=10**9))  # type: ignore[call-arg]
    large: Any = kind(limits=Limits(floor_ucr=10**9, cap_ucr=10**12))  # type: ignore[call-arg]
    one, other = small.begin(10**7), large.begin(10**10)
    for tick in range(60):
        load = Load(wanted=60 + 97 * tick % 80, supply=100)
        one, _ = small.step(one, load)
        other, _ = large.step(other, load)
        assert math.isclose(one.price_ucr * 1000, other.price_ucr, rel_tol=1e-4)


@pytest.mark.parametrize(
    ("floor", "cap", "step", "said"),
    [
        (0, 10, 1, "floor must be at least"),
        (10, 9, 1, "floor 10 lies above the cap 9"),
        (1, 10**19, 1, "cap must not exceed"),
        (1, 10, 0, "largest step"),
        (1, 10, 10**6 + 1, "largest step"),
    ],
)
def test_limits_that_contradict_are_refused(floor: int, cap: int, step: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Limits(floor_ucr=floor, cap_ucr=cap, step_ppm=step)


def test_a_load_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        Load(wanted=-1, supply=3)


def test_a_price_outside_new_limits_goes_to_the_nearer_at_once() -> None:
    assert LIMITS.moved(10, 20) == (1_000, Reason.FLOOR)
    assert LIMITS.moved(10**9, 10) == (1_000_000, Reason.CAP)


def test_what_held_a_step_back_is_said() -> None:
    assert LIMITS.moved(8_000, 8_100) == (8_100, None)
    assert LIMITS.moved(8_000, 20_000) == (9_000, Reason.LARGEST_STEP)
    assert LIMITS.moved(9_000, 1) == (8_000, Reason.LARGEST_STEP)
    assert LIMITS.moved(1_010, 1) == (1_000, Reason.FLOOR)
    assert LIMITS.moved(999_000, 10**9) == (1_000_000, Reason.CAP)
    assert LIMITS.moved(1_000, 900) == (1_000, Reason.FLOOR)
