"""Alibaba's pods and requests become jobs that the market can book."""

import pytest

from sim.demand.traces.alibaba import GROUPS_MAX
from sim.demand.traces.reader import parse_trace
from sim.demand.traces.trace import MADE_UP_EPOCH, OTHERS, UNIX_EPOCH, TraceProblem

OPENB = (
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"
    "creation_time,deletion_time,scheduled_time"
)
GENAI = (
    "gmt_create,predict_type,predict_status,exec_time_seconds,groupId,prompt_length,"
    "negative_prompt_length,num_images_per_prompt,num_inference_steps,"
    "checkpoint_model_version_id,num_lora"
)
DAY_S = 86_400
END_S = 100 * DAY_S


def file(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def pod(
    created: int, deleted: int, *, gpus: str = "1", spec: str = "", scheduled: str | None = None
) -> str:
    at = str(created) if scheduled is None else scheduled
    name = f"openb-pod-{created}-{deleted}"
    return f"{name},4000,1024,{gpus},460,{spec},LS,Running,{created},{deleted},{at}"


def request(at: str, seconds: float, group: str = "G0001", status: str = "SUCCEED") -> str:
    return f"2024-11-15 {at},TXT_2_IMG,{status},{seconds},{group},63.0,,1.0,30.0,M0000,0"


def test_openb_keeps_the_last_thirty_days_of_scheduled_pods_with_a_gpu() -> None:
    trace = parse_trace(
        file(
            OPENB,
            pod(END_S - 31 * DAY_S, END_S),
            pod(END_S - 3 * DAY_S, END_S - 2 * DAY_S, gpus="8", spec="V100M16|T4|T4"),
            pod(END_S - 30 * DAY_S, END_S - 29 * DAY_S, scheduled=str(END_S - 30 * DAY_S + 60)),
            pod(END_S - 5 * DAY_S, END_S - 4 * DAY_S, gpus="0"),
            pod(END_S - 4 * DAY_S, END_S - 3 * DAY_S, scheduled=""),
        ),
        "o.csv",
    )
    assert trace.kind == "openb"
    assert trace.epoch == MADE_UP_EPOCH
    assert trace.skipped == {"before the last 30 days": 1, "never scheduled": 1, "no GPU": 1}
    part, gang = trace.jobs
    assert (part.gpus, part.duration_s, part.models) == (1, DAY_S - 60, ())
    assert part.submitted_s == END_S - 30 * DAY_S
    assert (gang.gpus, gang.models, gang.tenant) == (8, ("T4", "V100M16"), "")


def test_a_pod_that_ends_before_it_starts_or_comes_twice_is_refused() -> None:
    bad = pod(100, 200, scheduled="300")
    with pytest.raises(TraceProblem, match=r"o\.csv, line 2: scheduled_time is '300'"):
        parse_trace(file(OPENB, bad), "o.csv")
    with pytest.raises(TraceProblem, match=r"o\.csv, line 3: name is .*, which line 2 was already"):
        parse_trace(file(OPENB, pod(100, 200), pod(100, 200)), "o.csv")


def test_requests_of_a_group_and_hour_share_gpus_for_that_hour() -> None:
    trace = parse_trace(
        file(
            GENAI,
            request("10:59:59", 30),
            request("11:00:01", 3_000),
            request("11:30:00", 700),
            request("11:20:00", 20, "G0002"),
            request("11:40:00", 10, "G0002", "FAILED"),
            request("11:41:00", 10, "G0002", "PENDING"),
            request("11:42:00", 0, "G0002"),
        ),
        "g.csv",
    )
    assert (trace.kind, trace.epoch, trace.rows) == ("genai", UNIX_EPOCH, 7)
    assert trace.skipped == {"never finished": 1, "no run time": 1}
    assert [(job.tenant, job.gpus, job.duration_s, job.line) for job in trace.jobs] == [
        ("G0001", 1, 3600, 2),
        ("G0001", 2, 3600, 3),
        ("G0002", 1, 3600, 5),
    ]
    assert "one job" in trace.notes[0]


def test_small_groups_share_a_team_where_they_are_many() -> None:
    rows = [request("10:00:00", 10 + number, f"G{number:04d}") for number in range(GROUPS_MAX + 5)]
    trace = parse_trace(file(GENAI, *rows), "g.csv")
    tenants = {job.tenant for job in trace.jobs}
    assert len(tenants) == GROUPS_MAX
    assert OTHERS in tenants
    assert "G0005" not in tenants
    assert "G0006" in tenants
