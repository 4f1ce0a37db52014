"""Measures and their differences as people read them, and never surer than their interval."""

import math
from collections.abc import Iterable

from pricing.shown import credits_shown
from pricing.units import MICRO
from sim.results.intervals import Difference
from sim.results.measures import Measure, Unit

MOST_PLACES = 4


def number_shown(unit: Unit, number: float | None) -> str:
    """A measure's number; a dash where there is none.

    >>> number_shown("share", 0.4412), number_shown("h", 2.25), number_shown("credits", 44e6)
    ('44.1 %', '2.2 h', '44')
    """
    if number is None:
        return "–"
    if unit == "credits":
        return credits_shown(round(number), 0)
    return f"{_digits(unit, number, _usual(unit))}{_behind(unit)}"


def step_shown(unit: Unit, found: Difference | None) -> str:
    """A difference with its sign, and the interval in which it lies; a dash where there is none.

    >>> step_shown("h", Difference(
    ...     mean=3.2, low=2.1, high=4.3, pairs=9, above=9, below=0, chance=0.01))
    '+3.2 h (+2.1 to +4.3)'
    """
    if found is None:
        return "–"
    mean = f"{_signed(unit, found.mean, _places(unit, found))}{_behind(unit, step=True)}"
    between = between_shown(unit, found)
    return f"{mean} ({between})" if between else mean


def part_shown(found: Difference) -> str:
    """As ``step_shown``, a difference that is a part of another number, in per cent."""
    places = _places("share", found)
    mean, between = _signed("share", found.mean, places), between_shown("share", found)
    return f"{mean} % ({between})" if between else f"{mean} %"


def between_shown(unit: Unit, found: Difference) -> str:
    """The ends of a difference's interval, with their signs; empty where nothing is claimed."""
    if found.low is None or found.high is None:
        return ""
    places = _places(unit, found)
    return f"{_signed(unit, found.low, places)} to {_signed(unit, found.high, places)}"


def parts_shown(found: Difference) -> tuple[str, str, str]:
    """A relative difference and the ends of its interval as per cent, without signs."""
    places = _places("share", found)
    ends = (found.mean, found.low or 0.0, found.high or 0.0)
    mean, low, high = (_digits("share", abs(end), places) for end in ends)
    return mean, low, high


def chance_shown(chance: float) -> str:
    """How rare something is that luck alone brings, rounded so that it looks no rarer.

    >>> chance_shown(0.004), chance_shown(0.0), chance_shown(0.31)
    ('1 of 250', 'fewer than 1 of 10,000', '1 of 3')
    """
    if chance < 1 / 10_000:
        return "fewer than 1 of 10,000"
    often = math.floor(1 / chance)
    tens = 10 ** max(len(str(often)) - 2, 0)  # two digits say enough
    return f"1 of {often // tens * tens:,}"


def listed(words: Iterable[str]) -> str:
    """Words in a row, as a sentence has them.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def side_of(measure: Measure, step: float) -> str:
    """Whether a step of a measure is better or worse; empty where it is neither."""
    if measure.better == "neither" or not step:
        return ""
    return "better" if (step > 0) == (measure.better == "more") else "worse"


def _usual(unit: Unit) -> int:
    return {"credits": 0, "share": 1, "h": 1, "times": 2, "index": 3, "count": 1, "unit-hours": 1}[
        unit
    ]


def _places(unit: Unit, found: Difference) -> int:
    """As many places as show that no end is nothing, unless it is."""
    ends = [end for end in (found.mean, found.low, found.high) if end]
    places = _usual(unit)
    while places < MOST_PLACES and any(not _rounded(unit, end, places) for end in ends):
        places += 1
    return places


def _rounded(unit: Unit, number: float, places: int) -> float:
    times = {"share": 100.0, "credits": 1 / MICRO}.get(unit, 1.0)
    return round(number * times, places) or 0.0  # no minus before a zero


def _digits(unit: Unit, number: float, places: int) -> str:
    return f"{_rounded(unit, number, places):,.{places}f}"


def _signed(unit: Unit, number: float, places: int) -> str:
    return f"{_rounded(unit, number, places):+,.{places}f}".replace("-", "−")


def _behind(unit: Unit, *, step: bool = False) -> str:
    if unit == "share":
        return " points" if step else " %"
    return {"h": " h", "credits": " credits", "unit-hours": " unit-hours"}.get(unit, "")
