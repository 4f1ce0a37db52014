"""Numbers as people read them."""

import pytest

from sim.results.intervals import Difference
from sim.results.measures import BY_ID, Unit
from sim.results.wording import (
    chance_shown,
    listed,
    number_shown,
    parts_shown,
    side_of,
    step_shown,
)


def step(mean: float, low: float | None = None, high: float | None = None) -> Difference:
    return Difference(mean=mean, low=low, high=high, pairs=5, above=5, below=0, chance=0.5)


@pytest.mark.parametrize(
    ("unit", "number", "shown"),
    [
        ("credits", 12_345_678_901, "12,346"),
        ("share", 0.4449, "44.5 %"),
        ("h", 3.14, "3.1 h"),
        ("times", 3.75, "3.75"),
        ("index", 0.87654, "0.877"),
        ("count", 1234.5, "1,234.5"),
        ("unit-hours", 1234.5, "1,234.5 unit-hours"),
        ("h", None, "–"),
    ],
)
def test_each_unit_has_its_form(unit: Unit, number: float | None, shown: str) -> None:
    assert number_shown(unit, number) == shown


@pytest.mark.parametrize(
    ("unit", "found", "shown"),
    [
        ("h", step(3.2, 2.1, 4.3), "+3.2 h (+2.1 to +4.3)"),
        ("share", step(-0.05, -0.081, 0.01), "−5.0 points (−8.1 to +1.0)"),
        ("credits", step(2.5e6, -1e6, 6e6), "+2 credits (−1 to +6)"),
        ("count", step(2.0), "+2.0"),
        ("h", step(0.0, 0.0, 0.0), "+0.0 h (+0.0 to +0.0)"),
        ("h", None, "–"),
    ],
)
def test_a_step_has_signs_and_an_interval(unit: Unit, found: Difference, shown: str) -> None:
    assert step_shown(unit, found) == shown


def test_an_end_that_is_not_nothing_does_not_look_like_it() -> None:
    assert step_shown("h", step(0.2, 0.004, 0.4)) == "+0.200 h (+0.004 to +0.400)"
    assert parts_shown(step(0.02, 0.0001, 0.04)) == ("2.00", "0.01", "4.00")


def test_chances_are_never_shown_rarer_than_they_are() -> None:
    assert [chance_shown(one) for one in (1.0, 0.34, 0.0499, 0.0001, 0.00009)] == [
        *("1 of 1", "1 of 2", "1 of 20", "1 of 10,000", "fewer than 1 of 10,000")
    ]


def test_which_side_is_better_depends_on_the_measure() -> None:
    sides = [side_of(BY_ID[id_], 1.0) for id_ in ("value", "gini", "spent")]
    assert sides == ["better", "worse", ""]
    assert side_of(BY_ID["gini"], -1.0) == "better"
    assert side_of(BY_ID["value"], 0.0) == ""


def test_lists_read_as_sentences() -> None:
    assert listed(["one", "two"]) == "one and two"
