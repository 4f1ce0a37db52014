"""What every spot controller has in common: the load it sees, its limits, and one pure step."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from pricing.units import MAX_UCR

MILLION: Final = 10**6


class Reason(StrEnum):
    """Why a price is what it is after a step."""

    DEMAND_ABOVE = "demand-above-target"
    DEMAND_BELOW = "demand-below-target"
    NEAR_TARGET = "near-target"
    LARGEST_STEP = "largest-step"
    FLOOR = "floor"
    CAP = "cap"
    NO_SUPPLY = "no-supply"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One tick of a pool, in units. ``wanted`` at the price of that tick; it may exceed
    ``supply``. A gang counts whole."""

    wanted: int
    supply: int

    def __post_init__(self) -> None:
        if self.wanted < 0 or self.supply < 0:
            raise ValueError(f"units must not be negative, were {self.wanted} and {self.supply}")

    @property
    def used(self) -> int:
        """Units in use: no more than there are."""
        return min(self.wanted, self.supply)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Between which prices a controller stays, and how far one step may go.

    Prices in ucr per unit-hour. A step up multiplies by at most 1 + ``step_ppm`` / 10^6, and a
    step down divides by at most that; a price too small for such a step moves by one ucr.
    """

    floor_ucr: int
    cap_ucr: int
    step_ppm: int = 125_000

    def __post_init__(self) -> None:
        if self.floor_ucr < 1:
            raise ValueError(f"the floor must be at least 0.000001 credits, was {self.floor_ucr}")
        if self.cap_ucr > MAX_UCR:
            raise ValueError(f"the cap must not exceed {MAX_UCR} ucr, was {self.cap_ucr}")
        if self.floor_ucr > self.cap_ucr:
            raise ValueError(f"the floor {self.floor_ucr} lies above the cap {self.cap_ucr}")
        if not 0 < self.step_ppm <= MILLION:
            raise ValueError(f"the largest step must be in (0, 1000000] ppm, was {self.step_ppm}")

    def within(self, price_ucr: int) -> int:
        """The price between floor and cap that is nearest."""
        return min(max(price_ucr, self.floor_ucr), self.cap_ucr)

    def reach(self, price_ucr: int) -> tuple[int, int]:
        """The least and the greatest price one step from this one, floor and cap aside."""
        whole = MILLION + self.step_ppm
        low = min(-(-price_ucr * MILLION // whole), price_ucr - 1)
        return low, max(price_ucr * whole // MILLION, price_ucr + 1)

    def moved(self, price_ucr: int, aim_ucr: int) -> tuple[int, Reason | None]:
        """Where a step towards ``aim_ucr`` ends, and what held it back, if anything did.

        A price outside floor and cap, as after a change of rules, goes to the nearer at once.
        """
        if self.within(price_ucr) != price_ucr:
            return self._at_end(self.within(price_ucr))
        low, high = self.reach(price_ucr)
        reached = min(max(aim_ucr, low), high)
        if self.within(reached) != reached or self.within(aim_ucr) == reached != aim_ucr:
            return self._at_end(self.within(reached))
        return reached, None if reached == aim_ucr else Reason.LARGEST_STEP

    def _at_end(self, price_ucr: int) -> tuple[int, Reason]:
        return price_ucr, Reason.FLOOR if price_ucr == self.floor_ucr else Reason.CAP


class Priced(Protocol):
    """What a controller remembers between ticks: at least its price (ucr per unit-hour)."""

    @property
    def price_ucr(self) -> int: ...


S = TypeVar("S", bound=Priced)


class Controller(Protocol[S]):
    """Frozen parameters and one pure step: equal state and load give an equal step."""

    @property
    def limits(self) -> Limits: ...

    def begin(self, price_ucr: int) -> S:
        """The state from which a pool starts, near this price."""
        ...

    def step(self, state: S, load: Load) -> tuple[S, Reason]:
        """The state after a tick with this load, and why its price is what it is."""
        ...
