"""A crowd's jobs as others read them: the standard workload format, and a machine of one pool."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sim.demand.job import SLOT, Job


def lines(jobs: Sequence[Job], start: datetime) -> Iterator[str]:
    """A line a job, of a unit a processor: submitted when its order is, as long as it says.

    What a job is worth, and by when it has to begin, has no column there.
    """
    teams: dict[str, int] = {}
    for number, job in enumerate(jobs, start=1):
        (leg,) = job.options[0].legs
        user = teams.setdefault(job.team, len(teams) + 1)
        submitted_s = (job.submitted - start).total_seconds()
        long_s = (leg.duration_slots * SLOT).total_seconds()
        ran = f"{number} {submitted_s:.0f} -1 {long_s:.0f} {leg.quantity} -1 -1"
        asked = f"{leg.quantity} {long_s:.0f} -1 1"
        yield f"{ran} {asked} {user} 1 -1 1 -1 -1 -1"


def write(jobs: Sequence[Job], start: datetime, units: int, folder: Path) -> tuple[Path, Path]:
    """The jobs, and the machine they share as accasim reads it: one node with all units, which is
    the quickest for it."""
    workload, machine = folder / "crowd.swf", folder / "machine.json"
    workload.write_text("".join(f"{one}\n" for one in lines(jobs, start)), encoding="ascii")
    there = {
        "groups": {"pool": {"core": units}},
        "resources": {"pool": 1},
        "start_time": 0,
        "equivalence": {"processor": {"core": 1}},
    }
    machine.write_text(json.dumps(there), encoding="ascii")
    return workload, machine
