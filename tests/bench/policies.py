"""Ways of sharing on the same demand: what each delivers beside the market, on paired seeds.

Three traces of real clusters with made-up values (docs/value-model.md), and a scenario in which
deadlines crowd. A seed draws values, windows and patience anew; every policy lives through it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.results.intervals import Difference, relative
from sim.results.verdict import numbers
from sim.scenarios.scenario import Scenario
from sim.scenarios.shape import ScenarioFile
from sim.scenarios.shipped import scenario
from sim.trials.sweep import quiet
from sim.trials.trial import policies, trial
from tests.bench.cells import Bench
from tests.bench.plan import Plan
from tests.bench.rows import Row

SEEDS: Final = {True: 20, False: 3}
"""In full, or quickly."""

NAMES: Final = ("market", "fcfs-easy", "quotas", "fair-share", "karma")
CRUNCH: Final = "deadline-crunch"


@dataclass(frozen=True, slots=True)
class Traced:
    """Of a trace its busiest weeks, and each so-many-th job."""

    file: str
    weeks: int
    every: int


TRACES: Final = {
    "philly": Traced("philly/philly.csv.gz", 2, 10),
    "openb": Traced("alibaba-openb-2023/openb_pod_list_default.csv.gz", 2, 3),
    "elasticflow": Traced("peer-workloads/elasticflow_philly_103959_with_deadlines.csv.gz", 4, 1),
}


def rows(bench: Bench, plan: Plan) -> Iterator[Row]:
    """The shipped scenario, and each trace that is there."""
    seeds = SEEDS[plan.every_file]
    if plan.wants(CRUNCH):
        yield from _compared(scenario(CRUNCH), seeds)
    for name, traced in TRACES.items():
        if not plan.wants(name):
            continue
        if bench.traces is None or not (bench.traces / traced.file).is_file():
            yield Row(section="policies", problem=name, figure="no such trace here (--traces)")
            continue
        yield from _compared(_of_trace(bench.traces, name, traced), seeds)


def _of_trace(folder: Path, name: str, traced: Traced) -> Scenario:
    file = ScenarioFile.model_validate(
        {
            "name": name,
            "title": name,
            "rules": {"work": 2_000},
            "trace": {"file": traced.file, "weeks": traced.weeks, "every": traced.every},
        }
    )
    return Scenario(file, folder)


def _compared(one: Scenario, seeds: int) -> Iterator[Row]:
    variants = policies(NAMES)
    done = trial(one, variants, range(1, seeds + 1), quiet)
    runs = {
        variant.name: {
            kept.measured.seed: kept.measured
            for kept in done.runs
            if kept.measured.policy == variant.name
        }
        for variant in variants
    }
    market, *others = (runs[variant.name] for variant in variants)
    met = sum(value or 0.0 for value in numbers(market, "value_share").values()) / len(market)
    for variant, other in zip(variants[1:], others, strict=True):
        ahead = relative(numbers(market, "value"), numbers(other, "value"))
        yield Row(
            section="policies",
            problem=f"{one.name}, {variant.policy}",
            figure=told(ahead),
            baseline=variant.name,
            bar="value, won or lost",
            reached=None if ahead is None or not ahead.sure else ahead.mean > 0,
            note=f"{seeds} paired seeds; the market delivers {met:.1%} of what was asked for",
        )


def told(ahead: Difference | None) -> str:
    """How far ahead the market is, with the 95 % interval."""
    if ahead is None:
        return "no ratio: nothing was delivered"
    if ahead.low is None or ahead.high is None:
        return f"{ahead.mean:+.1%} of value, too few pairs for an interval"
    inside = f"{ahead.low:+.1%} to {ahead.high:+.1%}"
    return f"{ahead.mean:+.1%} of value ({inside}), more in {ahead.above} of {ahead.pairs} pairs"
