"""A public trace as a demand, in one call."""

from pathlib import Path

from sim.demand.demand import Demand
from sim.demand.traces.reader import read_trace
from sim.demand.value_model import organisation_from_trace


def demand_from_trace(
    path: Path,
    *,
    seed: int = 0,
    weeks: int = 4,
    load: float = 1.25,
    every: int = 1,
    skip_bad: bool = False,
    whole: bool = False,
) -> Demand:
    """The busiest ``weeks`` of the trace in a file, or the ``whole`` of it.

    ``load``: what is offered over what the pools have. ``every``: keep each so-many-th job only.
    ``skip_bad``: count rows that are wrong, by reason, in the demand's notes. Raises
    ``TraceProblem`` for a file that cannot be read as a trace, ``OSError`` for one that cannot be
    read at all, and ``ValueError`` for settings that make no sense.
    """
    trace = read_trace(path, skip_bad=skip_bad)
    organisation, jobs, summary = organisation_from_trace(
        trace, seed=seed, weeks=None if whole else weeks, target_load=load, every=every
    )
    return Demand(
        name=trace.name,
        organisation=organisation,
        jobs=tuple(jobs),
        source=summary.source,
        notes=summary.notes,
    )
