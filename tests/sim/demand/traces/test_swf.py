"""The standard workload format: comments, -1 for unknown, parts of jobs, order."""

from datetime import UTC, datetime

import pytest

from sim.demand.traces.reader import parse_trace
from sim.demand.traces.swf import TENANTS_MAX
from sim.demand.traces.trace import MADE_UP_EPOCH, OTHERS, Trace, TraceProblem

HEADER = "; Version: 2.2\n; Computer: made up\n; UnixStartTime: 1507529583\n;\n"


def job(
    number: int,
    submitted: float,
    *,
    run: float = 3_600,
    used: int = 4,
    asked: int = 8,
    status: int = 1,
    user: int = 7,
    group: int = 2,
) -> str:
    return (
        f"{number:5d} {submitted:8g} 10 {run:g} {used} -1 -1 {asked} 7200 -1 {status} "
        f"{user} {group} -1 1 0 -1 -1"
    )


def read(*rows: str, header: str = HEADER, skip_bad: bool = False) -> Trace:
    return parse_trace((header + "\n".join(rows) + "\n").encode(), "t.swf", skip_bad=skip_bad)


def test_processors_become_gpus_and_second_0_is_where_the_header_says() -> None:
    trace = read(job(1, 0), job(2, 60, used=-1), "; a comment between", job(3, 60.5, group=-1))
    assert (trace.kind, trace.rows) == ("swf", 3)
    assert trace.epoch == datetime(2017, 10, 9, 6, 13, 3, tzinfo=UTC)
    assert [(one.gpus, one.tenant, one.submitted_s) for one in trace.jobs] == [
        (4, "group-2", 0),
        (8, "group-2", 60),
        (4, "user-7", 60.5),
    ]
    assert trace.jobs[0].line == 5


def test_a_file_without_header_is_known_by_its_eighteen_numbers() -> None:
    trace = read(job(1, 0, user=-1, group=-1), header="")
    assert (trace.kind, trace.epoch, trace.jobs[0].tenant) == ("swf", MADE_UP_EPOCH, "")
    unsaid = "; UnixStartTime: UNKNOWN\n"
    assert read(job(1, 0), header=unsaid).epoch == MADE_UP_EPOCH


def test_parts_and_jobs_that_never_ran_are_skipped() -> None:
    trace = read(
        job(1, 0),
        job(1, 0, run=60, status=2),
        job(1, 0, run=60, status=3),
        job(2, 5, run=-1, status=5),
        job(3, 6, used=-1, asked=-1),
    )
    assert len(trace.jobs) == 1
    assert trace.skipped == {
        "no GPU": 1,
        "no run time": 1,
        "part of a job that has a row of its own": 2,
    }


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (job(1, 9), "line 6: job_number is '1', which line 5 was already"),
        (job(2, 3), "line 6: submitted at second 3, before the job above it at 5"),
        (job(2, 9, run=-60), "line 6: run_time is '-60', which is negative"),
        (job(2, 9, used=2)[:-3], "line 6: 17 columns where there should be 18"),
        (job(2, 9).replace("3600", "soon"), "line 6: run_time is 'soon', which is not a number"),
        (job(2, -1), "line 6: submit_time is '-1', which is negative"),
    ],
)
def test_what_breaks_the_format_is_refused_or_counted(row: str, sentence: str) -> None:
    with pytest.raises(TraceProblem) as refused:
        read(job(1, 5), row)
    assert str(refused.value).startswith(f"t.swf, {sentence}")
    trace = read(job(1, 5), row, skip_bad=True)
    assert (len(trace.jobs), sum(trace.skipped.values())) == (1, 1)


def test_users_are_the_tenants_where_all_are_of_one_group() -> None:
    trace = read(job(1, 0, user=3), job(2, 1, user=4), job(3, 2, user=-1))
    assert [one.tenant for one in trace.jobs] == ["user-3", "user-4", ""]


def test_small_groups_share_a_team_where_they_are_many() -> None:
    rows = [job(n, n, group=n, run=60 * n) for n in range(1, TENANTS_MAX + 4)]
    tenants = {one.tenant for one in read(*rows).jobs}
    assert len(tenants) == TENANTS_MAX
    assert OTHERS in tenants
    assert "group-4" not in tenants
    assert "group-5" in tenants
