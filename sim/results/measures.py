"""What a run is measured by, each measure with its unit, its direction and where it comes from."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from marketplace.domain.evenness import concentration, gini, jain
from sim.results.fairness import HOUR, finish_time_fairness
from sim.results.run import Grid, Ran, Run

Better = Literal["more", "less", "neither"]
Unit = Literal["credits", "share", "h", "times", "index", "count", "unit-hours"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a run: its unit, which way is better, and how it is formed.

    Shares are parts of one; amounts of credits are whole micro-credits until they are shown.
    """

    id: str
    name: str
    unit: Unit
    better: Better
    formula: str


MEASURES: Final = (
    Measure(
        "value",
        "Value delivered",
        "credits",
        "more",
        "what the work that ended is worth to its teams, ended then; true values, not bids",
    ),
    Measure(
        "value_share",
        "Value delivered of all asked for",
        "share",
        "more",
        "value delivered over the value of every job in its dearest option",
    ),
    Measure(
        "foresight",
        "Value delivered of what perfect foresight would",
        "share",
        "more",
        "value delivered over that of the best plan found for all jobs, known from the start",
    ),
    Measure("served", "Jobs that ran", "share", "more", "jobs that ran to their end over all jobs"),
    Measure(
        "utilisation",
        "GPU time used",
        "share",
        "more",
        "unit-slots used over those there were, maintenance and failures taken off, GPU pools",
    ),
    Measure("wait_mean", "Waiting, mean", "h", "less", "start - earliest start, jobs that ran"),
    Measure(
        "wait_p50", "Waiting, median", "h", "less", "half of the jobs that ran waited no longer"
    ),
    Measure(
        "wait_p99",
        "Waiting, 99th percentile",
        "h",
        "less",
        "99 of 100 jobs that ran waited no longer",
    ),
    Measure(
        "in_time",
        "Ended by the soft deadline",
        "share",
        "more",
        "of all jobs with a deadline, those that ended while they were worth all",
    ),
    Measure(
        "not_too_late",
        "Ended before the hard deadline",
        "share",
        "more",
        "of all jobs with a deadline, those that ended while they were worth anything",
    ),
    Measure(
        "worst_rho",
        "Worst finish-time fairness",
        "times",
        "less",
        "the largest T_shared / T_independent of a team, the latter on 1/N of every pool (Themis, "
        "NSDI 2020; in full: sim/results/fairness.py)",
    ),
    Measure(
        "jain",
        "Jain's index of value by budget",
        "index",
        "more",
        "(Σx)² / (n Σx²), x a team's value delivered over its budget; 1 is even",
    ),
    Measure(
        "gini",
        "Gini's coefficient of value by budget",
        "index",
        "less",
        "Σᵢ Σⱼ |xᵢ - xⱼ| / (2 n² mean), x a team's value delivered over its budget; 0 is even",
    ),
    Measure(
        "hhi",
        "Concentration of spending",
        "index",
        "less",
        "Herfindahl-Hirschman: sum over teams of their squared part of all credits spent",
    ),
    Measure(
        "volatility",
        "Price volatility",
        "index",
        "less",
        "standard deviation of ln(price / price an hour before), hours sold, all pools together",
    ),
    Measure(
        "interruptions", "Interruptions", "count", "less", "of jobs, and of interruptible work"
    ),
    Measure(
        "lost", "Work lost", "unit-hours", "less", "run for nothing, and again, of interrupted jobs"
    ),
    Measure("spent", "Credits spent", "credits", "neither", "by all teams; nothing without prices"),
    Measure(
        "gained",
        "Gained by buy-outs",
        "credits",
        "neither",
        "what buy-outs brought to all teams beyond what they had paid; nothing where none was made",
    ),
    Measure(
        "speculation",
        "Gained by speculators",
        "credits",
        "less",
        "what buy-outs brought to teams that buy to be bought out, beyond what they had paid, less "
        "what they spent on time that they kept",
    ),
)
"""Every measure of a run, in the order in which reports list them."""

BY_ID: Final = {one.id: one for one in MEASURES}

Values = dict[str, float | None]


def values(run: Run) -> Values:
    """Every measure's number; None where the run gives none, such as a price where none was."""
    return {
        **_value(run),
        "utilisation": utilisation(run),
        **_waiting([one for one in run.jobs if one.served]),
        **_deadlines(run),
        **_fairness(run),
        "volatility": volatility(list(run.price_ucr.values())),
        "interruptions": run.interruptions + sum(one.interruptions for one in run.jobs),
        "lost": (run.lost_unit_s + sum(one.lost_unit_s for one in run.jobs)) / 3600,
        **_credits(run),
    }


def asked_ucr(one: Ran) -> int:
    """What the job's dearest option is worth, done in time."""
    return max(option.value_ucr for option in one.job.options)


def delivered_by_team(run: Run) -> dict[str, int]:
    """Value delivered to every team of the organisation, in micro-credits."""
    got = {team.id: 0 for team in run.demand.organisation.teams}
    for one in run.jobs:
        got[one.job.team] += one.delivered_ucr
    return got


def waits_h(jobs: list[Ran]) -> list[float]:
    """Hours from the earliest start that was asked for to the start, of jobs that ran."""
    return [(one.start - one.job.earliest) / HOUR for one in jobs if one.start is not None]


def waited_by(waits: list[float], part: float) -> float | None:
    """The wait that ``part`` of the jobs did not exceed: one that a job really had.

    >>> waited_by([0.0, 1.0, 7.0], 0.5), waited_by([], 0.5)
    (1.0, None)
    """
    return float(np.quantile(waits, part, method="inverted_cdf")) if waits else None


def volatility(prices: list[Grid]) -> float | None:
    """The standard deviation of hourly steps of ln(price), over hours sold one after another.

    A slot is an hour. None where there are fewer than two steps.
    """
    steps = [np.diff(np.log(np.where(one > 0, one, np.nan).astype(float))) for one in prices]
    seen = np.concatenate(steps) if steps else np.array([])
    seen = seen[~np.isnan(seen)]
    return float(seen.std(ddof=1)) if len(seen) > 1 else None


def _value(run: Run) -> Values:
    delivered = sum(one.delivered_ucr for one in run.jobs)
    asked = sum(asked_ucr(one) for one in run.jobs)
    count = len(run.jobs)
    return {
        "value": delivered,
        "value_share": delivered / asked if asked else None,
        "foresight": None,  # known where the yardstick ran too
        "served": sum(one.served for one in run.jobs) / count if count else None,
    }


def utilisation(run: Run) -> float | None:
    """Used over available unit-slots of the GPU pools; None where they have none."""
    gpus = [pool.id for pool in run.demand.organisation.pools if pool.unit == "gpu"]
    there = sum(int(run.capacity[pool].sum()) for pool in gpus)
    return sum(int(run.used[pool].sum()) for pool in gpus) / there if there else None


def _credits(run: Run) -> Values:
    gained = sum(run.gained_ucr.values())
    net = [run.gained_ucr.get(one, 0) - run.spent_ucr.get(one, 0) for one in run.speculators]
    return {
        "spent": sum(run.spent_ucr.values()) if run.spent_ucr else None,
        "gained": gained or None,
        "speculation": sum(net) if run.speculators else None,
    }


def _waiting(served: list[Ran]) -> Values:
    waits = waits_h(served)
    return {
        "wait_mean": sum(waits) / len(waits) if waits else None,
        "wait_p50": waited_by(waits, 0.5),
        "wait_p99": waited_by(waits, 0.99),
    }


def _deadlines(run: Run) -> Values:
    """A job that never ran missed its deadline, whoever called it off."""
    bound = [(one.job.decay, one.end) for one in run.jobs if one.job.decay]
    if not bound:
        return {"in_time": None, "not_too_late": None}
    in_time = sum(end is not None and end <= decay.soft for decay, end in bound)
    worth = sum(end is not None and decay.share(end) > 0 for decay, end in bound)
    return {"in_time": in_time / len(bound), "not_too_late": worth / len(bound)}


def _fairness(run: Run) -> Values:
    budgets = {team.id: team.budget_ucr for team in run.demand.organisation.teams}
    received = [
        got / budgets[team] for team, got in delivered_by_team(run).items() if budgets[team] > 0
    ]
    return {
        "worst_rho": max(finish_time_fairness(run).values(), default=None),
        "jain": jain(received),
        "gini": gini(received),
        "hhi": concentration(run.spent_ucr.values()),
    }
