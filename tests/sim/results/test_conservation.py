"""Every unit-slot went somewhere, and a run that does not add up is told."""

from dataclasses import replace

import numpy as np

from sim.demand.organisation import MaintenanceSpec
from sim.results.conservation import balances, faults
from tests.sim import made_runs as made


def test_offered_is_used_and_idle_and_away() -> None:
    run = made.small()
    gpus, experts = balances(run)
    assert (gpus.offered, gpus.used, gpus.idle, gpus.away) == (192, 40, 152, 0)
    assert (experts.offered, experts.used, experts.idle, experts.away) == (48, 1, 47, 0)
    assert faults(run) == ()


def test_what_is_in_maintenance_or_failed_is_away() -> None:
    run = made.small()
    away = MaintenanceSpec(
        pool="gpu", start=made.at(10), end=made.at(12), quantity=3, reason="fans"
    )
    there = replace(run.demand.organisation, maintenance=(away,))
    has = run.capacity["gpu"].copy()
    has[10:12] -= 3
    has[20] -= 8  # a node failed
    told = replace(
        run,
        demand=replace(run.demand, organisation=there),
        capacity={**run.capacity, "gpu": has},
    )
    gpus = balances(told)[0]
    assert (gpus.offered, gpus.used, gpus.idle, gpus.away) == (192, 40, 138, 14)
    assert faults(told) == ()


def test_each_way_not_to_add_up_is_told() -> None:
    run = made.small()
    over, more, idle = (run.used["gpu"].copy(), run.capacity["gpu"].copy(), np.zeros(24, np.int64))
    over[3:5] = 9
    more[0] = 10
    told = [
        faults(replace(run, used={**run.used, "gpu": over})),
        faults(replace(run, capacity={**run.capacity, "gpu": more})),
        faults(replace(run, used={**run.used, "gpu": idle})),
    ]
    assert told == [
        ("gpu: more is used than there is in 2 slots",),
        ("gpu: more is there than the organisation has in 1 slots",),
        ("gpu: jobs worked 40 unit-slots, and only 0 were used",),
    ]


def test_only_what_lies_within_the_run_must_have_been_used() -> None:
    late = made.job("late", "red", made.option(2, 6, 9), window=(20, 22))
    run = made.a_run([made.ran(late, 22)])
    assert run.used["gpu"].sum() == 4
    assert faults(run) == ()
