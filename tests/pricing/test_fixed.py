"""A price that stands."""

from pricing.controller import Limits, Load, Reason
from pricing.fixed import Fixed


def test_it_stands_whatever_is_wanted() -> None:
    rule = Fixed(limits=Limits(floor_ucr=1, cap_ucr=100))
    state = rule.begin(40)
    for wanted in (0, 5, 500):
        state, reason = rule.step(state, Load(wanted=wanted, supply=10))
        assert (state.price_ucr, reason) == (40, Reason.FIXED)
