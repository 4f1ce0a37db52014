"""``timestamp,duration,num_gpus,gpu_time,cluster``: the job list of Microsoft's Philly.

Jeon et al., USENIX ATC 2019. The file is not sorted, and holds 65 rows twice: exact duplicates are
skipped. Its times are local wall clock without an offset; they are read as if they were UTC.
"""

from datetime import datetime
from typing import Final

from sim.demand.traces.table import Format, Row, Table
from sim.demand.traces.trace import UNIX_EPOCH, TraceJob

ROUNDING_S: Final = 1.0


def _jobs(table: Table) -> list[TraceJob]:
    return table.jobs(_job)


def _job(row: Row) -> TraceJob | str:
    duration_s, gpus = row.number("duration"), row.gpus("num_gpus")
    if abs(row.number("gpu_time") - duration_s * gpus) > ROUNDING_S:
        because = f"not num_gpus × duration, {duration_s * gpus:g}"
        raise row.wrong("gpu_time", because, "not num_gpus × duration")
    submitted_s = row.wall_clock_s("timestamp")
    return row.job(submitted_s, duration_s, gpus, row.text("cluster"))


def _epoch(_: str) -> datetime:
    return UNIX_EPOCH


PHILLY: Final = Format(
    kind="philly",
    columns=("timestamp", "duration", "num_gpus", "gpu_time", "cluster"),
    jobs=_jobs,
    epoch=_epoch,
)
