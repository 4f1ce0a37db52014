"""Many runs, policies by seeds, as plain data for whoever draws or prints a comparison of them.

Numbers, text, and tuples and mappings of them. Amounts of credits are micro-credits; means of them
over seeds are floats, for drawing. Every difference is to the first policy.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from sim.problem import SimulationProblem
from sim.results import comparison_tables as tables
from sim.results.comparison_answers import answers, best_of, step_of
from sim.results.intervals import Difference, Interval, difference, interval, relative
from sim.results.measured import SIZES, Measured, PriceLine
from sim.results.measures import MEASURES, Measure
from sim.results.tables import Table
from sim.results.verdict import (
    Runs,
    adoption,
    besides,
    headline,
    name,
    numbers,
    unmet_parts,
    value_sentence,
    why_less,
)
from sim.results.wording import number_shown, part_shown, side_of, step_shown


class ComparisonProblem(SimulationProblem):
    """Runs that cannot be compared; the message is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedCell:
    """One measure of one policy, as people read it."""

    value: str
    step: str  # to the first policy, with its interval; empty for the first
    side: str  # better, worse, no clear difference, too few runs; empty where there is none
    mark: str  # best, among the best; empty where it is neither, or nothing can be said


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedMeasure:
    """One measure of all policies."""

    id: str
    name: str
    unit: str
    better: str
    formula: str
    cells: tuple[ComparedCell, ...]  # by policy


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSize:
    """The jobs of one size under one policy, means over seeds."""

    name: str
    wait_mean_h: float | None
    wait_p99_h: float | None
    served: float  # share of its jobs
    met: float  # share of the value it asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTeam:
    """One team under one policy, over seeds."""

    id: str
    name: str
    delivered: Interval  # micro-credits
    spent: Interval | None
    rho: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPolicy:
    """One policy over all of its seeds."""

    name: str
    seeds: tuple[int, ...]
    values: Mapping[str, Interval | None]  # by measure, over seeds
    differences: Mapping[str, Difference | None]  # to the first policy, by measure
    value_step: Difference | None  # to the first policy, as a part of its value
    sizes: tuple[ComparedSize, ...]
    teams: tuple[ComparedTeam, ...]
    prices: tuple[PriceLine, ...]  # means over seeds
    unmet: Mapping[str, float]  # what was not delivered, by reason, as parts of what was asked for
    sentences: tuple[str, ...]  # against the first policy: value, what else, and why less


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonOfPolicies:
    """Ways to share the same pools among the same demand, and what differs."""

    headline: str
    adopt: str  # of two versions of the rules, which; empty where policies are compared
    adoption: str  # why, and how sure that is
    answers: Mapping[str, str]  # in a sentence: on measures, waiting, teams, unmet, prices
    demand: str
    source: str
    slots: int
    jobs: int  # of the first run
    seeds: tuple[int, ...]  # that every policy ran
    policies: tuple[ComparedPolicy, ...]
    measures: tuple[ComparedMeasure, ...]
    tables: Mapping[str, Table]
    notes: tuple[str, ...]
    faults: tuple[str, ...]  # where a run does not add up


def compare(
    runs: Iterable[Measured],
    *,
    versions: bool = False,
    foresight: Mapping[int, Measured] | None = None,
) -> ComparisonOfPolicies:
    """All that is to be said of these runs, the policy of the first of them being the first.

    ``versions``: the policies are the rules in force and one other version of them, and it is asked
    which to adopt. ``foresight``: what perfect foresight would have made of each seed's demand.

    Raises ``ComparisonProblem`` where there is none, one is there twice, or the policies were given
    different demands under one seed.
    """
    best = foresight or {}
    every = [_beside(one, best.get(one.seed)) for one in runs]
    _grouped([*every, *best.values()])  # it had the same demand, too
    grouped = _grouped(every)
    first, *others = grouped
    adopt, why = adoption(first, others[0]) if versions and len(others) == 1 else ("", "")
    seeds = sorted(set.intersection(*(set(one) for one in grouped)))
    return ComparisonOfPolicies(
        headline=headline(grouped),
        adopt=adopt,
        adoption=why,
        answers=answers(grouped),
        demand=every[0].demand,
        source=every[0].source,
        slots=every[0].slots,
        jobs=every[0].jobs,
        seeds=tuple(seeds),
        policies=tuple(_policy(one, first) for one in grouped),
        measures=tuple(_measure(one, grouped) for one in MEASURES if _seen(one, grouped)),
        tables={one.id: one for one in tables.tables(grouped)},
        notes=tuple(dict.fromkeys(note for one in (*every, *best.values()) for note in one.notes)),
        faults=tuple(
            f"{one.policy}, seed {one.seed}: {fault}" for one in every for fault in one.faults
        ),
    )


def _beside(one: Measured, best: Measured | None) -> Measured:
    """A run, with what part it delivered of what perfect foresight would have."""
    most = best.values["value"] if best else None
    delivered = one.values["value"]
    if not most or delivered is None:
        return one
    return replace(one, values={**one.values, "foresight": delivered / most})


def _grouped(every: list[Measured]) -> list[Runs]:
    """By policy in the order in which they came, each by seed."""
    if not every:
        raise ComparisonProblem("there is no run to compare")
    found: dict[str, dict[int, Measured]] = {}
    digests: dict[int, Measured] = {}
    for one in every:
        seeds = found.setdefault(one.policy, {})
        if one.seed in seeds:
            raise ComparisonProblem(f"{one.policy}, seed {one.seed}, is there twice")
        seeds[one.seed] = one
        given = digests.setdefault(one.seed, one)
        if given.digest != one.digest:
            raise ComparisonProblem(
                f"{given.policy} and {one.policy} were given different demands under seed "
                f"{one.seed}, so they cannot be compared"
            )
    return list(found.values())


def _policy(runs: Runs, first: Runs) -> ComparedPolicy:
    is_first = runs is first
    seeds = tuple(sorted(runs))
    return ComparedPolicy(
        name=name(runs),
        seeds=seeds,
        values={one.id: _over(runs, _value_of(one.id)) for one in MEASURES},
        differences={}
        if is_first
        else {
            one.id: difference(numbers(runs, one.id), numbers(first, one.id)) for one in MEASURES
        },
        value_step=None if is_first else relative(numbers(runs, "value"), numbers(first, "value")),
        sizes=_sizes(runs),
        teams=_teams(runs),
        prices=_prices(runs),
        unmet=unmet_parts(list(runs.values())),
        sentences=() if is_first else _sentences(runs, first),
    )


def _sentences(runs: Runs, first: Runs) -> tuple[str, ...]:
    said = [f"{value_sentence(runs, first)}."]
    if more := besides(runs, first):
        said.append(more)
    return (*said, *why_less(runs, first), *why_less(first, runs))


def _measure(measure: Measure, grouped: list[Runs]) -> ComparedMeasure:
    marks = _marks(measure, grouped)
    first = grouped[0]
    return ComparedMeasure(
        id=measure.id,
        name=measure.name,
        unit=measure.unit,
        better=measure.better,
        formula=measure.formula,
        cells=tuple(
            _cell(measure, runs, first, mark) for runs, mark in zip(grouped, marks, strict=True)
        ),
    )


def _cell(measure: Measure, runs: Runs, first: Runs, mark: str) -> ComparedCell:
    mean = _over(runs, _value_of(measure.id))
    value = number_shown(measure.unit, mean.mean if mean else None)
    step = step_of(measure, runs, first)
    if runs is first or step is None:
        return ComparedCell(value=value, step="", side="", mark=mark)
    shown = part_shown(step) if measure.id == "value" else step_shown(measure.unit, step)
    return ComparedCell(value=value, step=shown, side=_side(measure, step), mark=mark)


def _side(measure: Measure, step: Difference) -> str:
    if step.low is None:
        return "too few runs"
    if not step.above and not step.below:
        return "the same"
    if not step.sure:
        return "no clear difference"
    return side_of(measure, step.mean)


def _marks(measure: Measure, grouped: list[Runs]) -> list[str]:
    """Best where it surely is; among the best where the best by mean is not surely better."""
    alike = best_of(measure, grouped)
    word = "best" if len(alike) == 1 else "among the best"
    return [word if number in alike else "" for number in range(len(grouped))]


def _seen(measure: Measure, grouped: list[Runs]) -> bool:
    return any(one.values[measure.id] is not None for runs in grouped for one in runs.values())


def _value_of(measure: str) -> Callable[[Measured], float | None]:
    return lambda one: one.values[measure]


def _over(runs: Runs, number: Callable[[Measured], float | None]) -> Interval | None:
    """The interval of a number over seeds, of those that have it."""
    found = (number(runs[seed]) for seed in sorted(runs))
    return interval([one for one in found if one is not None])


def _sizes(runs: Runs) -> tuple[ComparedSize, ...]:
    lines = [size for one in runs.values() for size in one.sizes]
    found = []
    for _, size in SIZES:
        alike = [one for one in lines if one.name == size]
        if not alike:
            continue
        asked = sum(one.asked_ucr for one in alike)
        found.append(
            ComparedSize(
                name=size,
                wait_mean_h=_mean([one.wait_mean_h for one in alike]),
                wait_p99_h=_mean([one.wait_p99_h for one in alike]),
                served=sum(one.served for one in alike) / sum(one.jobs for one in alike),
                met=sum(one.delivered_ucr for one in alike) / asked,
            )
        )
    return tuple(found)


def _mean(numbers_: list[float | None]) -> float | None:
    found = interval([one for one in numbers_ if one is not None])
    return found.mean if found else None


def _teams(runs: Runs) -> tuple[ComparedTeam, ...]:
    names = {team.id: team.name for one in runs.values() for team in one.teams}
    lines = [{team.id: team for team in one.teams} for one in runs.values()]
    found = []
    for id_, called in names.items():
        alike = [one[id_] for one in lines if id_ in one]
        delivered = interval([float(one.delivered_ucr) for one in alike])
        if delivered is None:
            continue
        spent = [float(one.spent_ucr) for one in alike if one.spent_ucr is not None]
        rhos = [one.rho for one in alike if one.rho is not None]
        found.append(
            ComparedTeam(
                id=id_,
                name=called,
                delivered=delivered,
                spent=interval(spent),
                rho=interval(rhos),
            )
        )
    return tuple(found)


def _prices(runs: Runs) -> tuple[PriceLine, ...]:
    by_pool: dict[str, list[PriceLine]] = {}
    for one in runs.values():
        for line in one.prices:
            by_pool.setdefault(line.id, []).append(line)
    found = []
    for lines in by_pool.values():
        days = max(len(line.by_day_ucr) for line in lines)
        each = [
            [line.by_day_ucr[day] for line in lines if day < len(line.by_day_ucr)]
            for day in range(days)
        ]
        seen = [[price for price in prices if price is not None] for prices in each]
        found.append(
            PriceLine(
                id=lines[0].id,
                name=lines[0].name,
                reserve_ucr=lines[0].reserve_ucr,
                by_day_ucr=tuple(sum(day) // len(day) if day else None for day in seen),
            )
        )
    return tuple(found)
