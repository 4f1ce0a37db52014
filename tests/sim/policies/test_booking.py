"""First come first served and fixed quotas, worked by hand and held to the market's own limits."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.demand.job import SLOT, Job
from sim.policies.booking import (
    Placement,
    Schedule,
    deal_out,
    first_come_first_served,
    fixed_quotas,
)
from tests.examples import examples
from tests.sim.policies.made_jobs import DAY_SLOTS, START, capacity, crowds, job, leg, worth


def starts(schedule: Schedule) -> dict[str, tuple[int, int]]:
    return {one.job_id: (one.option, one.start_slot) for one in schedule.placements}


def test_who_came_first_is_served_first_whatever_it_is_worth() -> None:
    jobs = [
        job("dear", worth(900, leg(4, 3)), submitted_min=10, window=(1, 3)),
        job("cheap", worth(1, leg(2, 3)), submitted_min=5, window=(1, 3)),
    ]
    schedule = first_come_first_served(jobs, capacity(gpu=4))
    assert starts(schedule) == {"cheap": (0, 1)}
    assert schedule.value_ucr == 1
    assert schedule.used_unit_slots() == {"gpu": 6}


def test_each_gets_the_earliest_start_that_fits_whole() -> None:
    """Slots 1 to 3 hold 3 of 4 units; two units for two slots fit from 4 on, one unit from 1."""
    jobs = [
        job("a", worth(5, leg(3, 3)), submitted_min=1, window=(1, 9)),
        job("b", worth(5, leg(2, 2)), submitted_min=2, window=(1, 9)),
        job("c", worth(5, leg(1, 1)), submitted_min=3, window=(1, 9)),
    ]
    found = starts(first_come_first_served(jobs, capacity(gpu=4)))
    assert found == {"a": (0, 1), "b": (0, 4), "c": (0, 1)}


def test_the_last_start_of_the_window_counts_and_the_one_after_does_not() -> None:
    first = job("first", worth(5, leg(4, 3)), window=(1, 1))
    for latest, served in ((3, 1), (4, 2)):
        second = job("second", worth(5, leg(1, 1)), submitted_min=1, window=(1, latest))
        assert first_come_first_served([first, second], capacity(gpu=4)).served == served


def test_nothing_starts_in_the_slot_it_was_submitted_in() -> None:
    late = job("late", worth(5, leg(1, 1)), submitted_min=150, window=(1, 9))
    assert starts(first_come_first_served([late], capacity(gpu=1))) == {"late": (0, 3)}


def test_options_are_tried_in_order_and_the_first_that_fits_is_taken() -> None:
    jobs = [
        job("a", worth(9, leg(1, 5)), window=(1, 1)),
        job("b", worth(7, leg(1, 1)), worth(6, leg(1, 1, "old")), submitted_min=1, window=(1, 2)),
    ]
    schedule = first_come_first_served(jobs, capacity(gpu=1, old=1))
    assert starts(schedule) == {"a": (0, 1), "b": (1, 1)}
    assert schedule.value_ucr == 15


def test_legs_go_together_or_not_at_all() -> None:
    """The second leg needs the old pool in slot 3 or later, where it is free from slot 6 on."""
    there = capacity(gpu=2, old=1)
    there.units["old"][:6] = 0
    chain = worth(5, leg(2, 2), leg(1, 1, "old", offset=2))
    waits = job("waits", chain, window=(1, 9))
    assert starts(first_come_first_served([waits], there)) == {"waits": (0, 4)}
    hurried = job("hurried", chain, window=(1, 3))
    assert first_come_first_served([hurried], there).served == 0


def test_legs_on_one_pool_at_one_time_need_their_sum() -> None:
    both = worth(5, leg(2, 2), leg(2, 2, offset=1))
    one = job("one", both, window=(1, 9))
    assert first_come_first_served([one], capacity(gpu=3)).served == 0
    schedule = first_come_first_served([one], capacity(gpu=4))
    assert schedule.used["gpu"][:6].tolist() == [0, 2, 4, 2, 0, 0]


def test_a_job_that_would_run_past_the_end_of_the_calendar_is_not_booked() -> None:
    last = job("last", worth(5, leg(1, 3)), window=(DAY_SLOTS - 3, DAY_SLOTS - 3))
    over = job("over", worth(5, leg(1, 3)), window=(DAY_SLOTS - 2, DAY_SLOTS - 2))
    assert set(starts(first_come_first_served([last, over], capacity(gpu=4)))) == {"last"}


def test_who_cancels_before_the_day_closes_books_nothing() -> None:
    a = job("a", worth(5, leg(1, 1)), window=(30, 30))
    before = replace(a, cancels_at=START + timedelta(hours=23, minutes=59))
    after = replace(a, cancels_at=START + timedelta(days=1))
    assert first_come_first_served([before], capacity(gpu=1)).served == 0
    assert first_come_first_served([after], capacity(gpu=1)).served == 1


def test_a_quota_is_the_teams_own_and_stays_empty_when_it_does_not_ask() -> None:
    jobs = [
        job(f"r{number}", worth(5, leg(1, 1)), submitted_min=number, window=(1, 1))
        for number in range(4)
    ]
    schedule = fixed_quotas(jobs, capacity(gpu=4), {"red": 1, "blue": 1})
    assert starts(schedule) == {"r0": (0, 1), "r1": (0, 1)}


def test_a_gang_larger_than_its_teams_quota_never_runs() -> None:
    gang = job("gang", worth(5, leg(4, 1)), window=(1, 9))
    assert fixed_quotas([gang], capacity(gpu=6), {"red": 1, "blue": 1}).served == 0
    assert fixed_quotas([gang], capacity(gpu=8), {"red": 1, "blue": 1}).served == 1


def test_a_team_without_a_share_gets_nothing() -> None:
    stranger = job("stranger", worth(5, leg(1, 1)), team="green", window=(1, 9))
    assert fixed_quotas([stranger], capacity(gpu=4), {"red": 1}).served == 0


def test_quotas_come_in_whole_blocks_by_largest_remainder() -> None:
    """8 blocks by 3 : 2 are 4.8 and 3.2, so 5 and 3; 3 blocks by 1 : 1 : 1 : 1 go by name."""
    assert deal_out(8, {"search": 3, "speech": 2}) == {"search": 5, "speech": 3}
    assert deal_out(3, {"d": 1, "b": 1, "a": 1, "c": 1}) == {"a": 1, "b": 1, "c": 1, "d": 0}
    for shares in ({"a": 0}, {"a": -1, "b": 2}, {}):
        with pytest.raises(ValueError, match="shares must not be negative, nor all zero"):
            deal_out(3, shares)
    there = capacity(block_size=8, gpu=24)
    sixteen = job("sixteen", worth(5, leg(16, 1)), window=(1, 9))
    assert fixed_quotas([sixteen], there, {"red": 2, "blue": 1}).served == 1
    assert fixed_quotas([sixteen], there, {"red": 1, "blue": 1, "green": 1}).served == 0


def test_maintenance_takes_from_every_quota() -> None:
    there = capacity(gpu=4)
    there.units["gpu"][1:5] = 2
    two = job("two", worth(5, leg(2, 1)), window=(1, 9))
    assert starts(fixed_quotas([two], there, {"red": 1, "blue": 1})) == {"two": (0, 5)}


def used_by(jobs: list[Job], placements: tuple[Placement, ...], pool: str) -> list[int]:
    """Counted again, slot by slot, without the code under test."""
    by_id = {one.id: one for one in jobs}
    slots = [0] * DAY_SLOTS
    for placed in placements:
        for part in by_id[placed.job_id].options[placed.option].legs:
            for slot in range(part.duration_slots):
                if part.pool == pool:
                    slots[placed.start_slot + part.offset_slots + slot] += part.quantity
    return slots


@examples(120)
@given(crowds(), st.integers(1, 6), st.integers(1, 6))
def test_no_baseline_oversells_or_leaves_a_window(crowd: list[Job], gpu: int, old: int) -> None:
    """§7.1, §7.3"""
    there = capacity(gpu=gpu, old=old)
    by_id = {one.id: one for one in crowd}
    shares = {"red": 3, "blue": 2, "green": 1}
    for schedule in (first_come_first_served(crowd, there), fixed_quotas(crowd, there, shares)):
        assert len({one.job_id for one in schedule.placements}) == schedule.served
        for pool, units in (("gpu", gpu), ("old", old)):
            used = used_by(crowd, schedule.placements, pool)
            assert max(used) <= units
            assert used == schedule.used[pool].tolist()
        for placed in schedule.placements:
            asked = by_id[placed.job_id]
            at = START + placed.start_slot * SLOT
            assert asked.earliest <= at <= asked.latest_start
            assert at > asked.submitted
        assert schedule.value_ucr == sum(
            by_id[one.job_id].options[one.option].value_ucr for one in schedule.placements
        )


@examples(80)
@given(crowds(), st.randoms(use_true_random=False))
def test_the_order_of_the_list_changes_nothing_and_a_later_job_changes_no_earlier_one(
    crowd: list[Job], rng: Random
) -> None:
    there = capacity(gpu=3, old=2)
    whole = first_come_first_served(crowd, there)
    shuffled = rng.sample(crowd, len(crowd))
    assert first_come_first_served(shuffled, there).placements == whole.placements
    in_order = sorted(crowd, key=lambda one: (one.submitted, one.id))
    without_last = first_come_first_served(in_order[:-1], there)
    kept = [one for one in whole.placements if one.job_id != in_order[-1].id]
    assert list(without_last.placements) == kept


def test_the_capacity_given_is_not_touched() -> None:
    there = capacity(gpu=4)
    first_come_first_served([job("a", worth(5, leg(3, 3)))], there)
    assert set(there.units["gpu"]) == {4}
