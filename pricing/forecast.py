"""What to expect of a pool by hour of the week: quantiles of its use, or of its price.

Each hour of the week keeps its last few values; the quantiles of an hour are those of its own
values and its neighbours'. How far the newest value lies from its hour's median carries on, less
with each hour ahead, by as much as it has done so far. Pinball loss judges it (Koenker and
Bassett 1978), beside the same hour of the week before (seasonal-naive).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

HOURS: Final = 7 * 24
WEEKS: Final = 8  # values that each hour of the week keeps
FORGETTING: Final = 0.998  # of what is known of how distances last, each hour
LASTING_MOST: Final = 0.98
SHARES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


def hour_of_week(at: datetime) -> int:
    """Monday 00:00 UTC is 0."""
    return at.weekday() * 24 + at.hour


@dataclass(frozen=True, slots=True)
class Forecast:
    """``values``: for each hour of the week the last values, oldest first. ``hour``: that of the
    newest value, −1 before there is one; ``off``: how far it lay from its hour's median before.
    ``product`` and ``square``: sums over successive distances, forgotten slowly."""

    values: tuple[tuple[float, ...], ...] = ((),) * HOURS
    hour: int = -1
    off: float = 0.0
    product: float = 0.0
    square: float = 0.0

    @property
    def lasting(self) -> float:
        """The share of a distance from the median that is still there an hour later."""
        return min(max(self.product / self.square, 0.0), LASTING_MOST) if self.square > 0 else 0.0

    def updated(self, hour: int, value: float) -> "Forecast":
        """With one hour's mean more. Raises ``ValueError`` for no hour of the week."""
        if not 0 <= hour < HOURS:
            raise ValueError(f"an hour of the week is 0 to {HOURS - 1}, was {hour}")
        kept = (*self.values[hour], value)[-WEEKS:]
        values = (*self.values[:hour], kept, *self.values[hour + 1 :])
        if not self.values[hour]:
            return replace(self, values=values, hour=hour, off=0.0)
        off = value - float(np.median(self._near(hour)))
        return Forecast(
            values,
            hour,
            off,
            FORGETTING * self.product + self.off * off,
            FORGETTING * self.square + self.off * self.off,
        )

    def quantiles(self, hour: int, shares: Sequence[float] = SHARES) -> tuple[float, ...] | None:
        """What lies above these shares of what that hour may bring, when it next comes.

        None before any value is known. The newest distance carries on and fades (an
        autoregression of the first order), and narrows what is likely while it does.
        """
        known = self._near(hour)
        if not known:
            return None
        ahead = (hour - self.hour) % HOURS or HOURS
        carried = self.lasting**ahead
        middle = float(np.median(known))
        spread = np.quantile(known, shares) - middle
        found = middle + carried * self.off + spread * math.sqrt(1 - carried * carried)
        return tuple(found.tolist())

    def _near(self, hour: int) -> list[float]:
        """The hour's values and its neighbours', or all there are where it has none."""
        near = [value for step in (-1, 0, 1) for value in self.values[(hour + step) % HOURS]]
        return near or [value for each in self.values for value in each]


def pinball(expected: float, value: float, share: float) -> float:
    """The loss of a quantile ``expected`` of ``share`` where ``value`` came."""
    return share * (value - expected) if value >= expected else (1 - share) * (expected - value)


@dataclass(frozen=True, slots=True)
class Score:
    """Mean pinball losses over all hours and shares that were forecast: ours, and that of taking
    the same hour of the week before for every quantile."""

    ours: float
    seasonal_naive: float
    hours: int


def back_test(
    history: Sequence[float],
    *,
    first_hour: int = 0,
    ahead: int = 1,
    warm_up: int = 2 * HOURS,
    shares: Sequence[float] = SHARES,
) -> Score:
    """Forecast each hour of a history from what was known ``ahead`` hours before it.

    Raises ``ValueError`` where nothing is left after the warm-up.
    """
    if len(history) <= max(warm_up, HOURS) + ahead:
        raise ValueError(
            f"{len(history)} hours are too few: more than {max(warm_up, HOURS) + ahead} are needed"
        )
    known, ours, naive = Forecast(), [], []
    for at, value in enumerate(history[: len(history) - ahead]):
        known = known.updated((first_hour + at) % HOURS, value)
        comes = at + ahead
        if comes < max(warm_up, HOURS):
            continue
        found = known.quantiles((first_hour + comes) % HOURS, shares) or ()
        last_week = history[comes - HOURS]
        for share, expected in zip(shares, found, strict=True):
            ours.append(pinball(expected, history[comes], share))
            naive.append(pinball(last_week, history[comes], share))
    return Score(float(np.mean(ours)), float(np.mean(naive)), len(ours) // len(shares))
