"""Gavel's steps become lengths; Shockwave writes them; both are in the order of arrival."""

import pytest

from sim.demand.traces.gavel import steps_per_s
from sim.demand.traces.gavel_rates import STEPS_PER_S
from sim.demand.traces.reader import parse_trace
from sim.demand.traces.trace import Trace, TraceProblem

TRANSFORMER = "Transformer (batch size 128)"


def of_philly(arrival: float, *, steps: int = 95_121, gpus: int = 1, job: str = TRANSFORMER) -> str:
    return f"{job}\tpython3 train.py\t-step\t1\t{steps}\t{arrival:.6f}\t{gpus}"


def of_gavel(arrival: float, *, steps: int, gpus: int = 1, slo: float = -1) -> str:
    return f"{TRANSFORMER}\ttrain.py\twd\t-step\t1\t{steps}\t{gpus}\t1\t{slo:.6f}\t{arrival:g}"


def of_shockwave(arrival: float, *, seconds: int = 1_593) -> str:
    return f"LM (batch size 10)\tm.py\twd\t-n\t1\t26305\t2\tgns\t1\t-1.000000\t{seconds}\t{arrival}"


def read(*rows: str, skip_bad: bool = False) -> Trace:
    return parse_trace(("\n".join(rows) + "\n").encode(), "t.trace", skip_bad=skip_bad)


def test_the_older_form_runs_at_the_rates_of_philly() -> None:
    trace = read(of_philly(0), of_philly(6, gpus=4))
    assert trace.kind == "gavel"
    assert [job.duration_s for job in trace.jobs] == pytest.approx([16_482, 16_482], rel=1e-4)
    assert [(job.gpus, job.tenant) for job in trace.jobs] == [
        (1, "Transformer"),
        (4, "Transformer"),
    ]
    assert "Philly" in trace.notes[0]


def test_gavels_own_runs_at_the_rate_of_so_many_gpus() -> None:
    """19,605 steps are an hour on one GPU: the first row of Gavel's makespan trace."""
    one, two, none = read(
        of_gavel(0, steps=19_605),
        of_gavel(0, steps=19_605, gpus=2, slo=1.5),
        of_gavel(0, steps=19_605),
    ).jobs
    assert one.duration_s == pytest.approx(3_600, rel=1e-4)
    assert two.duration_s == pytest.approx(19_605 / 10.069, rel=1e-4)
    assert two.deadline_s == pytest.approx(1.5 * two.duration_s)
    assert one.deadline_s is none.deadline_s is None


def test_gpus_that_nobody_measured_are_in_proportion() -> None:
    measured = STEPS_PER_S[TRANSFORMER]
    assert steps_per_s(measured, 3) == measured[2] * 1.5
    assert steps_per_s(measured, 16) == measured[8] * 2
    assert steps_per_s(measured, 8) == measured[8]


def test_shockwave_writes_its_lengths() -> None:
    trace = read(of_shockwave(0), of_shockwave(31, seconds=7))
    assert trace.kind == "shockwave"
    assert [(job.duration_s, job.gpus, job.tenant) for job in trace.jobs] == [
        (1_593, 2, "LM"),
        (7, 2, "LM"),
    ]


def test_what_is_out_of_order_or_of_unknown_speed_is_refused() -> None:
    with pytest.raises(TraceProblem, match=r"t\.trace, line 2: submitted at second 5, before the"):
        read(of_philly(6), of_philly(5))
    with pytest.raises(TraceProblem, match=r"t\.trace, line 1: job_type is 'GPT', of which nobody"):
        read(of_philly(6, job="GPT"))
    trace = read(of_philly(6), of_philly(5), of_philly(7, job="GPT"), "Trans", skip_bad=True)
    assert len(trace.jobs) == 1
    assert trace.skipped == {
        "bad, job_type of unknown speed": 1,
        "bad, not in the order of submission": 1,
        "bad, wrong number of columns": 1,
    }


def test_equal_rows_are_jobs_of_their_own() -> None:
    assert len(read(of_gavel(0, steps=9), of_gavel(0, steps=9)).jobs) == 2


def test_a_negative_arrival_or_a_gang_of_none_is_seen() -> None:
    with pytest.raises(TraceProblem, match=r"arrival_s is '-6\.000000', which is negative"):
        read(of_philly(-6))
    assert read(of_gavel(0, steps=9), of_gavel(0, steps=9, gpus=0)).skipped == {"no GPU": 1}
