"""What a section prints: a figure, the baseline beside it in the same run, and the bar."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure. ``reached`` is None where there is no bar, or nothing to hold against it."""

    section: str
    problem: str
    figure: str
    baseline: str = ""
    bar: str = ""
    reached: bool | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        return "" if self.reached is None else "reached" if self.reached else "NOT REACHED"

    def __str__(self) -> str:
        parts = [f"{self.section:14} {self.problem:26} {self.figure}"]
        parts += [f"beside {self.baseline}"] if self.baseline else []
        parts += [f"bar {self.bar}"] if self.bar else []
        parts += [part for part in (self.verdict, self.note) if part]
        return " | ".join(parts)


def seconds(value: float) -> str:
    """A time for people: two digits that matter, or a word where there is none."""
    if not math.isfinite(value):
        return "no proof"
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def percent(value: float) -> str:
    """A share for people."""
    return f"{100 * value:.2f} %" if math.isfinite(value) else "none"


def geometric_mean(values: Iterable[float]) -> float:
    """0 where any value is."""
    found = list(values)
    if not found or min(found) <= 0:
        return 0.0
    return math.exp(sum(map(math.log, found)) / len(found))


def slope(sizes: Iterable[float], times: Iterable[float]) -> float:
    """The exponent e of time ~ size^e, by least squares on logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(time) for time in times]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    across = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    return across / sum((x - x_mean) ** 2 for x in xs)
