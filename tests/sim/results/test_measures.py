"""Every measure of a small run, worked by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.results.measures import BY_ID, MEASURES, values, volatility, waited_by
from sim.results.run import Ran
from tests.sim import made_runs as made


def test_every_measure_of_a_small_run() -> None:
    found = values(made.small())
    assert list(found) == [one.id for one in MEASURES]
    log = [math.log(2), 0.0, -math.log(2)]  # 2, 4, 4; then 2, 1
    expected = {
        "value": 44e6,  # 20, half of 40, and 4
        "value_share": 0.44,
        "served": 0.75,
        "utilisation": 40 / 192,
        "wait_mean": 7 / 3,
        "wait_p50": 2,
        "wait_p99": 5,
        "in_time": 1 / 3,
        "not_too_late": 2 / 3,
        "worst_rho": 15 / 4,
        "jain": 44**2 / (2 * (40**2 + 4**2)),
        "gini": 36 / 88,
        "hhi": 0.75**2 + 0.25**2,
        "volatility": np.std(log, ddof=1),
        "interruptions": 3,
        "lost": 0.5,
        "spent": 40e6,
    }
    assert found.pop("foresight") is None  # nobody looked
    assert found.pop("gained") is None  # nothing was bought back
    assert found.pop("speculation") is None  # nobody bids for what it does not need
    assert found == {id_: pytest.approx(number) for id_, number in expected.items()}


def test_speculators_gain_what_buy_outs_bring_less_what_they_kept_cost() -> None:
    """Red spent 30 and gained 12, blue spent 10 and gained 5."""
    gained = {"red": 12_000_000, "blue": 5_000_000}
    run = replace(made.small(), gained_ucr=gained, speculators=("red",))
    assert (values(run)["gained"], values(run)["speculation"]) == (17e6, -18e6)
    both = replace(run, speculators=("red", "blue"))
    assert values(both)["speculation"] == -23e6
    assert run.fingerprint() != made.small().fingerprint()


def test_where_nothing_happened_there_is_no_number() -> None:
    nothing = values(made.a_run([]))
    there = {id_: number for id_, number in nothing.items() if number is not None}
    assert there == {"value": 0, "utilisation": 0.0, "interruptions": 0, "lost": 0.0}


def test_a_job_that_ended_at_its_hard_deadline_is_too_late() -> None:
    jobs = [
        made.ran(made.job("a", "red", made.option(1, 2, 9), decay=(2, 3)), 1),
        made.ran(made.job("b", "red", made.option(1, 2, 9), decay=(3, 3)), 1),
        Ran(job=made.job("c", "red", made.option(1, 2, 9), decay=(3, 3))),
    ]
    found = values(made.a_run(jobs))
    assert [found["in_time"], found["not_too_late"]] == pytest.approx([1 / 3, 1 / 3])


def test_a_percentile_is_a_wait_that_somebody_had() -> None:
    waits = [float(hour) for hour in range(1, 101)]
    assert [waited_by(waits, part) for part in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]


def test_steps_are_taken_only_between_hours_that_were_both_sold() -> None:
    assert volatility([np.array([1, -1, 2, -1, 4])]) is None
    assert volatility([np.array([5, 5, 5])]) == 0.0
    assert volatility([]) is None


def test_measures_say_what_they_are() -> None:
    assert len(BY_ID) == len(MEASURES)
    assert all(one.name and one.formula for one in MEASURES)
    assert BY_ID["spent"].better == "neither"
