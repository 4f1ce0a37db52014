"""The default controller: how fast, how far, and what it refuses."""

import math

import pytest

from pricing.controller import Limits, Load, Reason
from pricing.log_price import LogPrice
from pricing.stability import quick_gains
from tests.bench import plants

WIDE = Limits(floor_ucr=1_000, cap_ucr=10**12)
DEFAULT = LogPrice(limits=WIDE)


def test_a_threefold_surge_is_absorbed_within_fifteen_ticks() -> None:
    found = plants.surge(DEFAULT, 1.0)
    assert found.settled_after is not None
    assert found.settled_after <= 15
    assert found.overshoot <= 0.10


@pytest.mark.parametrize("elasticity", [0.5, 2.0, 3.0])
def test_other_elasticities_settle_near_the_fewest_ticks_possible(elasticity: float) -> None:
    found = plants.surge(DEFAULT, elasticity)
    assert found.settled_after is not None
    assert plants.slew_minimum(found) <= found.settled_after <= plants.slew_minimum(found) + 6
    assert found.overshoot <= 0.10


def test_use_that_ends_at_what_there_is_absorbs_it_many_times_slower() -> None:
    demand = plants.surge(DEFAULT, 1.0).settled_after
    used = plants.surge(DEFAULT, 1.0, clipped=True).settled_after
    assert demand is not None
    assert used is not None
    assert used > 4 * demand


def test_locked_jobs_settle_within_twenty_ticks() -> None:
    gain, proportional = quick_gains(1.0, 1 / 72)
    rule = LogPrice(
        limits=WIDE,
        gain_least=gain,
        gain_most=gain,
        damping=10.0,
        proportional=proportional,
        smoothing=1.0,
        deadband=0.0,
        turnover=1 / 72,
        elasticity_most=1.0,
    )
    found = plants.locked(rule, 1.0)
    assert found.settled_after is not None
    assert found.settled_after <= 20
    assert found.overshoot <= 0.01


def test_a_gain_beyond_the_limit_oscillates_and_is_refused() -> None:
    wild = {"gain_least": 2.05, "gain_most": 2.05, "smoothing": 1.0, "damping": 10.0}
    with pytest.raises(ValueError, match=r"below 2 \(gain × elasticity 2.05, limit 2\)"):
        LogPrice(limits=WIDE, elasticity_most=1.0, **wild)
    # allowed for what it takes for a demand of 0.9, and set on one of 1
    rule = LogPrice(
        limits=Limits(floor_ucr=1, cap_ucr=10**12, step_ppm=10**6),
        deadband=0.0,
        elasticity_most=0.9,
        **wild,
    )
    calm = LogPrice(
        limits=rule.limits,
        deadband=0.0,
        elasticity_most=0.9,
        **wild | {"gain_least": 1.9, "gain_most": 1.9},
    )
    assert plants.amplitude(plants.surge(rule, 1.0, factor=1.2).prices) > 0.2
    assert plants.amplitude(plants.surge(calm, 1.0, factor=1.2).prices) < 0.01


def test_nothing_winds_up_while_the_cap_holds() -> None:
    limits = Limits(floor_ucr=10_000, cap_ucr=8 * plants.REST_UCR)
    rule = LogPrice(limits=limits)
    state = rule.begin(plants.REST_UCR)
    for _ in range(1000):
        state, reason = rule.step(state, Load(wanted=10**6, supply=100))
    assert (state.price_ucr, reason) == (limits.cap_ucr, Reason.CAP)
    ticks = 0
    while abs(state.price_ucr / plants.REST_UCR - 1) > 0.05:
        wanted = round(95_000 * (state.price_ucr / plants.REST_UCR) ** -1)
        state, _ = rule.step(state, Load(wanted=wanted, supply=100_000))
        ticks += 1
        assert ticks <= math.log(8) / math.log(1.125) + 5


def test_demand_near_its_target_leaves_the_price_alone() -> None:
    state = DEFAULT.begin(50_000)
    for _ in range(50):
        state, reason = DEFAULT.step(state, Load(wanted=9_600, supply=10_000))
    assert (state.price_ucr, reason) == (50_000, Reason.NEAR_TARGET)


def test_the_gain_rises_in_a_surge_and_falls_in_calm() -> None:
    state = DEFAULT.begin(50_000)
    for _ in range(30):
        state, _ = DEFAULT.step(state, Load(wanted=3_000, supply=1_000))
    assert state.gain > 2 * DEFAULT.gain_least
    for _ in range(60):
        state, _ = DEFAULT.step(state, Load(wanted=950, supply=1_000))
    assert state.gain == DEFAULT.gain_least


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("gain_most", math.nan, "finite"),
        ("gain_most", math.inf, "finite"),
        ("gain_least", 0.0, "above 0"),
        ("gain_least", 0.6, "lies above gain_most"),
        ("gain_most", 0.7, "gain × elasticity 2.1, limit 2"),
        ("target", 0.0, r"target must be in \(0, 1\]"),
        ("target", 1.2, r"target must be in \(0, 1\]"),
        ("smoothing", 0.0, "smoothing"),
        ("deadband", -0.1, "deadband"),
        ("proportional", 2.0, "not stable with any gain"),
        ("elasticity_most", 5.0, "must be below 0.4"),
    ],
)
def test_parameters_that_cannot_work_are_refused_by_name(
    name: str, value: float, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        LogPrice(limits=WIDE, **{name: value})


def test_a_price_stays_within_limits_that_have_moved_even_where_nothing_is_sold() -> None:
    before = DEFAULT.begin(2_000)
    higher = LogPrice(limits=Limits(floor_ucr=5_000, cap_ucr=10**12))
    after, reason = higher.step(before, Load(wanted=3, supply=0))
    assert (after.price_ucr, reason) == (5_000, Reason.NO_SUPPLY)
    assert after.integral == pytest.approx(math.log(5_000))
    assert higher.step(after, Load(wanted=3, supply=0))[0] is after
