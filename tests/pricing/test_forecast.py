"""What to expect by hour of the week."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from pricing.forecast import HOURS, WEEKS, Forecast, back_test, hour_of_week, pinball


def use(weeks: int, seed: int, lasting: float = 0.8) -> list[float]:
    """A daily and a weekly swing, and noise that lasts."""
    chance = np.random.default_rng(seed)
    noise, found = 0.0, []
    for hour in range(weeks * HOURS):
        noise = lasting * noise + 0.04 * chance.standard_normal()
        day = 0.15 * math.sin(2 * math.pi * hour / 24)
        week = -0.2 if hour % HOURS >= 5 * 24 else 0.0
        found.append(0.7 + day + week + noise)
    return found


@pytest.mark.parametrize("ahead", [1, 6, 24])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_beats_the_same_hour_of_the_week_before(ahead: int, seed: int) -> None:
    score = back_test(use(10, seed), ahead=ahead)
    assert score.ours < 0.8 * score.seasonal_naive
    assert score.hours == 8 * HOURS - 1 or score.hours == 8 * HOURS


def test_its_quantiles_hold_the_share_that_they_say() -> None:
    history = use(16, 4, lasting=0.0)
    known, below = Forecast(), {0.05: 0, 0.5: 0, 0.95: 0}
    asked = 0
    for hour, value in enumerate(history):
        if hour >= 8 * HOURS:
            asked += 1
            found = known.quantiles(hour % HOURS, tuple(below))
            assert found is not None
            for share, expected in zip(below, found, strict=True):
                below[share] += value <= expected
        known = known.updated(hour % HOURS, value)
    for share, count in below.items():
        assert abs(count / asked - share) < 0.06


def test_each_hour_keeps_its_last_weeks_alone() -> None:
    known = Forecast()
    for week in range(WEEKS + 5):
        known = known.updated(17, float(week))
    assert known.values[17] == tuple(float(week) for week in range(5, WEEKS + 5))


def test_an_hour_not_seen_yet_borrows_from_the_others() -> None:
    assert Forecast().quantiles(3) is None
    known = Forecast().updated(100, 0.5).updated(101, 0.7)
    assert known.quantiles(3, (0.5,)) == (0.6,)


def test_the_newest_surprise_carries_on_and_fades() -> None:
    known = Forecast()
    for at, value in enumerate(use(6, 1, lasting=0.95)):
        known = known.updated(at % HOURS, value)
    assert 0.8 < known.lasting < 0.98
    calm = known.quantiles(3, (0.1, 0.5, 0.9)) or ()
    moved = known.updated(0, 1.6)
    near = moved.quantiles(1, (0.1, 0.5, 0.9)) or ()
    far = moved.quantiles(100, (0.1, 0.5, 0.9)) or ()
    assert near[1] > calm[1] + 0.5
    assert near[2] - near[0] < 0.8 * (calm[2] - calm[0])
    assert abs(far[1] - (known.quantiles(100, (0.5,)) or (0.0,))[0]) < 0.02


def test_hours_of_the_week_begin_on_monday() -> None:
    assert hour_of_week(datetime(2026, 11, 23, 0, 59, tzinfo=UTC)) == 0
    assert hour_of_week(datetime(2026, 11, 29, 23, tzinfo=UTC)) == HOURS - 1
    with pytest.raises(ValueError, match="hour of the week"):
        Forecast().updated(HOURS, 1.0)


def test_pinball_weighs_misses_by_their_side() -> None:
    assert pinball(1.0, 3.0, 0.9) == pytest.approx(1.8)
    assert pinball(3.0, 1.0, 0.9) == pytest.approx(0.2)


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        back_test([0.5] * HOURS)
