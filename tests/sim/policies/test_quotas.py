"""Quotas that queue, worked by hand, and held to the same properties as any queue."""

from hypothesis import given
from hypothesis import strategies as st

from sim.demand.job import Job
from sim.policies.queueing import Cluster
from sim.policies.quotas import queue_in_quotas
from tests.examples import examples
from tests.sim.policies.made_jobs import capacity, check, crowds, job, leg, starts, without, worth

FAR = (1, 40)
EVEN = {"red": 1, "blue": 1}


def test_a_team_waits_for_its_own_part_while_the_other_part_is_empty() -> None:
    jobs = [
        job(f"r{number}", worth(5, leg(1, 3)), submitted_min=number, window=FAR)
        for number in range(3)
    ]
    there = capacity(gpu=4)
    outcome = queue_in_quotas(jobs, Cluster(there=there, foreseen=there), EVEN)
    assert starts(outcome.ran) == {"r0": (0, 1), "r1": (0, 1), "r2": (0, 4)}
    assert outcome.used["gpu"][:8].tolist() == [0, 2, 2, 2, 1, 1, 1, 0]
    assert outcome.waiting[:6].tolist() == [0, 1, 1, 1, 0, 0]


def test_each_part_has_a_head_and_backfill_of_its_own() -> None:
    """Red's gang waits for two units until slot 5; a short one fills in, and blue knows of none."""
    jobs = [
        job("runs", worth(5, leg(1, 4)), submitted_min=1, window=FAR),
        job("gang", worth(5, leg(2, 1)), submitted_min=2, window=FAR),
        job("long", worth(5, leg(1, 5)), submitted_min=3, window=FAR),
        job("short", worth(5, leg(1, 4)), submitted_min=4, window=FAR),
        job("other", worth(5, leg(2, 9)), team="blue", submitted_min=5, window=FAR),
    ]
    there = capacity(gpu=4)
    outcome = queue_in_quotas(jobs, Cluster(there=there, foreseen=there), EVEN)
    wanted = {"runs": (0, 1), "gang": (0, 5), "long": (0, 6), "short": (0, 1), "other": (0, 1)}
    assert starts(outcome.ran) == wanted


def test_a_failure_costs_everybody_its_part() -> None:
    foreseen = capacity(gpu=4)
    there = without(foreseen, "gpu", {3: 2})
    jobs = [
        job(f"{team}{number}", worth(5, leg(1, 4)), team=team, submitted_min=number, window=FAR)
        for team in EVEN
        for number in range(2)
    ]
    outcome = queue_in_quotas(jobs, Cluster(there=there, foreseen=foreseen), EVEN)
    assert [one.interruptions for one in outcome.ran] == [0, 1, 0, 1]


@examples(60)
@given(crowds(), st.dictionaries(st.integers(0, 20), st.integers(1, 5), max_size=8))
def test_quotas_oversell_nothing_whatever_fails(crowd: list[Job], away: dict[int, int]) -> None:
    foreseen = capacity(gpu=5, old=3)
    there = without(foreseen, "gpu", away)
    cluster = Cluster(there=there, foreseen=foreseen)
    check(crowd, queue_in_quotas(crowd, cluster, {"red": 3, "blue": 2, "green": 1}), there)
