"""The step that grows by addition and shrinks by multiplication."""

import statistics

import pytest

from pricing.aimd import STEP_LEAST, STEP_MOST, WINDOW, Aimd
from pricing.controller import Limits, Load
from pricing.eip1559 import Eip1559
from tests.bench import plants

WIDE = Limits(floor_ucr=1_000, cap_ucr=10**12)


@pytest.mark.parametrize(("burst", "bar"), [(False, 0.05), (True, 0.14)])
def test_full_ticks_are_rare_and_rarer_than_with_a_fixed_step(burst: bool, bar: float) -> None:
    ours = statistics.mean(plants.waiting(Aimd(limits=WIDE), s, burst=burst) for s in range(4))
    fixed = statistics.mean(plants.waiting(Eip1559(limits=WIDE), s, burst=burst) for s in range(4))
    assert ours <= bar
    assert fixed >= 1.5 * ours
    assert fixed > 0.02


def test_the_step_grows_while_full_and_shrinks_in_calm() -> None:
    rule = Aimd(limits=WIDE)
    state = rule.begin(50_000)
    for _ in range(60):
        state, _ = rule.step(state, Load(wanted=900, supply=100))
    assert state.step == STEP_MOST
    assert len(state.recent) == WINDOW
    for _ in range(120):
        state, _ = rule.step(state, Load(wanted=50, supply=100))
    assert state.step == STEP_LEAST


def test_half_full_leaves_the_price_alone() -> None:
    rule = Aimd(limits=WIDE)
    state, _ = rule.step(rule.begin(50_000), Load(wanted=50, supply=100))
    assert state.price_ucr == 50_000
