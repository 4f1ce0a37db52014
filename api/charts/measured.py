"""One measure of a comparison, policy by policy: what notebooks draw."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from api.charts.look import Figure
from api.charts.policies import Estimate
from api.charts.policy_values import values_by_policy


class Spread(Protocol):
    """A mean over seeds, and where it lies in 95 of 100 such experiments."""

    @property
    def mean(self) -> float: ...

    @property
    def low(self) -> float | None: ...

    @property
    def high(self) -> float | None: ...


class Measured(Protocol):
    """A policy and its measures by id."""

    @property
    def name(self) -> str: ...

    @property
    def values(self) -> Mapping[str, Spread | None]: ...


def measure_by_policy(
    policies: Sequence[Measured], measure: str, unit: str, scale: float = 1.0
) -> Figure:
    """A bar for each policy with its interval; ``scale`` turns the measure's numbers into ``unit``
    (1e-6 where it is micro-credits, 100 for per cent). A policy without the measure has none."""
    known = [(one.name, one.values.get(measure)) for one in policies]
    found = [(name, value) for name, value in known if value is not None]
    return values_by_policy(
        [name for name, _ in found],
        [
            Estimate(
                value.mean * scale,
                None if value.low is None else value.low * scale,
                None if value.high is None else value.high * scale,
            )
            for _, value in found
        ],
        [f"{value.mean * scale:,.4g}" for _, value in found],
        unit,
    )
