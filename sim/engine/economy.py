"""Where credits come from: what is granted to the teams as time goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from marketplace.domain.grant import GrantRequest
from sim.demand.job import DAY
from sim.demand.organisation import Organisation
from sim.engine.course import GRACE_DAYS, SPRINT_DAYS


@dataclass(frozen=True, slots=True)
class Account:
    """What became of a team's credits so far; what was granted is the sum of the others."""

    granted_ucr: int = 0
    free_ucr: int = 0
    held_ucr: int = 0
    spent_ucr: int = 0  # less what came back
    expired_ucr: int = 0


class Economy(Protocol):
    """Who gives which credits when."""

    def grants(
        self, organisation: Organisation, day: int, accounts: Mapping[str, Account]
    ) -> Sequence[GrantRequest]:
        """What is given at the beginning of a day of the run, from 0. ``accounts``: by team, as
        they stand then."""
        ...


@dataclass(frozen=True, slots=True)
class Sprints(Economy):
    """Each sprint's part of the budgets, by days: the last sprint of a run may be shorter. A grant
    is good for its sprint, and for a while more to spend what is left."""

    days: int = SPRINT_DAYS
    grace_days: int = GRACE_DAYS

    def grants(
        self,
        organisation: Organisation,
        day: int,
        accounts: Mapping[str, Account],  # noqa: ARG002
    ) -> Sequence[GrantRequest]:
        """A grant for each team when a sprint begins."""
        if day % self.days:
            return ()
        days = min(self.days, organisation.days - day)
        start = organisation.start + day * DAY
        end = start + timedelta(days=days + self.grace_days)
        sprint = day // self.days + 1
        return [
            grant(team.id, f"sprint {sprint}", amount_ucr, start, end)
            for team in organisation.teams
            if (amount_ucr := team.budget_ucr * days // organisation.days) > 0
        ]


def grant(team: str, purpose: str, amount_ucr: int, start: datetime, end: datetime) -> GrantRequest:
    """A grant under an id made of its team and its purpose."""
    return GrantRequest(
        id=f"{team}-{purpose.replace(' ', '-')}",
        team=team,
        amount_ucr=amount_ucr,
        start=start,
        end=end,
        purpose=purpose,
    )
