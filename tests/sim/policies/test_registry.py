"""Every policy by name, and what holds of each of them."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.services.books import silent
from sim.demand.job import Job
from sim.policies.registry import POLICIES, policy
from sim.results.run import Run
from tests.examples import examples
from tests.sim.policies.made_jobs import crowds, demand_of, job, leg, worth


def test_every_name_gives_a_policy_with_a_name_of_its_own() -> None:
    names = [policy(name).name for name in POLICIES]
    assert len(set(names)) == len(POLICIES)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'lottery' is no policy; there are fcfs-easy, "):
        policy("lottery")


def test_settings_are_passed_on() -> None:
    assert policy("karma", guaranteed_ppm=0) != policy("karma")
    with pytest.raises(ValueError, match="'karma' has no setting 'alpha'; it has guaranteed_ppm"):
        policy("karma", alpha=1)
    with pytest.raises(ValueError, match="'fcfs-easy' has no setting 'alpha'; it has none"):
        policy("fcfs-easy", alpha=1)


def run(name: str, jobs: list[Job]) -> Run:
    return policy(name).run(demand_of(jobs), 1, silent)


@pytest.mark.parametrize("name", POLICIES)
@examples(30)
@given(crowd=crowds(), rng=st.randoms(use_true_random=False))
def test_runs_are_sound_repeatable_and_blind_to_the_order_of_the_list(
    name: str, crowd: list[Job], rng: Random
) -> None:
    """§7.1, §7.3, §7.6, §7.7"""
    one = run(name, crowd)
    assert one.fingerprint() == run(name, crowd).fingerprint()
    for pool, units in one.capacity.items():
        assert len(units) == len(one.used[pool]) == one.slots
        assert (one.used[pool] <= units).all()
    for ran in one.jobs:
        assert ran.served == (ran.delivered_ucr > 0) == (not ran.reason)
        assert ran.served or ran.start is None
        if ran.start is not None:
            assert ran.job.earliest <= ran.start <= ran.job.latest_start
    killed = sum(ran.interruptions for ran in one.jobs)
    assert killed == 0 or not name.endswith("-booking")
    mixed = run(name, rng.sample(crowd, len(crowd)))
    assert {ran.job.id: ran for ran in mixed.jobs} == {ran.job.id: ran for ran in one.jobs}


@pytest.mark.parametrize("name", POLICIES)
def test_a_lone_job_runs_at_once_under_every_policy(name: str) -> None:
    (ran,) = run(name, [job("a", worth(5, leg(1, 2)), window=(3, 9))]).jobs
    assert (ran.start, ran.delivered_ucr) == (ran.job.earliest, 5)
