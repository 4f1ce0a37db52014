"""Fair share with decay, worked by hand."""

from datetime import timedelta

import numpy as np
import pytest

from sim.demand.job import DAY, SLOT
from sim.policies.fair_share import HALF_LIFE, LeastUsed, priority
from sim.policies.precedence import InUse
from tests.sim.policies.made_jobs import TEAMS, capacity, job, leg, queued, starts, worth

FAR = (1, 40)
EVEN = (1, 1, 1)


def least_used(shares: tuple[int, ...] = EVEN, half_life: timedelta = HALF_LIFE) -> LeastUsed:
    return LeastUsed(shares, {"gpu": 1, "old": 1}, half_life)


def test_priority_halves_with_every_share_used() -> None:
    assert [priority(usage, 0.25) for usage in (0, 0.25, 0.5, 1)] == [1, 0.5, 0.25, 0.0625]
    assert priority(0, 0) == 0


def test_what_was_used_counts_half_after_a_half_life() -> None:
    """Eight unit-slots in slot 0 are eight when it ends, four a week later, two in two weeks."""
    precedence = least_used()
    units = np.zeros((3, 400), dtype=np.int64)
    units[0, 0] = 8
    seen = []
    for slot in range(338):
        precedence.open(slot, InUse(TEAMS, {"gpu": units}))
        seen.append(precedence.usage[0])
    week = 7 * DAY // SLOT
    assert [seen[0], seen[1]] == [0, 8]
    assert seen[1 + week] == pytest.approx(4)
    assert seen[1 + 2 * week] == pytest.approx(2)


def test_units_count_by_their_pools_weight_and_usage_by_the_share() -> None:
    """Red used 4 units that count 1, blue 1 that counts 5; red's share is three times as large."""
    units = {"gpu": np.array([[4], [0], [0]]), "old": np.array([[0], [1], [0]])}
    for shares, first in (((3, 1, 1), 0), ((1, 3, 1), 1), ((4, 5, 1), None)):
        precedence = LeastUsed(shares, {"gpu": 1, "old": 5})
        precedence.open(1, InUse(TEAMS, units))
        red, blue, green = (precedence.rank(team, ()) for team in range(3))
        assert green == (0,)
        assert red == pytest.approx(blue) if first is None else (red < blue) == (first == 0)


def test_a_team_without_a_share_comes_last() -> None:
    precedence = least_used((1, 0, 1))
    precedence.open(0, InUse(TEAMS, {}))
    assert precedence.rank(0, ()) < precedence.rank(1, ())


def test_who_used_less_starts_first_though_it_came_later() -> None:
    jobs = [
        job("r1", worth(5, leg(1, 4)), submitted_min=1, window=FAR),
        job("r2", worth(5, leg(1, 4)), submitted_min=2, window=FAR),
        job("b1", worth(5, leg(1, 4)), team="blue", submitted_min=90, window=FAR),
    ]
    assert starts(queued(jobs, capacity(gpu=1)).ran)["b1"] == (0, 9)
    found = starts(queued(jobs, capacity(gpu=1), precedence=least_used()).ran)
    assert found == {"r1": (0, 1), "b1": (0, 5), "r2": (0, 9)}


def test_a_short_half_life_forgives_what_was_used_long_ago() -> None:
    """Blue ran in slots 1 to 4, red in 5 and 6. In slot 7 red used less in all, 2 against 4; but
    with a half-life of one slot blue did: 1/32 + 1/16 + 1/8 + 1/4 against 1/2 + 1."""
    jobs = [
        job("b1", worth(5, leg(1, 4)), team="blue", submitted_min=1, window=FAR),
        job("r1", worth(5, leg(1, 2)), submitted_min=2, window=FAR),
        job("b2", worth(5, leg(1, 2)), team="blue", submitted_min=301, window=FAR),
        job("r2", worth(5, leg(1, 2)), submitted_min=302, window=FAR),
    ]
    for half_life, first, second in ((HALF_LIFE, "r2", "b2"), (SLOT, "b2", "r2")):
        precedence = least_used(half_life=half_life)
        found = starts(queued(jobs, capacity(gpu=1), precedence=precedence).ran)
        assert found == {"b1": (0, 1), "r1": (0, 5), first: (0, 7), second: (0, 9)}


def test_the_head_by_priority_is_promised_its_start() -> None:
    """Green's gang came last but used nothing: red's long job may not delay it."""
    jobs = [
        job("r1", worth(5, leg(3, 4)), submitted_min=1, window=FAR),
        job("r2", worth(5, leg(1, 9)), submitted_min=61, window=FAR),
        job("g1", worth(5, leg(4, 2)), team="green", submitted_min=62, window=FAR),
    ]
    found = starts(queued(jobs, capacity(gpu=4), precedence=least_used()).ran)
    assert found == {"r1": (0, 1), "g1": (0, 5), "r2": (0, 7)}
    assert starts(queued(jobs, capacity(gpu=4)).ran)["r2"] == (0, 2)


def test_a_half_life_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a half-life must be longer than nothing, was 0:00:00"):
        least_used(half_life=timedelta(0))
