"""A team more, which has no use for time and asks for it: what agents that buy to be bought out
are tried with.

Its jobs have the shapes of others', each so-many-th of them; they are no part of the demand that a
run is measured by.
"""

from dataclasses import replace
from typing import Final

from sim.demand.demand import Demand
from sim.demand.job import Job
from sim.demand.organisation import TeamSpec

SPECULATORS: Final = "speculators"
"""The team's id."""


def with_speculators(demand: Demand, part: float) -> Demand:
    """The demand, and a team that makes up ``part`` of all of it, and has that part of all credits.

    Raises ``ValueError`` for a part that is none, or where the organisation has such a team.
    """
    there = demand.organisation
    if not 0 < part < 1 or any(team.id == SPECULATORS for team in there.teams):
        raise ValueError(f"{part} must lie between 0 and 1, and no team be called {SPECULATORS!r}")
    each = part / (1 - part)
    team = TeamSpec(
        id=SPECULATORS,
        name="Speculators",
        themes=("speculation",),
        cost_centre="speculation",
        budget_ucr=int(each * sum(one.budget_ucr for one in there.teams)),
        projects=("speculation",),
    )
    copied = (
        _copy(job)
        for number, job in enumerate(demand.jobs)
        if int((number + 1) * each) > int(number * each)
    )
    return replace(
        demand,
        organisation=replace(there, teams=(*there.teams, team)),
        jobs=tuple(sorted((*demand.jobs, *copied), key=lambda one: (one.submitted, one.id))),
    )


def _copy(job: Job) -> Job:
    return replace(
        job,
        id=f"{SPECULATORS}-{job.id}",
        team=SPECULATORS,
        project="speculation",
        theme="speculation",
        options=job.options[:1],
        cancels_at=None,
        decay=None,
    )
