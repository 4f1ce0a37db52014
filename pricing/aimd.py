"""A base fee whose step grows by addition and shrinks by multiplication.

From "Transaction fees on a honeymoon: Ethereum's EIP-1559 one month later" (Reijsbergen, Sridhar,
Monnot, Leonardos, Skoulakis, Piliouras; IEEE Blockchain 2021) and its published code: while the
last ticks were nearly full or nearly empty the step grows, otherwise it shrinks.
"""

from dataclasses import dataclass
from typing import Final

from pricing.controller import Limits, Load, Reason

WINDOW: Final = 8
"""Ticks over which fullness is averaged."""
HIGH: Final = 0.75
LOW: Final = 0.25
RISE: Final = 0.025
FALL: Final = 0.95
STEP_LEAST: Final = 0.025
STEP_MOST: Final = 1.0


@dataclass(frozen=True, slots=True)
class AimdState:
    """``step``: the share by which the price moves in a full or an empty tick; ``recent``: how
    full the last ticks were, oldest first."""

    price_ucr: int
    step: float = STEP_LEAST
    recent: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aimd:
    """The rule with its published constants; it aims at half of the supply in use."""

    limits: Limits

    def begin(self, price_ucr: int) -> AimdState:
        return AimdState(self.limits.within(price_ucr))

    def step(self, state: AimdState, load: Load) -> tuple[AimdState, Reason]:
        if load.supply == 0:
            kept = self.limits.within(state.price_ucr)
            return AimdState(kept, state.step, state.recent), Reason.NO_SUPPLY
        full = load.used / load.supply
        recent = (*state.recent, full)[-WINDOW:]
        mean = sum(recent) / len(recent)
        step = state.step * FALL if LOW <= mean < HIGH else state.step + RISE
        step = min(max(step, STEP_LEAST), STEP_MOST)
        aim = round(state.price_ucr * (1 + step * (2 * full - 1)))
        price, held = self.limits.moved(state.price_ucr, aim)
        return AimdState(price, step, recent), held or _reason(full)


def _reason(full: float) -> Reason:
    if full == 0.5:
        return Reason.NEAR_TARGET
    return Reason.DEMAND_ABOVE if full > 0.5 else Reason.DEMAND_BELOW
