"""The default controller: PI on the logarithm of the price, driven by demand, not by use.

Demand at the current price may exceed the supply, so a surge is seen at its full size at once;
units in use end at what there is. The gain grows by addition while demand stays off its target
and shrinks by multiplication otherwise (AIMD), within limits that keep the loop stable
(``pricing.stability``). A step limit, floor and cap hold the price; whatever they hold back is
taken out of the integral (back-calculation), so nothing winds up.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from pricing.controller import Limits, Load, Reason
from pricing.elasticity import Elasticity
from pricing.stability import is_stable, largest_gain

WINDOW: Final = 8
"""Ticks over which the distance from the target is averaged, for the gain."""
SHARES: Final = ("target", "fall", "smoothing", "turnover")
SIZES: Final = ("gain_least", "damping", "elasticity_most")


@dataclass(frozen=True, slots=True)
class LogPriceState:
    """``integral``: ln of ucr per unit-hour; ``filtered``: the smoothed distance from the target,
    relative; ``recent``: the last distances, oldest first."""

    price_ucr: int
    integral: float
    gain: float
    filtered: float = 0.0
    recent: tuple[float, ...] = ()
    elasticity: Elasticity = field(default_factory=Elasticity)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPrice:
    """Its parameters. Shares are of 1; gains are change of ln(price) per tick and distance.

    Raises ``ValueError`` for what is not finite, out of range or not stable for every elasticity
    up to ``elasticity_most``, naming the limit.
    """

    limits: Limits
    target: float = 0.95  # demand over supply at which the price rests
    gain_least: float = 0.125
    gain_most: float = 0.5
    rise: float = 0.025
    fall: float = 0.95
    threshold: float = 0.25  # a mean distance beyond this lets the gain rise
    damping: float = 0.5  # the gain stays below this over the estimated elasticity
    proportional: float = 0.0
    smoothing: float = 0.7  # the weight of the newest tick
    deadband: float = 0.02
    turnover: float = 1.0  # share of demand re-priced each tick, for the check of stability
    elasticity_most: float = 3.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if name != "limits":
                self._check_range(name, getattr(self, name))
        if self.gain_least > self.gain_most:
            raise ValueError(f"gain_least {self.gain_least} lies above gain_most {self.gain_most}")
        for smoothing in (self.smoothing, 1.0):
            self._check_stable(smoothing)

    def _check_range(self, name: str, value: float) -> None:
        if not math.isfinite(value):
            raise ValueError(f"{name} must be a finite number, was {value}")
        if name in SHARES and not 0 < value <= 1:
            raise ValueError(f"{name} must be in (0, 1], was {value}")
        if value < 0 or (name in SIZES and value == 0):
            raise ValueError(f"{name} must be {'above' if name in SIZES else 'at least'} 0")

    def _check_stable(self, smoothing: float) -> None:
        loop = {
            "turnover": self.turnover,
            "proportional": self.proportional,
            "smoothing": smoothing,
        }
        if is_stable(self.gain_most, self.elasticity_most, **loop):
            return
        limit = largest_gain(self.elasticity_most, **loop)
        product = self.gain_most * self.elasticity_most
        raise ValueError(
            f"gain_most {self.gain_most:g} would oscillate for ever: at elasticity "
            f"{self.elasticity_most:g} it must be below {limit:.4g} "
            f"(gain × elasticity {product:.4g}, limit {limit * self.elasticity_most:.4g})"
            if limit > 1e-6
            else f"proportional {self.proportional:g} is not stable with any gain at elasticity "
            f"{self.elasticity_most:g} and turnover {self.turnover:g}"
        )

    def begin(self, price_ucr: int) -> LogPriceState:
        price = self.limits.within(price_ucr)
        return LogPriceState(price, math.log(price), self.gain_least)

    def step(self, state: LogPriceState, load: Load) -> tuple[LogPriceState, Reason]:
        if load.supply == 0:  # nothing to sell says nothing about the price
            return self._kept(state), Reason.NO_SUPPLY
        known = state.elasticity.updated(state.price_ucr, load.wanted)
        aimed = self.target * load.supply
        distance = min(max((load.wanted - aimed) / aimed, -1.0), 1.0)
        near = abs(distance) < self.deadband
        heard = 0.0 if near else distance
        filtered = (1 - self.smoothing) * state.filtered + self.smoothing * heard
        recent = (*state.recent, distance)[-WINDOW:]
        gain = self._gain(state.gain, sum(recent) / len(recent), known.value)
        integral = state.integral + gain * filtered
        aim = integral + self.proportional * filtered
        price, held = self.limits.moved(state.price_ucr, _whole(aim))
        if held:
            integral += math.log(price) - aim
        reason = held or (Reason.NEAR_TARGET if near else _side(distance))
        return LogPriceState(price, integral, gain, filtered, recent, known), reason

    def _gain(self, gain: float, mean: float, elasticity: float) -> float:
        gain = gain + self.rise if abs(mean) > self.threshold else gain * self.fall
        most = max(min(self.gain_most, self.damping / elasticity), self.gain_least)
        return min(max(gain, self.gain_least), most)

    def _kept(self, state: LogPriceState) -> LogPriceState:
        price = self.limits.within(state.price_ucr)
        if price == state.price_ucr:
            return state
        return LogPriceState(
            price, math.log(price), state.gain, state.filtered, state.recent, state.elasticity
        )


def _whole(logarithm: float) -> int:
    return max(round(math.exp(logarithm)), 1)


def _side(distance: float) -> Reason:
    return Reason.DEMAND_ABOVE if distance > 0 else Reason.DEMAND_BELOW
