"""``submit_time``, ``ddl`` (absolute), ``num_gpu``, ``duration`` and ``model_name``, in seconds.

Philly's virtual cluster 103959 with deadlines added by the authors of ElasticFlow (Gu et al.,
ASPLOS 2023). There is no tenant; the model stands in for it. Rows in any order are sorted.
"""

from typing import Final

from sim.demand.traces.table import Format, Row, Table
from sim.demand.traces.trace import TraceJob


def _jobs(table: Table) -> list[TraceJob]:
    return table.jobs(_job)


def _job(row: Row) -> TraceJob | str:
    submitted_s, duration_s = row.number("submit_time"), row.number("duration")
    deadline_s, gpus = row.number("ddl"), row.gpus("num_gpu")
    if deadline_s <= submitted_s:
        raise row.wrong("ddl", f"not after submit_time {submitted_s:g}", "not after submit_time")
    tenant = row.text("model_name")
    return row.job(submitted_s, duration_s, gpus, tenant, deadline_s=deadline_s)


ELASTICFLOW: Final = Format(
    kind="elasticflow",
    columns=("job_id", "submit_time", "model_name", "ddl", "num_gpu", "duration"),
    jobs=_jobs,
    key="job_id",
)
