"""Evenness, worked by hand."""

import pytest

from marketplace.domain.evenness import concentration, gini, jain
from sim.demand.job import JobLeg, JobOption
from sim.results.fairness import finish_time_fairness, independent_hours, peak
from sim.results.run import Ran
from tests.sim import made_runs as made


def test_indices_at_their_ends_and_between() -> None:
    assert jain([5.0, 5.0, 5.0]) == 1.0
    assert jain([9.0, 0.0, 0.0]) == pytest.approx(1 / 3)
    assert gini([5.0, 5.0, 5.0]) == 0.0
    assert gini([9.0, 0.0, 0.0]) == pytest.approx(2 / 3)
    # Pairs differ by 1, 3 and 2, each counted twice: 12 / (2 × 9 × 2).
    assert gini([4.0, 1.0, 2.0]) == pytest.approx(12 / (2 * 9 * 7 / 3))
    assert concentration([1, 1, 1, 1]) == 0.25
    assert concentration([7, 0]) == 1.0
    assert (jain([]), gini([0.0]), concentration([])) == (None, None, None)


def test_a_peak_counts_only_legs_that_overlap() -> None:
    legs = [("a", 4, 0, 2), ("a", 3, 1, 2), ("a", 5, 3, 1), ("b", 1, 0, 9)]
    option = JobOption(
        value_ucr=1,
        legs=tuple(
            JobLeg(pool=on, quantity=units, offset_slots=first, duration_slots=hours)
            for on, units, first, hours in legs
        ),
    )
    assert peak(option) == {"a": 7, "b": 1}


def test_alone_a_team_queues_on_its_part_and_a_wide_job_takes_longer() -> None:
    """Two teams on 8 GPUs: each alone has 4."""
    jobs = (
        made.job("a", "red", made.option(4, 2, 1)),  # 1 to 3
        made.job("b", "red", made.option(8, 3, 1)),  # on 4 for 6 hours: 3 to 9
        made.job("c", "red", made.option(2, 1, 1), window=(2, 9)),  # 9 to 10: no overtaking
        made.job("d", "red", made.option(2, 5, 1), window=(2, 9)),  # beside c: 9 to 14
        made.job("x", "blue", made.option(1, 1, 1)),  # not in red's way
    )
    run = made.a_run([made.ran(one, 1) for one in jobs])
    assert independent_hours(run.demand) == {"a": 2, "b": 8, "x": 1, "c": 8, "d": 12}


def test_a_job_of_two_pools_waits_for_both() -> None:
    both = JobOption(
        value_ucr=1,
        legs=(
            JobLeg(pool="gpu", quantity=4, offset_slots=0, duration_slots=1),
            JobLeg(pool="experts", quantity=1, offset_slots=0, duration_slots=1),
        ),
    )
    jobs = (
        made.job("a", "red", made.option(4, 2, 1)),
        made.job("b", "red", made.option(1, 5, 1, "experts")),
        made.job("c", "red", both),
    )
    pools = (made.pool(), made.pool("experts", 2, "expert"))
    run = made.a_run([made.ran(one, 1) for one in jobs], pools=pools)
    assert independent_hours(run.demand) == {"a": 2, "b": 5, "c": 6}


def test_rho_is_shared_over_alone_and_what_never_ran_counts_as_late_as_could_be() -> None:
    # Red: 2 + (7 - 1) shared; alone 2, and 8 GPUs × 4 h on 4 GPUs after it: 2 + 8.
    # Blue: b1 ran 7 to 8, asked for 2: 6 h; b2 at the earliest 9 to 12, asked for 3: 9 h.
    # Alone: 1, and 3.
    assert finish_time_fairness(made.small()) == {
        "blue": pytest.approx(15 / 4),
        "red": pytest.approx(8 / 12),
    }


def test_what_a_team_called_off_counts_on_neither_side() -> None:
    gone = made.job("gone", "blue", made.option(1, 1, 1), cancels=2)
    kept = made.ran(made.job("kept", "blue", made.option(1, 1, 1)), 1)
    run = made.a_run([kept, Ran(job=gone, reason="cancelled")])
    assert finish_time_fairness(run) == {"blue": 1.0}
