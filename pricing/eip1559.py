"""Ethereum's base fee, in exact integers (EIP-1559, https://eips.ethereum.org/EIPS/eip-1559).

It hears units in use, which end at what there is: a surge looks like any full tick.
"""

from dataclasses import dataclass
from typing import Final

from pricing.controller import MILLION, Limits, Load, Reason

DENOMINATOR: Final = 8
"""BASE_FEE_MAX_CHANGE_DENOMINATOR."""


def next_fee(fee: int, used: int, target: int, denominator: int = DENOMINATOR) -> int:
    """The base fee after a block that used ``used`` where ``target`` was aimed at.

    >>> [next_fee(1000, used, 100) for used in (100, 101, 99, 0, 200)]
    [1000, 1001, 999, 875, 1125]
    """
    if used == target:
        return fee
    if used > target:
        return fee + max(fee * (used - target) // target // denominator, 1)
    return fee - fee * (target - used) // target // denominator


@dataclass(frozen=True, slots=True)
class FeeState:
    """The price, in ucr per unit-hour."""

    price_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Eip1559:
    """The rule as it is; ``target_ppm`` of the supply stands for half a block."""

    limits: Limits
    target_ppm: int = 500_000

    def __post_init__(self) -> None:
        if not 0 < self.target_ppm < MILLION:
            raise ValueError(f"the target must be in (0, 1000000) ppm, was {self.target_ppm}")

    def begin(self, price_ucr: int) -> FeeState:
        return FeeState(self.limits.within(price_ucr))

    def step(self, state: FeeState, load: Load) -> tuple[FeeState, Reason]:
        target = load.supply * self.target_ppm // MILLION
        if target == 0:
            return FeeState(self.limits.within(state.price_ucr)), Reason.NO_SUPPLY
        aim = next_fee(state.price_ucr, load.used, target)
        price, held = self.limits.moved(state.price_ucr, aim)
        return FeeState(price), held or _reason(load.used, target)


def _reason(used: int, target: int) -> Reason:
    if used == target:
        return Reason.NEAR_TARGET
    return Reason.DEMAND_ABOVE if used > target else Reason.DEMAND_BELOW
