"""Alibaba's pods that share GPUs (openb), and its requests for pictures (genai).

- ``openb``: the pod lists of cluster-trace-gpu-v2023 (Weng et al., USENIX ATC 2023), in seconds
  from the trace's start. Arrivals before the last 30 days are survivors only and are skipped, as
  are pods without a GPU and pods never scheduled. A part of a GPU (``gpu_milli``) counts as one.
  Pods alive at the end ran for at least what is written. There is no tenant.
- ``genai``: the requests of cluster-trace-v2026-GenAI (SoCC 2025), each a GPU for some seconds. A
  time-box is hours long, so the requests of one user group in one hour share GPUs for that hour, as
  many as their seconds fill: one job. 4,247 groups would be too many teams: the largest 39 keep
  their names. Failed requests held their GPU and count; pending ones were never done.

Neither promises an order: rows are sorted.
"""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sim.demand.traces.table import Format, Row, Table
from sim.demand.traces.trace import OTHERS, UNIX_EPOCH, TraceJob, largest

LAST_S: Final = 30 * 86_400
GROUPS_MAX: Final = 40
HOUR_S: Final = 3_600
UNFINISHED: Final = ("PENDING", "PROCESSING")


class _Pods:
    """Reads pods, and remembers when the last of them was gone."""

    def __init__(self) -> None:
        self.end_s = 0.0

    def job(self, row: Row) -> TraceJob | str:
        created_s, deleted_s = row.number("creation_time"), row.number("deletion_time")
        gpus = row.gpus("num_gpu")
        self.end_s = max(self.end_s, deleted_s)
        if not row.text("scheduled_time"):
            return "never scheduled"
        scheduled_s = row.number("scheduled_time")
        duration_s = deleted_s - scheduled_s
        if duration_s < 0 or scheduled_s < created_s:
            raise row.wrong("scheduled_time", "not between creation_time and deletion_time")
        models = tuple(sorted({one for one in row.text("gpu_spec").split("|") if one}))
        return row.job(created_s, duration_s, gpus, "", models=models)


def _pods(table: Table) -> list[TraceJob]:
    pods = _Pods()
    found = table.jobs(pods.job)
    recent = [job for job in found if job.submitted_s >= pods.end_s - LAST_S]
    if len(recent) < len(found):
        table.skipped["before the last 30 days"] = len(found) - len(recent)
    return recent


OPENB: Final = Format(
    kind="openb",
    columns=(
        *("name", "num_gpu", "gpu_milli", "gpu_spec"),
        *("creation_time", "deletion_time", "scheduled_time"),
    ),
    jobs=_pods,
    key="name",
)


def _request(row: Row) -> TraceJob | str:
    if row.text("predict_status") in UNFINISHED:
        return "never finished"
    submitted_s, duration_s = row.wall_clock_s("gmt_create"), row.number("exec_time_seconds")
    return row.job(submitted_s, duration_s, 1, row.text("groupId"))


def _requests(table: Table) -> list[TraceJob]:
    return _by_group_and_hour(table.jobs(_request))


def _by_group_and_hour(requests: Sequence[TraceJob]) -> list[TraceJob]:
    by_group: Counter[str] = Counter()
    for one in requests:
        by_group[one.tenant] += math.ceil(one.duration_s)
    named = largest(by_group, GROUPS_MAX)
    seconds: dict[tuple[str, int], float] = {}
    first: dict[tuple[str, int], TraceJob] = {}
    for one in requests:
        place = one.tenant if one.tenant in named else OTHERS, int(one.submitted_s // HOUR_S)
        seconds[place] = seconds.get(place, 0.0) + one.duration_s
        known = first.setdefault(place, one)
        if (one.submitted_s, one.line) < (known.submitted_s, known.line):
            first[place] = one
    return [
        TraceJob(
            line=first[group, hour].line,
            submitted_s=first[group, hour].submitted_s,
            duration_s=HOUR_S,
            gpus=math.ceil(total_s / HOUR_S),
            tenant=group,
            deadline_s=None,
            models=(),
        )
        for (group, hour), total_s in seconds.items()
    ]


def _epoch(_: str) -> datetime:
    return UNIX_EPOCH


GENAI: Final = Format(
    kind="genai",
    columns=("gmt_create", "predict_status", "exec_time_seconds", "groupId"),
    jobs=_requests,
    epoch=_epoch,
    notes=(
        "A user group's requests of one hour share GPUs for that hour: they are one job.",
        f"The largest {GROUPS_MAX - 1} groups have a team each; all others share one.",
    ),
)
