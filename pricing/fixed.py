"""A price that never moves: the baseline that every controller is compared with."""

from dataclasses import dataclass

from pricing.controller import Limits, Load, Reason


@dataclass(frozen=True, slots=True)
class FixedState:
    """The price, in ucr per unit-hour."""

    price_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """The price at which a pool starts, for ever."""

    limits: Limits

    def begin(self, price_ucr: int) -> FixedState:
        return FixedState(self.limits.within(price_ucr))

    def step(self, state: FixedState, _load: Load) -> tuple[FixedState, Reason]:
        return FixedState(self.limits.within(state.price_ucr)), Reason.FIXED
