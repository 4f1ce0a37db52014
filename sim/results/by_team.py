"""One team under each policy of a comparison: what it got, what it paid, how it fared."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.results.comparison import ComparisonOfPolicies
from sim.results.intervals import Interval


@dataclass(frozen=True, slots=True)
class TeamUnder:
    """The team under the policy ``name``. ``values``: ``delivered`` and ``spent`` in
    micro-credits, and ``rho``, its finish-time fairness; none where there is none."""

    name: str
    values: Mapping[str, Interval | None]


def of_team(comparison: ComparisonOfPolicies, team: str) -> tuple[TeamUnder, ...]:
    """The team, policy by policy. Raises ``KeyError`` for a team that is not in the comparison."""
    found = []
    for policy in comparison.policies:
        one = {each.id: each for each in policy.teams}[team]
        values = {"delivered": one.delivered, "spent": one.spent, "rho": one.rho}
        found.append(TeamUnder(policy.name, values))
    return tuple(found)
