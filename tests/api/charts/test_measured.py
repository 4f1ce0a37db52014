"""One measure of a comparison is drawn with its intervals, in the unit that is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.charts.measured import measure_by_policy


@dataclass(frozen=True)
class Spread:
    mean: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Policy:
    name: str
    values: Mapping[str, Spread | None] = field(default_factory=dict)


def test_each_policy_that_has_the_measure_has_a_bar_in_its_unit() -> None:
    policies = [
        Policy("market", {"value": Spread(2e6, 1e6, 3e6)}),
        Policy("queue", {"value": Spread(1e6)}),
        Policy("none", {"value": None}),
    ]
    [bars] = measure_by_policy(policies, "value", "credits", 1e-6).data
    assert list(bars.x) == [2.0, 1.0]
    assert list(bars.customdata) == ["2", "1"]
    assert next(iter(bars.error_x.array)) == 1.0
