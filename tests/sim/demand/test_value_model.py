"""A trace's jobs become bids by the documented model."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from marketplace.domain.team import checked_id
from sim.demand.job import SLOT, first_sale
from sim.demand.names import id_of
from sim.demand.traces.trace import (
    MADE_UP_EPOCH,
    UNIX_EPOCH,
    Kind,
    Trace,
    TraceJob,
    TraceProblem,
)
from sim.demand.value_model import organisation_from_trace

DAY_S = 86_400
HOUR_S = 3_600
NOON_S = int((datetime(2017, 10, 2, 12, 20, tzinfo=UTC) - UNIX_EPOCH).total_seconds())


def job(
    line: int,
    *,
    at_s: float = NOON_S,
    hours: float = 1,
    gpus: int = 1,
    tenant: str = "red",
    deadline_s: float | None = None,
    models: tuple[str, ...] = (),
) -> TraceJob:
    return TraceJob(
        line=line,
        submitted_s=at_s,
        duration_s=hours * HOUR_S,
        gpus=gpus,
        tenant=tenant,
        deadline_s=deadline_s,
        models=models,
    )


def trace(*jobs: TraceJob, kind: Kind = "philly") -> Trace:
    return Trace(
        name="t.csv",
        kind=kind,
        epoch=UNIX_EPOCH if kind == "philly" else MADE_UP_EPOCH,
        rows=len(jobs),
        jobs=jobs,
        skipped={},
    )


def busy(days: int = 60, per_day: int = 20) -> Trace:
    """Many jobs of two teams; days 20 to 47 are twice as busy."""
    jobs: list[TraceJob] = []
    for day in range(days):
        for number in range(per_day * (2 if 20 <= day < 48 else 1)):
            jobs.append(
                job(
                    len(jobs) + 2,
                    at_s=NOON_S + day * DAY_S + 60 * number,
                    hours=1 + number % 7,
                    gpus=1 + number % 4,
                    tenant="red" if number % 3 else "blue",
                )
            )
    return trace(*jobs)


def test_the_same_trace_and_seed_give_the_same_bids() -> None:
    """§7.7"""
    assert organisation_from_trace(busy(), seed=1) == organisation_from_trace(busy(), seed=1)
    assert organisation_from_trace(busy(), seed=1)[1] != organisation_from_trace(busy(), seed=2)[1]


def test_the_busiest_four_weeks_are_taken_and_the_rest_is_counted() -> None:
    organisation, jobs, summary = organisation_from_trace(busy())
    assert summary.first_day == datetime(2017, 10, 22, tzinfo=UTC)
    assert (summary.days, organisation.days) == (28, 28)
    assert summary.jobs == len(jobs) == 28 * 40
    assert summary.outside == 32 * 20
    assert organisation.start == datetime(2017, 10, 21, tzinfo=UTC)


def test_the_summary_tells_what_was_left_out_and_changed() -> None:
    long = job(1_000_000, at_s=NOON_S + 30 * DAY_S, hours=100)
    whole = replace(busy(), skipped={"no GPU": 3}, rows=2_345)
    whole = replace(whole, jobs=(*whole.jobs, long))
    _, _, summary = organisation_from_trace(whole)
    assert summary.source == "t.csv (philly), 28 days from 2017-10-22"
    assert summary.notes[0].startswith("2,345 rows, 1,121 jobs, ")
    assert "3 rows skipped: no GPU." in summary.notes
    assert "640 jobs left out: not in the weeks chosen, or thinned out." in summary.notes
    assert "1 job cut to 72 hours, the longest time-box." in summary.notes
    assert not any("more GPUs" in note for note in summary.notes)


def test_every_bid_meets_the_cycle_that_sells_the_hour_its_job_came_in() -> None:
    organisation, jobs, _ = organisation_from_trace(busy())
    end = organisation.start + timedelta(days=organisation.days)
    for one in jobs:
        assert organisation.start <= one.submitted < end
        assert first_sale(one.submitted) <= one.earliest <= one.latest_start
        assert one.latest_start <= one.submitted + timedelta(days=14)


def test_a_job_may_start_in_the_first_whole_hour_after_it_came() -> None:
    later = job(3, at_s=NOON_S + 3 * DAY_S)
    _, jobs, _ = organisation_from_trace(trace(job(2), later))
    assert jobs[1].earliest == datetime(2017, 10, 5, 13, tzinfo=UTC)
    assert jobs[1].submitted == datetime(2017, 10, 4, 11, 20, tzinfo=UTC)


def test_lengths_are_rounded_up_and_cut_at_seventy_two_hours() -> None:
    _, jobs, summary = organisation_from_trace(
        trace(job(2, hours=0.01), job(3, hours=2.5), job(4, hours=72), job(5, hours=72.1))
    )
    by_id = {one.id: one.options[0].legs[0].duration_slots for one in jobs}
    assert by_id == {
        "philly-000002": 1,
        "philly-000003": 3,
        "philly-000004": 72,
        "philly-000005": 72,
    }
    assert summary.cut == 1


def test_the_pool_is_as_small_as_the_load_aimed_at_asks() -> None:
    for target in (1.0, 1.25, 2.0):
        organisation, jobs, summary = organisation_from_trace(busy(), target_load=target)
        [pool] = organisation.pools
        asked = sum(
            one.options[0].legs[0].quantity * one.options[0].legs[0].duration_slots for one in jobs
        )
        assert summary.unit_slots == asked
        assert asked / ((pool.units) * 672) <= target < asked / ((pool.units - 1) * 672)
        assert summary.load_by_pool[pool.id] == pytest.approx(asked / (pool.units * 672))


def test_a_pool_holds_the_largest_gang() -> None:
    organisation, _, _ = organisation_from_trace(trace(job(2), job(3, gpus=64)))
    assert organisation.pools[0].units == 64


def test_budgets_go_by_the_gpu_hours_that_teams_ask_for() -> None:
    organisation, jobs, _ = organisation_from_trace(busy())
    asked: Counter[str] = Counter()
    for one in jobs:
        leg = one.options[0].legs[0]
        asked[one.team] += leg.quantity * leg.duration_slots
    assert {team.id: team.budget_ucr for team in organisation.teams} == {
        team: 4_000_000 * hours for team, hours in asked.items()
    }


def test_a_deadline_ends_the_window() -> None:
    """Came at 12:20, due 10 h later, runs 2 h: 13:00 to 21:00 would be late, 20:00 is not."""
    due = job(2, hours=2, deadline_s=NOON_S + 10 * HOUR_S, at_s=NOON_S)
    other = job(3, at_s=NOON_S - 3 * DAY_S)
    _, jobs, summary = organisation_from_trace(trace(other, due))
    assert jobs[1].earliest == datetime(2017, 10, 2, 13, tzinfo=UTC)
    assert jobs[1].latest_start == datetime(2017, 10, 2, 20, tzinfo=UTC)
    assert summary.stretched == 0


def test_a_job_too_long_for_its_deadline_takes_more_gpus_for_less_time() -> None:
    due = job(2, hours=8, gpus=2, deadline_s=NOON_S + 5 * HOUR_S)
    _, [bid], summary = organisation_from_trace(trace(due))
    leg = bid.options[0].legs[0]
    assert (leg.quantity, leg.duration_slots, summary.stretched) == (4, 4, 1)


def test_work_that_ends_after_the_trace_s_deadline_is_worth_nothing() -> None:
    due = job(2, hours=2, deadline_s=NOON_S + 5.5 * HOUR_S)
    _, [bid, free], _ = organisation_from_trace(trace(due, job(3)))
    assert free.decay is None
    assert bid.decay is not None
    end = bid.latest_start + 2 * SLOT
    assert bid.worth_ucr(0, end) == bid.options[0].value_ucr
    assert bid.worth_ucr(0, end + SLOT) == 0


def test_models_become_pools_and_alternatives() -> None:
    organisation, jobs, _ = organisation_from_trace(
        trace(
            *(job(number, models=("T4",), hours=9) for number in range(2, 9)),
            job(20, models=("P100", "V100M16")),
            job(21, models=("A10", "P100", "T4", "V100M16")),
            job(22),
            job(23, gpus=8),
            kind="openb",
        )
    )
    pools = {one.id: {option.legs[0].pool for option in one.options} for one in jobs}
    assert {pool.id for pool in organisation.pools} <= {"a10", "p100", "t4", "v100m16"}
    assert pools["openb-000002"] == {"t4"}
    assert pools["openb-000020"] == {"p100", "v100m16"}
    assert len(pools["openb-000021"]) == 3
    assert len(pools["openb-000022"]) == 3
    assert pools["openb-000023"] == {"t4"}
    assert next(pool.units for pool in organisation.pools if pool.id == "t4") >= 8


def test_jobs_without_a_tenant_are_dealt_to_eight_teams() -> None:
    organisation, _, _ = organisation_from_trace(
        trace(*(job(number, tenant="") for number in range(2, 30)))
    )
    assert [team.id for team in organisation.teams] == [f"team-{n}" for n in range(1, 9)]


def test_a_team_draws_its_own_luck() -> None:
    jobs = [job(n, tenant="red" if n % 2 else "blue", at_s=NOON_S + n) for n in range(2, 60)]
    both = organisation_from_trace(trace(*jobs))[1]
    alone = organisation_from_trace(trace(*(one for one in jobs if one.tenant == "red")))[1]
    assert alone == [one for one in both if one.team == "red"]


def test_values_have_the_median_and_the_spread_of_the_model() -> None:
    teams = [f"t{number}" for number in range(40)]
    jobs = [
        job(number, tenant=teams[number % 40], at_s=NOON_S + number) for number in range(2, 8_002)
    ]
    _, bids, _ = organisation_from_trace(trace(*jobs))
    logs = np.log([one.options[0].value_ucr / 1e6 for one in bids])
    assert np.median(logs) == pytest.approx(np.log(2), abs=0.3)
    assert logs.std() == pytest.approx(np.hypot(1.2, 0.5), abs=0.12)


def test_every_second_job_makes_half_the_jobs_at_the_same_load() -> None:
    _, jobs, summary = organisation_from_trace(busy(), every=2)
    assert len(jobs) == 28 * 20
    assert summary.outside == 32 * 20 + 28 * 20
    assert summary.load_by_pool["gpu"] == pytest.approx(1.25, rel=0.1)


def test_names_that_no_team_may_bear_are_made_fit() -> None:
    organisation, [bid], _ = organisation_from_trace(trace(job(2, tenant="ResNet 50/V2_")))
    assert organisation.teams[0].id == bid.team == "resnet-50-v2"


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"weeks": 0}, "weeks is 0"),
        ({"every": 0}, "every is 0"),
        ({"target_load": 0.0}, "target_load is 0.0"),
        ({"target_load": float("nan")}, "target_load is nan"),
    ],
)
def test_settings_without_sense_are_refused(setting: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        organisation_from_trace(busy(), **setting)


def test_windows_are_aligned_even_where_the_trace_is_not() -> None:
    odd = replace(job(2), submitted_s=NOON_S + 0.75)
    _, [bid], _ = organisation_from_trace(trace(odd))
    assert (bid.earliest - datetime(2017, 1, 1, tzinfo=UTC)) % SLOT == timedelta(0)


def test_teams_without_a_latin_letter_stay_teams_of_their_own() -> None:
    names = ["東京", "大阪", "Ωμέγα", "équipe", "equipe", "***"]
    ids = [id_of(name) for name in names]
    assert len(set(ids)) == len(names)
    assert ids[-2:] == ["equipe", "unnamed"]
    assert [checked_id("team", one) for one in ids] == ids


def test_teams_whose_names_come_to_the_same_id_stay_apart() -> None:
    """Whichever comes first, and also where one is called just what the others would be."""
    long = "x" * 70
    names = ["Team A", "team-a", "TEAM A", "team_b", long, long + "y"]
    jobs = [job(number, tenant=name) for number, name in enumerate(names, 2)]
    organisation, bids, _ = organisation_from_trace(trace(*jobs))
    teams = {one.id for one in organisation.teams}
    assert len(teams) == len(names)
    assert {"team-a", "team_b"} < teams
    assert all(checked_id("team", one) for one in teams)
    by_line = {one.id: one.team for one in bids}
    again, bids, _ = organisation_from_trace(trace(*reversed(jobs)))
    assert {one.id: one.team for one in bids} == by_line
    assert {one.id for one in again.teams} == teams


def test_more_gpus_than_a_pool_may_have_are_told_of_the_trace() -> None:
    most = [job(2, gpus=250_000, hours=8, deadline_s=NOON_S + HOUR_S)]
    organisation, _, _ = organisation_from_trace(trace(*most))
    assert organisation.pools[0].units == 500_000
    many = [job(number, gpus=250_000, hours=72) for number in range(2, 20)]
    with pytest.raises(TraceProblem, match="and the market sells at most 1,000,000 of a pool"):
        organisation_from_trace(trace(*many))
