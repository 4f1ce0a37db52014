"""The Parallel Workloads Archive's standard workload format, version 2.2.

18 numbers a line with blanks between them, -1 where one is unknown, and comments that begin with
``;``, of which ``UnixStartTime`` says when second 0 was. Processors become GPUs: those allocated,
or those asked for where that is unknown. Lines with status 2, 3 or 4 are parts of a job that has a
line of its own, and are skipped; so are jobs that never ran. The group is the tenant, or the user
where all are of one group, or none is known; the largest 63 keep a team of their own. The format
promises lines sorted by submission, and a number a job: what breaks that is refused.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sim.demand.traces.table import LARGEST, Format, Row, Table, nothing_to_book
from sim.demand.traces.trace import MADE_UP_EPOCH, OTHERS, UNIX_EPOCH, TraceJob, largest

FIELDS: Final = (
    *("job_number", "submit_time", "wait_time", "run_time", "allocated_processors"),
    *("average_cpu_time", "used_memory", "requested_processors", "requested_time"),
    *("requested_memory", "status", "user", "group", "application", "queue", "partition"),
    *("preceding_job", "think_time"),
)
PARTS: Final = (2, 3, 4)
TENANTS_MAX: Final = 64
START: Final = re.compile(r"^\s*;\s*UnixStartTime:\s*(\d+)\s*$", re.MULTILINE)


class _Rows:
    """Reads rows by their group, and remembers their users in case there is but one group."""

    def __init__(self) -> None:
        self.users: dict[int, str] = {}

    def job(self, row: Row) -> TraceJob | str:
        self.users[row.line] = _named(row, "user")
        return _job(row)


def _jobs(table: Table) -> list[TraceJob]:
    rows = _Rows()
    jobs = table.jobs(rows.job)
    if len({job.tenant for job in jobs}) == 1:
        jobs = [replace(job, tenant=rows.users[job.line]) for job in jobs]
    return _with_few_tenants(jobs)


def _job(row: Row) -> TraceJob | str:
    row.number("job_number")
    submitted_s, run_s = row.number("submit_time"), row.known("run_time")
    processors = row.known("allocated_processors")
    if processors is None:
        processors = row.known("requested_processors")
        column = "requested_processors"
    else:
        column = "allocated_processors"
    if row.known("status") in PARTS:
        return "part of a job that has a row of its own"
    tenant = _named(row, "group") or _named(row, "user")
    return nothing_to_book(run_s, processors) or row.job(
        submitted_s, run_s or 0.0, row.gpus(column), tenant
    )


def _named(row: Row, column: str) -> str:
    number = row.known(column)
    return "" if number is None else f"{column}-{number:g}"


def _with_few_tenants(jobs: Sequence[TraceJob]) -> list[TraceJob]:
    used: Counter[str] = Counter()
    for job in jobs:
        used[job.tenant] += round(job.gpus * job.duration_s)
    named = largest(used, TENANTS_MAX)
    return [job if job.tenant in named else replace(job, tenant=OTHERS) for job in jobs]


def _epoch(comments: str) -> datetime:
    found = START.search(comments)
    if found is None or not 0 < int(found[1]) <= LARGEST:
        return MADE_UP_EPOCH
    return UNIX_EPOCH + timedelta(seconds=int(found[1]))


SWF: Final = Format(
    kind="swf",
    columns=FIELDS,
    jobs=_jobs,
    key="job_number",
    in_order=True,
    epoch=_epoch,
    notes=("Its processors are taken for GPUs.",),
)
