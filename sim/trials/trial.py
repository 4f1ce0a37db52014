"""A trial: a scenario under several ways of sharing, on the same seeds, and what it says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from marketplace.services.books import Progress
from sim.policies.foresight import NAME
from sim.policies.registry import ECONOMIES, FORESIGHT, KNOWN, MARKET, policy
from sim.problem import SimulationProblem
from sim.results.comparison import ComparisonOfPolicies, compare
from sim.scenarios.reading import rules_of
from sim.scenarios.scenario import Scenario
from sim.trials.cell import Variant, cells
from sim.trials.shelf import Kept, Shelf
from sim.trials.sweep import sweep

MARKET_NAME: Final = "GPU Market"
MOST: Final = 10_000
"""Runs in one sweep."""


class TrialProblem(SimulationProblem):
    """A trial that makes no sense: one sentence that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of a trial. ``runs``: in the order variant by variant within each seed."""

    variants: tuple[Variant, ...]
    runs: tuple[Kept, ...]
    comparison: ComparisonOfPolicies


def trial(
    scenario: Scenario,
    variants: Sequence[Variant],
    seeds: Sequence[int],
    progress: Progress,
    *,
    shelf: Path | None = None,
    processes: int = 1,
    dask: str = "",
    foresight: bool = False,
) -> Trial:
    """Run every variant under every seed, and compare. What stands on the ``shelf`` already, a
    folder, is not run again. ``foresight``: hold the value of each beside what perfect foresight
    would deliver.

    Raises ``TrialProblem``, ``ShelfProblem``, ``ClusterProblem``, and what reading demand raises.
    """
    names = [one.name for one in variants]
    if not variants or not seeds or len(set(names)) < len(names) or len(set(seeds)) < len(seeds):
        raise TrialProblem("a trial takes one variant and one seed at least, each of them once")
    if len(variants) * len(seeds) > MOST:
        raise TrialProblem(f"{len(variants) * len(seeds):,} runs are too many; {MOST:,} at most")
    yardstick = (Variant(name=NAME, policy=FORESIGHT),) if foresight else ()
    wanted = cells(scenario, (*variants, *yardstick), tuple(seeds))
    kept = sweep(
        wanted,
        Shelf(shelf) if shelf is not None else None,
        progress,
        processes=processes,
        dask=dask,
    )
    best = {one.measured.seed: one.measured for one in kept if one.measured.policy == NAME}
    kept = tuple(one for one in kept if one.measured.policy != NAME)
    ordered = sorted(
        (one.measured for one in kept), key=lambda one: (names.index(one.policy), one.seed)
    )
    return Trial(
        variants=tuple(variants),
        runs=kept,
        comparison=compare(ordered, versions=are_versions(variants), foresight=best),
    )


def are_versions(variants: Sequence[Variant]) -> bool:
    """Whether these are versions of the market's rules, of which one may be adopted."""
    return all(one.policy == MARKET and not one.behaves and not one.economy for one in variants)


def policies(names: Sequence[str]) -> tuple[Variant, ...]:
    """Ways of sharing by their names, the market's own under the scenario's rules.

    Raises ``TrialProblem`` for a name that is none.
    """
    for name in names:
        if name not in KNOWN:
            raise TrialProblem(f"there is no policy {name!r}; there are {', '.join(KNOWN)}")
    return tuple(
        Variant(name=MARKET_NAME if name == MARKET else policy(name).name, policy=name)
        for name in names
    )


def economies(names: Sequence[str]) -> tuple[Variant, ...]:
    """The market under different ways to hand out credits. Raises ``TrialProblem`` for a name that
    is none."""
    for name in names:
        if name not in ECONOMIES:
            raise TrialProblem(f"there is no economy {name!r}; there are {', '.join(ECONOMIES)}")
    return tuple(Variant(name=name, economy=name) for name in names)


def rule_versions(versions: Sequence[tuple[str, dict[str, Any]]]) -> tuple[Variant, ...]:
    """Versions of the market's rules by name: what is other in each than in the scenario.

    Raises ``BadField`` for a rule that is wrong.
    """
    for _, changes in versions:
        rules_of(changes)
    return tuple(Variant(name=name, rules=changes) for name, changes in versions)


def varied(values: Sequence[tuple[str, Sequence[Any]]]) -> tuple[Variant, ...]:
    """Every combination of the rules' values. Raises ``BadField`` for one that is wrong."""
    names = [name for name, _ in values]
    found = []
    for chosen in product(*(of for _, of in values)):
        changes = dict(zip(names, chosen, strict=True))
        rules_of(changes)
        said = ", ".join(f"{name}={value}" for name, value in changes.items())
        found.append(Variant(name=said, rules=changes))
    return tuple(found)


def adoptable(done: Trial, scenario: Scenario) -> bytes | None:
    """The second of two versions of the rules, where the trial says to adopt it: as the document
    that `gpumarket rules adopt --file` takes, with why, and in which trial that was found. None
    where the first is to be kept."""
    _, *others = done.variants
    chosen = next((one for one in others if one.name == done.comparison.adopt), None)
    if chosen is None or chosen.policy != MARKET:
        return None
    said = {
        "rules": dict(chosen.rules),
        "why": done.comparison.adoption,
        "scenario": scenario.name,
        "seeds": list(done.comparison.seeds),
    }
    return json.dumps(said, indent=2, sort_keys=True).encode() + b"\n"
