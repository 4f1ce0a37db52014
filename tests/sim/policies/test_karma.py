"""Karma's credits, worked by hand as in the paper, and its guarantee and order on a queue."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.demand.job import Job
from sim.policies.free_units import Grid, Need
from sim.policies.karma import MostCredits, fair_units
from sim.policies.precedence import InUse
from tests.examples import examples
from tests.sim.policies.made_jobs import (
    DAY_SLOTS,
    TEAMS,
    capacity,
    check,
    crowds,
    job,
    leg,
    queued,
    starts,
    worth,
)

FAR = (1, 40)
ONE_UNIT = ((Need("gpu", 1, 0, 1),),)


def fair(*units: int) -> dict[str, Grid]:
    """Each team's fair share, the same in all slots."""
    return {"gpu": np.repeat(np.array(units, dtype=np.int64), DAY_SLOTS).reshape(-1, DAY_SLOTS)}


def live(precedence: MostCredits, *used: tuple[int, ...]) -> list[list[int]]:
    """Credits above the opening balance at the beginning of each slot, and after the last."""
    opening = list(precedence.credits)
    units = {"gpu": np.array([*used, (0,) * len(used[0])], dtype=np.int64).T}
    seen = []
    for slot in range(len(used) + 1):
        precedence.open(slot, InUse(TEAMS, units))
        rows = zip(precedence.credits, opening, strict=True)
        seen.append([now - was for now, was in rows])
    return seen


def test_borrowers_pay_and_the_poorest_lender_earns_first() -> None:
    """Three teams with two units each, half of them guaranteed: a free credit each slot.

    Slot 0, using 3, 2 and 1: two and one units are borrowed, nothing is lent, all is shared.
    Slot 1, using 3, 0 and 0: two are borrowed, and both others lend one and earn one.
    Slot 2, using 0, 2 and 0: one is borrowed; of the two lenders the first is poorer.
    """
    seen = live(MostCredits(fair(2, 2, 2), {"gpu": 1}), (3, 2, 1), (3, 0, 0), (0, 2, 0))
    assert seen == [[1, 1, 1], [0, 1, 2], [-1, 3, 4], [1, 3, 5]]


def test_credits_are_made_by_the_free_share_and_unmade_by_what_is_borrowed_of_it() -> None:
    seen = live(MostCredits(fair(4, 4), {"gpu": 1}), (8, 0), (5, 3), (0, 0))
    assert [sum(row) for row in seen] == [4, 4 + 4 - 4, 4 + 4 - 4, 8]


def test_a_unit_counts_by_its_pools_weight() -> None:
    seen = live(MostCredits(fair(2, 2), {"gpu": 7}), (3, 0), (0, 0))
    assert seen[1] == [7 + 7 - 14, 7 + 7 + 7]


def test_the_smaller_the_share_the_more_a_credit_weighs() -> None:
    """Both borrowed two units above their guarantee; red's fair share is three times blue's."""
    precedence = MostCredits(fair(6, 2), {"gpu": 1})
    live(precedence, (5, 3))
    assert precedence.rank(0, ONE_UNIT) == (0, 0)
    precedence.open(1, InUse(TEAMS, {"gpu": np.array([[5] * 4, [3] * 4])}))
    red, blue = (precedence.rank(team, ONE_UNIT) for team in (0, 1))
    assert red[0] == blue[0] == 1
    assert red < blue


def test_who_lent_borrows_first() -> None:
    """Red alone fills four units in slots 1 to 3. In slot 4 both want all: one unit each is
    guaranteed, and blue's credits buy the other two, though red stands before it."""
    jobs = [
        job(f"r{number:02d}", worth(5, leg(1, 1)), submitted_min=number, window=FAR)
        for number in range(16)
    ] + [
        job(f"b{number}", worth(5, leg(1, 1)), team="blue", submitted_min=200, window=FAR)
        for number in range(4)
    ]
    there = capacity(gpu=4)
    found = starts(queued(jobs, there, precedence=MostCredits(fair(2, 2, 0), {"gpu": 1})).ran)
    assert [
        sum(start == (0, 4) for name, start in found.items() if name[0] == team) for team in "rb"
    ] == [1, 3]
    assert found["r12"] == (0, 4)


def test_who_borrows_in_a_slot_has_fewer_credits_for_the_next_loan_in_it() -> None:
    """Six units, one guaranteed to each; red's four stand before blue's four, and get no more."""
    jobs = [
        job(f"{team}{number}", worth(5, leg(1, 1)), team=team, submitted_min=minute, window=FAR)
        for team, minute in (("red", 1), ("blue", 2))
        for number in range(4)
    ]
    precedence = MostCredits(fair(3, 3, 0), {"gpu": 1})
    found = starts(queued(jobs, capacity(gpu=6), precedence=precedence).ran)
    first = [name for name, start in found.items() if start == (0, 1)]
    assert sorted(first) == ["blue0", "blue1", "blue2", "red0", "red1", "red2"]


def test_a_team_within_its_guarantee_comes_before_any_credits() -> None:
    """Blue asks for its guaranteed unit in slot 2; red holds all, and its next stands in line
    before. The first units that come free are blue's."""
    jobs = [
        job("r1", worth(5, leg(2, 4)), submitted_min=1, window=FAR),
        job("r2", worth(5, leg(2, 9)), submitted_min=2, window=FAR),
        job("r3", worth(5, leg(2, 3)), submitted_min=3, window=FAR),
        job("b1", worth(5, leg(1, 3)), team="blue", submitted_min=61, window=FAR),
    ]
    precedence = MostCredits(fair(2, 2, 0), {"gpu": 1})
    found = starts(queued(jobs, capacity(gpu=4), precedence=precedence).ran)
    assert found == {"r1": (0, 1), "r2": (0, 1), "b1": (0, 5), "r3": (0, 8)}


def test_a_gang_is_granted_whole_and_charged_for_as_long_as_it_runs() -> None:
    """Four units for three slots on a guarantee of one: three credits a slot, one of them lent."""
    precedence = MostCredits(fair(2, 2, 0), {"gpu": 1})
    opening = list(precedence.credits)
    outcome = queued([job("gang", worth(5, leg(4, 3)))], capacity(gpu=4), precedence=precedence)
    assert outcome.ran[0].served
    free = DAY_SLOTS
    assert precedence.credits == [opening[0] + free - 9, opening[1] + free + 3, 0]


def test_everybody_opens_with_credits_for_all_there_is_to_borrow() -> None:
    precedence = MostCredits(fair(7, 1), {"gpu": 5})
    assert min(precedence.credits) > 8 * DAY_SLOTS * 5
    assert precedence.credits[0] == 7 * precedence.credits[1]


def test_a_team_without_a_share_comes_last_and_lends_nothing() -> None:
    precedence = MostCredits(fair(4, 0), {"gpu": 1})
    assert live(precedence, (4, 2))[1] == [2 + 2 - 2, -2]
    assert precedence.rank(1, ONE_UNIT) == (2, 0)


def test_no_more_than_all_can_be_guaranteed() -> None:
    for ppm in (-1, 1_000_001):
        with pytest.raises(ValueError, match="a share must be 0 to 1000000 ppm"):
            MostCredits(fair(1), {"gpu": 1}, ppm)


@examples(60)
@given(crowds(), st.integers(1, 6), st.sampled_from([0, 300_000, 500_000, 1_000_000]))
def test_a_queue_by_credits_is_a_sound_queue(crowd: list[Job], gpu: int, ppm: int) -> None:
    there = capacity(gpu=gpu, old=2)
    precedence = MostCredits(
        fair_units(there, dict(zip(TEAMS, (3, 2, 1), strict=True))), {"gpu": 5, "old": 1}, ppm
    )
    check(crowd, queued(crowd, there, precedence=precedence), there)
