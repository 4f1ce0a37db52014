"""The generator makes up the demand that the published figures describe, and repeats itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.demand import distributions as drawn
from sim.demand.calibration import (
    arrivals_by_hour,
    autocorrelation,
    duration_distance,
    gang_distance,
)
from sim.demand.capacity import AFTER_DAYS, capacity_by_slot
from sim.demand.generator import generate
from sim.demand.job import SLOT, Job, JobLeg, JobOption, first_sale
from sim.demand.organisation import Organisation, TeamSpec
from sim.scenarios.shipped import demo_organisation

START = datetime(2026, 11, 2, tzinfo=UTC)
DEMO = demo_organisation(START)


@cache
def demo_jobs(seed: int = 7) -> Sequence[Job]:
    """What the demo's teams ask for."""
    return generate(DEMO, seed)


def without(team: str) -> Organisation:
    return replace(DEMO, teams=tuple(one for one in DEMO.teams if one.id != team))


def test_the_same_seed_gives_the_same_jobs_and_another_gives_others() -> None:
    """§7.7"""
    assert generate(DEMO, seed=7) == demo_jobs()
    assert demo_jobs(8) != demo_jobs()


def test_a_team_more_leaves_the_other_teams_luck_alone() -> None:
    assert generate(without("search"), seed=7) == [
        job for job in demo_jobs() if job.team != "search"
    ]


def test_a_longer_run_begins_with_the_same_days() -> None:
    short = replace(DEMO, days=5)
    first_days = [job for job in demo_jobs() if job.submitted < START + timedelta(days=5)]
    assert generate(short, seed=7) == first_days


def test_the_demo_has_the_size_it_should() -> None:
    gpu_pools = [pool for pool in DEMO.pools if pool.unit == "gpu"]
    assert len(DEMO.teams) >= 12
    assert len(gpu_pools) == 5
    assert 120 <= len(demo_jobs()) / DEMO.days <= 240
    assert [job.submitted for job in demo_jobs()] == sorted(job.submitted for job in demo_jobs())
    assert len({job.id for job in demo_jobs()}) == len(demo_jobs())


@pytest.mark.parametrize("seed", [1, 7])
def test_lengths_and_gangs_lie_close_to_their_targets(seed: int) -> None:
    jobs = demo_jobs(seed)
    assert duration_distance(jobs) <= 0.05
    assert gang_distance(jobs) <= 0.05


def test_the_distance_sees_jobs_that_are_twice_too_long_or_all_of_one_size() -> None:
    def changed(job: Job, **fields: Any) -> Job:
        leg = replace(job.options[0].legs[0], **fields)
        return replace(job, options=(replace(job.options[0], legs=(leg,)),))

    longer = [
        changed(job, duration_slots=min(72, 2 * job.options[0].legs[0].duration_slots))
        for job in demo_jobs()
    ]
    assert duration_distance(longer) > 0.2
    assert gang_distance([changed(job, quantity=1) for job in demo_jobs()]) > 0.3


def test_drawn_durations_follow_their_distribution_below_the_cap() -> None:
    lengths = drawn.draw_durations_s(drawn.stream(3, "any", 0), 20_000)
    below = lengths[lengths < drawn.LONGEST_S]
    reached = float(drawn.duration_cdf(np.array([drawn.LONGEST_S - 1.0]))[0])
    found = stats.kstest(below, lambda seconds: drawn.duration_cdf(seconds) / reached)
    assert found.statistic <= 0.01
    assert lengths.min() >= drawn.BOOKED_FROM_S
    assert lengths.max() == drawn.LONGEST_S
    assert (lengths == drawn.LONGEST_S).mean() == pytest.approx(1 - reached, abs=0.003)


def test_gangs_are_as_large_as_published_and_the_large_ones_fill_the_machines() -> None:
    weights, sizes = np.array(drawn.GANG_WEIGHTS), np.array(drawn.GANG_SIZES)
    assert weights.sum() == pytest.approx(1)
    assert 3 <= (weights * sizes).sum() <= 6
    assert (weights * sizes)[sizes >= 8].sum() / (weights * sizes).sum() > 0.6
    wide, narrow = drawn.gang_weights(wide=True), drawn.gang_weights(wide=False)
    mixed = drawn.WIDE_SHARE * wide + (1 - drawn.WIDE_SHARE) * narrow
    assert mixed == pytest.approx(weights)
    assert narrow.min() >= 0


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_demand_repeats_itself_after_a_day(seed: int) -> None:
    counts = arrivals_by_hour(generate(DEMO, seed), START, 24 * DEMO.days)
    assert autocorrelation(counts, 24) > 0.3


def test_weekends_are_quieter_and_deadlines_busier() -> None:
    team = next(one for one in DEMO.teams if one.id == "search")
    jobs = [job for seed in range(12) for job in generate(replace(DEMO, teams=(team,)), seed)]
    by_day = np.bincount([(job.submitted - START).days for job in jobs], minlength=DEMO.days)
    assert team.habits is not None
    due = team.habits.deadline_day
    assert due is not None
    quiet = by_day[:14].reshape(2, 7)
    assert quiet[:, 5:].mean() < 0.8 * quiet[:, :5].mean()
    assert by_day[due - 2 : due].sum() > 1.5 * by_day[due - 9 : due - 7].sum()
    assert drawn.ramp_shape(24 * DEMO.days, due)[24 * due - 1] > 4
    assert drawn.ramp_shape(24 * DEMO.days, due)[24 * due] == 1


def test_a_burst_runs_at_three_times_the_calm_rate_a_sixth_of_the_time() -> None:
    shape = drawn.burst_shape(drawn.stream(1, "any", 0), 50_000)
    assert sorted(set(shape)) == pytest.approx([0.75, 2.25])
    assert (shape > 1).mean() == pytest.approx(1 / 6, abs=0.02)
    assert shape.mean() == pytest.approx(1, abs=0.03)


def test_every_job_can_be_placed_with_the_cycle_of_its_day() -> None:
    """What no cycle could ever serve would be refused at the door."""
    capacity = capacity_by_slot(DEMO)
    most = {pool: int(units.max()) for pool, units in capacity.units.items()}
    for job in demo_jobs():
        assert first_sale(job.submitted) <= job.earliest <= job.latest_start
        assert job.latest_start - job.submitted <= timedelta(days=14)
        for option in job.options:
            assert option.extent_slots <= 72
            for leg in option.legs:
                assert leg.quantity <= most[leg.pool]
                assert leg.quantity % capacity.block_sizes[leg.pool] == 0


def test_jobs_with_an_expert_have_working_hours_in_their_window() -> None:
    experts = capacity_by_slot(DEMO).units["ml-experts"]
    seen = 0
    for job in demo_jobs():
        for leg in job.options[0].legs:
            if leg.pool == "ml-experts":
                seen += 1
                first = (job.earliest - START) // SLOT
                last = (job.latest_start - START) // SLOT
                starts = range(first, last + 1)
                assert any(experts[at : at + leg.duration_slots].min() > 0 for at in starts), job
    assert seen > 100


def test_the_mix_has_alternatives_sequences_standing_orders_and_cancellations() -> None:
    jobs = demo_jobs()
    count = len(jobs)
    in_sequence = [job for job in jobs if any(leg.offset_slots for leg in job.options[0].legs)]
    assert 0.3 < sum(len(job.options) > 1 for job in jobs) / count < 0.7
    assert 0.03 < len(in_sequence) / count < 0.12
    assert sum(job.standing for job in demo_jobs()) / count == pytest.approx(0.6, abs=0.04)
    cancelled = [job for job in demo_jobs() if job.cancels_at is not None]
    assert len(cancelled) / count == pytest.approx(0.05, abs=0.02)
    assert all(job.cancels_at and job.cancels_at > job.submitted for job in cancelled)
    for job in in_sequence:
        train, evaluate = job.options[0].legs[:2]
        assert evaluate.offset_slots == train.duration_slots
        assert evaluate.pool == "l40s"


def test_values_spread_over_four_decades_and_follow_the_team() -> None:
    legs = [job.options[0].legs[0] for job in demo_jobs()]
    hours = np.array([leg.quantity * leg.duration_slots for leg in legs])
    density = np.array([job.options[0].value_ucr for job in demo_jobs()]) / hours
    assert 4 <= np.log10(density.max() / density.min()) <= 6.5
    assert all(option.value_ucr % 10_000 == 0 for job in demo_jobs() for option in job.options)


def test_busy_weeks_ask_for_more_than_there_is() -> None:
    gpu_pools = [pool.id for pool in DEMO.pools if pool.unit == "gpu"]
    asked = np.zeros(7)
    for job in demo_jobs():
        for leg in job.options[0].legs:
            if leg.pool in gpu_pools:
                week = (job.earliest - START).days // 7
                asked[week] += leg.quantity * leg.duration_slots
    units = capacity_by_slot(DEMO).units
    there = sum(int(units[pool][: 7 * 24].sum()) for pool in gpu_pools)
    assert 1.2 <= asked[:4].max() / there <= 2.4


def test_capacity_knows_working_hours_and_maintenance() -> None:
    capacity = capacity_by_slot(DEMO)
    assert all(len(grid) == (28 + AFTER_DAYS) * 24 for grid in capacity.units.values())
    experts = capacity.units["ml-experts"]
    assert experts[:24].tolist() == [0] * 9 + [6] * 8 + [0] * 7  # a Monday
    assert experts[5 * 24 : 7 * 24].sum() == 0
    for away in DEMO.maintenance:
        pool = next(one for one in DEMO.pools if one.id == away.pool)
        first, end = (away.start - START) // SLOT, (away.end - START) // SLOT
        assert set(capacity.units[pool.id][first:end]) == {pool.units - away.quantity}
        assert capacity.units[pool.id][first - 1] == pool.units
        assert capacity.units[pool.id][end] == pool.units


def test_a_team_whose_gangs_fit_no_pool_it_likes_takes_any_that_holds_them() -> None:
    team = next(one for one in DEMO.teams if one.id == "llm-pretrain")
    assert team.habits is not None
    modest = replace(team, habits=replace(team.habits, pools=(("l40s", 1.0),)))
    jobs = generate(replace(DEMO, teams=(modest,)), seed=1)
    large = [job for job in jobs if job.options[0].legs[0].quantity == 64]
    assert {job.options[0].legs[0].pool for job in large} == {"b200"}


def with_deadlines(share: float) -> Organisation:
    teams = tuple(
        replace(team, habits=replace(team.habits, deadlines=share)) if team.habits else team
        for team in DEMO.teams
    )
    return replace(DEMO, teams=teams)


def test_a_share_of_the_jobs_has_deadlines_and_all_else_stays_as_it_was() -> None:
    assert all(job.decay is None for job in demo_jobs())
    jobs = generate(with_deadlines(0.4), seed=7)
    assert [replace(job, decay=None) for job in jobs] == demo_jobs()
    assert sum(job.decay is not None for job in jobs) / len(jobs) == pytest.approx(0.4, abs=0.03)
    more = {job.id for job in generate(with_deadlines(0.6), seed=7) if job.decay}
    assert {job.id for job in jobs if job.decay} < more


def test_work_on_time_is_worth_all_and_a_deadline_day_takes_the_rest() -> None:
    due_by_team = {team.id: team.habits.deadline_day for team in DEMO.teams if team.habits}
    lost_at_the_day = 0
    for job in generate(with_deadlines(1), seed=7):
        assert job.decay is not None
        option = job.options[0]
        assert job.worth_ucr(0, job.earliest + option.extent_slots * SLOT) == option.value_ucr
        day = due_by_team[job.team]
        if day is not None and job.decay.hard == START + timedelta(days=day):
            lost_at_the_day += 1
        else:
            end = job.latest_start + max(one.extent_slots for one in job.options) * SLOT
            assert job.decay.hard == end + SLOT
            assert 0 < job.decay.share(end) <= 1
    assert lost_at_the_day > 50


def test_an_organisation_with_teams_from_elsewhere_generates_nothing_for_them() -> None:
    idle = TeamSpec(
        id="idle", name="Idle", themes=("t",), cost_centre="cc", budget_ucr=1, projects=("p",)
    )
    assert generate(replace(DEMO, teams=(idle,)), seed=1) == []


def test_a_job_refuses_a_window_or_an_amount_that_makes_no_sense() -> None:
    job = demo_jobs()[0]
    with pytest.raises(ValueError, match="ends before it begins"):
        replace(job, latest_start=job.earliest - SLOT)
    with pytest.raises(ValueError, match="not the start of a slot"):
        replace(job, earliest=job.earliest + timedelta(minutes=1))
    with pytest.raises(ValueError, match="asks for nothing"):
        JobLeg(pool="a100", quantity=0, offset_slots=0, duration_slots=1)
    leg = JobLeg(pool="a100", quantity=1, offset_slots=1, duration_slots=72)
    with pytest.raises(ValueError, match="over 72 slots"):
        JobOption(value_ucr=1, legs=(leg,))
    with pytest.raises(ValueError, match="midnight in UTC"):
        demo_organisation(START + SLOT)
