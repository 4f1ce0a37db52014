"""Demand: an organisation and all that its teams want done, the same for every policy."""

from dataclasses import dataclass

from sim.demand.job import Job
from sim.demand.organisation import Organisation
from sim.demand.spot import SpotJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is replayed: jobs by submission and id, and interruptible work between them."""

    name: str
    organisation: Organisation
    jobs: tuple[Job, ...]
    spot_jobs: tuple[SpotJob, ...] = ()
    source: str = ""  # where it comes from, in words
    notes: tuple[str, ...] = ()  # what a reader must know about it

    def __post_init__(self) -> None:
        known = {team.id for team in self.organisation.teams}
        strangers = {job.team for job in self.jobs} - known
        if strangers:
            raise ValueError(f"jobs of teams that the organisation has not: {sorted(strangers)}")
