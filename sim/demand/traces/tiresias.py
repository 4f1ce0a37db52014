"""``job_id,num_gpu,submit_time,iterations,model_name,duration,interval``: Tiresias's job list.

Gu et al., NSDI 2019; seconds from the start. There is no tenant; the model stands in for it. Rows
in any order are sorted. Tiresias's other lists hold lengths alone, without submissions: nothing can
be replayed from them, and they are refused.
"""

from typing import Final

from sim.demand.traces.table import Format, Row, Table
from sim.demand.traces.trace import TraceJob


def _jobs(table: Table) -> list[TraceJob]:
    return table.jobs(_job)


def _job(row: Row) -> TraceJob | str:
    submitted_s, duration_s = row.number("submit_time"), row.number("duration")
    gpus = row.gpus("num_gpu")
    return row.job(submitted_s, duration_s, gpus, row.text("model_name"))


TIRESIAS: Final = Format(
    kind="tiresias",
    columns=(
        *("job_id", "num_gpu", "submit_time", "iterations", "model_name", "duration", "interval"),
    ),
    jobs=_jobs,
    key="job_id",
)
