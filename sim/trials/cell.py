"""One run among many: a scenario, a way of sharing in it, and a seed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from marketplace.services.books import Progress
from sim.demand.demand import Demand
from sim.policies.foresight import Foresight
from sim.policies.market import TRUTHFUL, Market
from sim.policies.policy import Policy
from sim.policies.registry import ECONOMIES, FORESIGHT, MARKET, policy
from sim.results.run import Run
from sim.scenarios.reading import rules_of
from sim.scenarios.scenario import Scenario
from sim.scenarios.shape import ScenarioFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A way of sharing. ``rules``: what is other in the market's rules than in the scenario;
    ``agents``: how teams bid, by team, where it is not as the scenario says; ``everyone``: how all
    others do, where that is not as it says; ``speculators``: the part of all demand that a team
    more makes up, which buys to be bought out; ``economy``: where credits come from, by its name,
    where it is another than the scenario's."""

    name: str
    policy: str = MARKET
    rules: Mapping[str, Any] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    economy: str = ""
    everyone: str = ""
    speculators: float = 0.0

    @property
    def behaves(self) -> bool:
        """Whether teams bid otherwise than the scenario says."""
        return bool(self.agents or self.everyone or self.speculators)

    def words(self) -> dict[str, Any]:
        """As plain data, for hashing and keeping."""
        return {
            "policy": self.policy,
            "rules": dict(self.rules),
            "agents": dict(self.agents),
            "economy": self.economy,
            "everyone": self.everyone,
            "speculators": self.speculators,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is run once. It can be sent to another process or machine: it holds no open thing."""

    scenario: ScenarioFile
    folder: Path  # from which the scenario's paths are counted
    variant: Variant
    seed: int

    @property
    def digest(self) -> str:
        """A hash of all that decides the outcome, but the code."""
        said = {
            "name": self.variant.name,
            "scenario": self.scenario.model_dump(mode="json"),
            "variant": self.variant.words(),
            "seed": self.seed,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def policy(self) -> Policy:
        """The way of sharing, ready to be run. Raises ``ValueError`` for an unknown one."""
        scenario = Scenario(self.scenario, self.folder)
        if self.variant.policy == FORESIGHT:
            return Foresight(rules=scenario.rules)
        if self.variant.policy != MARKET:
            return policy(self.variant.policy)
        own = {} if self.variant.everyone else scenario.agents
        rules = rules_of({**self.scenario.rules, **self.variant.rules})
        economy = ECONOMIES[self.variant.economy or self.scenario.economy]()
        return Market(
            rules=rules,
            agents={**own, **self.variant.agents},
            economy=economy,
            name=self.variant.name,
            everyone=self.variant.everyone or TRUTHFUL,
            speculators=self.variant.speculators,
        )

    def run(self, progress: Progress) -> Run:
        """Live through it."""
        demand = _demand(self.scenario.model_dump_json(), self.folder, self.seed, self._written())
        run = self.policy().run(demand, self.seed, progress)
        return replace(run, policy=self.variant.name)

    def _written(self) -> int:
        """When the file with the demand was written, in nanoseconds; 0 where there is none."""
        if self.scenario.trace is None:
            return 0
        file = self.folder / self.scenario.trace.file
        return file.stat().st_mtime_ns if file.exists() else 0


@lru_cache(maxsize=1)
def _demand(scenario: str, folder: Path, seed: int, _written: int) -> Demand:
    """The demand of a seed, made once for all variants that are tried on it one after another:
    a long trace takes seconds to read. ``_written``: so that a file that was changed is read."""
    return Scenario(ScenarioFile.model_validate_json(scenario), folder).demand(seed)


def cells(
    scenario: Scenario, variants: tuple[Variant, ...], seeds: tuple[int, ...]
) -> tuple[Cell, ...]:
    """Every variant under every seed, seed by seed, so that pairs are done together."""
    return tuple(
        Cell(scenario=scenario.file, folder=scenario.folder, variant=variant, seed=seed)
        for seed in seeds
        for variant in variants
    )
