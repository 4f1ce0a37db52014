"""Demand to try a spot controller on: what a pool's users want at a price, tick by tick.

All are fluid models in exact arithmetic of floats: same controller, same numbers.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pricing.controller import Controller, Load

SUPPLY: Final = 1_000_000  # units, so that whole numbers do not blur the demand
REST_UCR: Final = 1_000_000
NEAR: Final = 0.05


@dataclass(frozen=True, slots=True)
class Response:
    """Prices (ucr per unit-hour) from the step on, demand over supply, and where it must end."""

    prices: list[int]
    loads: list[float]
    end_ucr: float

    @property
    def settled_after(self) -> int | None:
        """Ticks until the price is within 5 % of its end for good; None where it never is."""
        off = [abs(price / self.end_ucr - 1) > NEAR for price in self.prices]
        if off[-1]:
            return None
        return len(off) - off[::-1].index(True) if True in off else 0

    @property
    def overshoot(self) -> float:
        """How far above its end the price rose, as a share of the end."""
        return max(max(self.prices) / self.end_ucr - 1, 0.0)


def surge(
    controller: Controller[Any],
    elasticity: float,
    *,
    factor: float = 3.0,
    ticks: int = 400,
    clipped: bool = False,
    target: float = 0.95,
) -> Response:
    """Demand ``target × factor × (p/p₀)^−ε`` from a rest at ``p₀``; all of it sees each price.

    ``clipped``: the controller hears units in use, which end at what there is.
    """

    def wanted(price: float) -> float:
        return target * factor * math.pow(price / REST_UCR, -elasticity)

    return _run(controller, wanted, REST_UCR * factor ** (1 / elasticity), ticks, clipped=clipped)


def _run(
    controller: Controller[Any],
    wanted: Callable[[int], float],
    end_ucr: float,
    ticks: int,
    *,
    clipped: bool,
) -> Response:
    state = controller.begin(REST_UCR)
    prices, loads = [state.price_ucr], []
    for _ in range(ticks):
        load = wanted(state.price_ucr)
        loads.append(load)
        units = round((min(load, 1.0) if clipped else load) * SUPPLY)
        state, _reason = controller.step(state, Load(wanted=units, supply=SUPPLY))
        prices.append(state.price_ucr)
    return Response(prices, loads, end_ucr)


def locked(
    controller: Controller[Any],
    elasticity: float,
    *,
    stay: float = 72.0,
    more: float = 1.1,
    ticks: int = 600,
    target: float = 0.95,
) -> Response:
    """Jobs that keep running whatever the price becomes, for ``stay`` ticks in the mean; arrivals
    answer to it, and are ``more`` times as many from the first tick on."""
    running = target

    def wanted(price: float) -> float:
        nonlocal running
        arrivals = target / stay * more * math.pow(price / REST_UCR, -elasticity)
        running += arrivals - running / stay
        return running

    return _run(controller, wanted, REST_UCR * more ** (1 / elasticity), ticks, clipped=False)


def slew_minimum(response: Response, step: float = math.log(1.125)) -> int:
    """The fewest ticks in which any controller with this largest step comes within 5 %."""
    distance = math.log(response.end_ucr * (1 - NEAR) / REST_UCR)
    return math.ceil(distance / step - 1e-9)


def amplitude(prices: Sequence[int], last: int = 100) -> float:
    """How far the last prices swing, greatest over least, less 1."""
    tail = prices[-last:]
    return max(tail) / min(tail) - 1


def waiting(
    controller: Controller[Any],
    seed: int,
    *,
    burst: bool,
    ticks: int = 600,
    supply: int = 100,
) -> float:
    """The share of ticks more than 95 % full, of those after the first 50 (docs/spot.md).

    Each tick Poisson(2 × supply) requests of one unit come, worth e^N(0, 0.2) credits an hour to
    their owners. The dearest at or above the price are served, a tick each. The others wait, and
    one in a hundred gives up each tick. With ``burst`` twice as many come while it is busy: it
    becomes busy with probability 1/100 a tick, and calm again with 1/25.
    """
    chance = np.random.default_rng(seed)
    state = controller.begin(REST_UCR)
    worth = np.empty(0)
    busy, full = False, 0
    for tick in range(ticks):
        if burst:
            busy = chance.random() >= 1 / 25 if busy else chance.random() < 1 / 100
        come = chance.poisson(2 * supply * (2 if busy else 1))
        worth = np.sort(np.append(worth, REST_UCR * np.exp(chance.normal(0, 0.2, come))))[::-1]
        wanted = int(np.searchsorted(-worth, -state.price_ucr, side="right"))
        used = min(wanted, supply)
        full += tick >= 50 and used > 0.95 * supply
        state, _reason = controller.step(state, Load(wanted=wanted, supply=supply))
        worth = worth[used:]
        worth = worth[chance.random(len(worth)) >= 1 / 100]
    return full / (ticks - 50)
