"""How teams bid, as ways of sharing that are compared: what `sim compare --agents` says."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sim.agents.registry import AGENTS
from sim.demand.speculation import SPECULATORS
from sim.scenarios.reading import rules_of
from sim.scenarios.scenario import Scenario
from sim.trials.cell import Variant
from sim.trials.trial import TrialProblem

FIFTH: Final = 0.2
"""The part of all demand that speculators make up."""

AS_IT_IS: Final = "as it is"
"""What the scenario's own agents and rules are called beside others."""


def behaviours(
    scenario: Scenario,
    said: Sequence[str],
    versions: Sequence[tuple[str, Mapping[str, Any]]] = (),
) -> tuple[Variant, ...]:
    """Each of the behaviours under each version of the rules, or under the scenario's own.

    A behaviour is an agent for all teams, ``TEAM=AGENT`` for one, ``speculators`` for a team more
    that buys to be bought out (``speculators=AGENT`` where it does so otherwise), or several of
    these, parted by commas. Raises ``TrialProblem`` for what is none of them, and ``BadField`` for
    a rule that is wrong.
    """
    for _, changes in versions:
        rules_of(changes)
    found = []
    for one in said:
        words = [word.strip() for word in one.split(",")]
        everyone, minds, part = _read(words, scenario)
        for name, changes in versions or [("", {})]:
            found.append(
                Variant(
                    name=" + ".join([*words, name] if name not in {"", AS_IT_IS} else words),
                    rules=changes,
                    everyone=everyone,
                    agents=minds,
                    speculators=part,
                )
            )
    return tuple(found)


def _read(words: Sequence[str], scenario: Scenario) -> tuple[str, dict[str, str], float]:
    """The agent of all teams, empty for the scenario's; those of some; the part of speculators."""
    everyone, minds, part = "", dict[str, str](), 0.0
    whose = [word.partition("=")[0] if "=" in word or word == SPECULATORS else "" for word in words]
    if len(set(whose)) < len(whose):
        raise TrialProblem(f"{', '.join(words)!r} says twice how somebody bids")
    for word in words:
        team, mark, agent = word.partition("=")
        if team == SPECULATORS:
            part = FIFTH
        if mark:
            minds[team] = _known(agent)
        elif word not in {AS_IT_IS, SPECULATORS}:
            everyone = _known(word)
    if strangers := minds.keys() - {SPECULATORS}:
        teams = _teams(scenario)
        for team in strangers - teams:
            raise TrialProblem(f"there is no team {team!r}; there are {', '.join(sorted(teams))}")
    return everyone, minds, part


def _known(agent: str) -> str:
    if agent not in AGENTS:
        raise TrialProblem(f"there is no agent {agent!r}; there are {', '.join(AGENTS)}")
    return agent


def _teams(scenario: Scenario) -> set[str]:
    file = scenario.file
    if file.trace is None:
        return {team.id for team in file.teams}
    return {team.id for team in scenario.demand(file.seed).organisation.teams}
