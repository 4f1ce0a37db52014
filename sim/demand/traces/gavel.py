"""Gavel's and Shockwave's lists of jobs: tabs between the columns, no header line.

Three widths are known (Narayanan et al., OSDI 2020; Zheng et al., NSDI 2023):

- 7: Gavel's older form, one file for a virtual cluster of Philly. How long a job ran is not
  written: it follows from its steps, at the rate by which they were made (``gavel_rates``).
- 10: Gavel's own. The length follows from the steps at the rate on so many V100 GPUs; for a number
  of GPUs that nobody measured, in proportion from the largest measured below it.
- 12: Shockwave's, with a mode and the length itself.

A service level above 0 is a deadline: so many times the length after the submission, as Gavel's
scheduler takes it. There is no tenant; the model, without its batch size, stands in for it. Both
schedulers take the rows in the order of the file, so rows out of order are refused. Equal rows are
jobs of their own: Gavel's static traces hold them on purpose.
"""

from collections.abc import Mapping
from typing import Final

from sim.demand.traces.gavel_rates import PHILLY_STEPS_PER_S, STEPS_PER_S
from sim.demand.traces.table import Format, Row, Table
from sim.demand.traces.trace import TraceJob, TraceProblem

OF_PHILLY: Final = (
    *("job_type", "command", "steps_argument", "needs_data_dir"),
    *("total_steps", "arrival_s", "scale_factor"),
)
OF_GAVEL: Final = (
    *("job_type", "command", "working_directory", "steps_argument", "needs_data_dir"),
    *("total_steps", "scale_factor", "priority_weight", "slo", "arrival_s"),
)
OF_SHOCKWAVE: Final = (
    *("job_type", "command", "working_directory", "steps_argument", "needs_data_dir"),
    *("total_steps", "scale_factor", "mode", "priority_weight", "slo", "duration_s", "arrival_s"),
)


def _of_philly(table: Table) -> list[TraceJob]:
    return table.jobs(_philly_job)


def _of_gavel(table: Table) -> list[TraceJob]:
    return table.jobs(_gavel_job)


def _of_shockwave(table: Table) -> list[TraceJob]:
    return table.jobs(_shockwave_job)


def _philly_job(row: Row) -> TraceJob | str:
    rate = PHILLY_STEPS_PER_S.get(row.text("job_type"))
    if rate is None:
        raise _strange(row)
    return _job(row, row.number("total_steps") / rate, None)


def _gavel_job(row: Row) -> TraceJob | str:
    measured = STEPS_PER_S.get(row.text("job_type"))
    if measured is None:
        raise _strange(row)
    gpus = row.gpus("scale_factor")
    rate = steps_per_s(measured, gpus) if gpus else 1.0
    return _job(row, row.number("total_steps") / rate, row.known("slo"))


def _shockwave_job(row: Row) -> TraceJob | str:
    return _job(row, row.number("duration_s"), row.known("slo"))


def _strange(row: Row) -> TraceProblem:
    return row.wrong("job_type", "of which nobody measured how fast it is", "of unknown speed")


def steps_per_s(measured: Mapping[int, float], gpus: int) -> float:
    """The rate on so many GPUs: measured, or in proportion from the largest measured below."""
    below = max(known for known in measured if known <= gpus)
    return measured[below] * gpus / below


def _job(row: Row, duration_s: float, slo: float | None) -> TraceJob | str:
    submitted_s, gpus = row.number("arrival_s"), row.gpus("scale_factor")
    deadline_s = submitted_s + slo * duration_s if slo else None
    tenant = row.text("job_type").partition(" (")[0]
    return row.job(submitted_s, duration_s, gpus, tenant, deadline_s=deadline_s)


GAVEL_OF_PHILLY: Final = Format(
    kind="gavel",
    columns=OF_PHILLY,
    jobs=_of_philly,
    repeats="own",
    in_order=True,
    notes=("Lengths follow from the steps, at the rates that fit Philly's own job list.",),
)
GAVEL: Final = Format(
    kind="gavel",
    columns=OF_GAVEL,
    jobs=_of_gavel,
    repeats="own",
    in_order=True,
    notes=("Lengths follow from the steps, at the rates that Gavel measured on V100 GPUs.",),
)
SHOCKWAVE: Final = Format(
    kind="shockwave",
    columns=OF_SHOCKWAVE,
    jobs=_of_shockwave,
    repeats="own",
    in_order=True,
    notes=("How a job changes its batch size while it runs (gns, accordion) is left out.",),
)
