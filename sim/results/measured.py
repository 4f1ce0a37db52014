"""One run in plain numbers, small enough to send and to keep many of: what comparisons read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sim.demand.demand import Demand
from sim.demand.job import DAY, SLOT, Job
from sim.results.conservation import PoolBalance, balances, faults
from sim.results.fairness import finish_time_fairness, peak
from sim.results.measures import asked_ucr, delivered_by_team, values, waited_by, waits_h
from sim.results.run import Ran, Run

SIZES: Final = (
    (0, "no GPU"),
    (1, "1 GPU"),
    (2, "2 to 7 GPUs"),
    (8, "8 to 31 GPUs"),
    (32, "32 GPUs and more"),
)
"""Classes of jobs by the most GPUs they use at one time in their first option: from how many on,
and what the class is called."""

LATE: Final = "ended late"
CHEAPER: Final = "ran in a cheaper option"
"""Why value was not delivered although the job ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeLine:
    """The jobs of one size."""

    name: str
    jobs: int
    served: int
    asked_ucr: int
    delivered_ucr: int
    wait_mean_h: float | None
    wait_p50_h: float | None
    wait_p99_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLine:
    """One team: what it could spend, what it spent, what it got, how it fared against its part."""

    id: str
    name: str
    budget_ucr: int
    spent_ucr: int | None  # none: there were no prices
    gained_ucr: int | None  # by buy-outs, beyond what was paid; none: nothing was bought back
    asked_ucr: int
    delivered_ucr: int
    rho: float | None  # none: it had no jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """One pool's mean price of the hours sold, day by day, ucr a unit-hour; none: nothing sold."""

    id: str
    name: str
    reserve_ucr: int
    by_day_ucr: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run's measures. What was asked for = delivered + all that is ``unmet``, by reason."""

    policy: str
    seed: int
    demand: str
    source: str
    digest: str  # of the demand: equal where two runs were given the same
    slots: int
    jobs: int
    values: Mapping[str, float | None]  # by the measure's id
    sizes: tuple[SizeLine, ...]
    teams: tuple[TeamLine, ...]
    pools: tuple[PoolBalance, ...]
    prices: tuple[PriceLine, ...]  # of pools that had any
    asked_ucr: int
    unmet_ucr: Mapping[str, int]
    faults: tuple[str, ...]
    notes: tuple[str, ...]


def measured(run: Run) -> Measured:
    """All that is measured of a run."""
    return Measured(
        policy=run.policy,
        seed=run.seed,
        demand=run.demand.name,
        source=run.demand.source,
        digest=demand_digest(run.demand),
        slots=run.slots,
        jobs=len(run.jobs),
        values=values(run),
        sizes=by_size(run),
        teams=_teams(run),
        pools=balances(run),
        prices=_prices(run),
        asked_ucr=sum(asked_ucr(one) for one in run.jobs),
        unmet_ucr=unmet(run),
        faults=faults(run),
        notes=tuple(dict.fromkeys((*run.demand.notes, *run.notes))),
    )


def demand_digest(demand: Demand) -> str:
    """A hash of what is asked for: who wants how much, when, and what it is worth."""
    digest = sha256()
    for job in demand.jobs:
        facts = (job.id, job.team, job.submitted, job.earliest, job.latest_start, job.decay)
        digest.update(f"{facts}{job.options}\n".encode())
    for spot in demand.spot_jobs:
        digest.update(f"{spot}\n".encode())
    return digest.hexdigest()


def size_of(job: Job, gpus: frozenset[str]) -> str:
    """The name of the class in ``SIZES`` to which a job belongs."""
    units = sum(most for pool, most in peak(job.options[0]).items() if pool in gpus)
    return next(name for least, name in reversed(SIZES) if units >= least)


def by_size(run: Run) -> tuple[SizeLine, ...]:
    """The jobs of every size that was asked for, the smallest first."""
    gpus = frozenset(pool.id for pool in run.demand.organisation.pools if pool.unit == "gpu")
    jobs: dict[str, list[Ran]] = {name: [] for _, name in SIZES}
    for one in run.jobs:
        jobs[size_of(one.job, gpus)].append(one)
    return tuple(_size(name, of) for name, of in jobs.items() if of)


def unmet(run: Run) -> dict[str, int]:
    """Value that was asked for and not delivered, micro-credits by reason, the largest first.

    Of a job that ran: what a cheaper option than its dearest lost, and what its lateness did. Of
    one that did not: the whole of its dearest option, under the reason that the policy gave.
    """
    lost = Counter[str]()
    for one in run.jobs:
        if one.served and one.option is not None:
            taken = one.job.options[one.option].value_ucr
            lost[CHEAPER] += asked_ucr(one) - taken
            lost[LATE] += taken - one.delivered_ucr
        else:
            lost[one.reason or "no reason given"] += asked_ucr(one) - one.delivered_ucr
    found = {reason: amount for reason, amount in lost.items() if amount}
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _size(name: str, jobs: list[Ran]) -> SizeLine:
    waits = waits_h([one for one in jobs if one.served])
    return SizeLine(
        name=name,
        jobs=len(jobs),
        served=sum(one.served for one in jobs),
        asked_ucr=sum(asked_ucr(one) for one in jobs),
        delivered_ucr=sum(one.delivered_ucr for one in jobs),
        wait_mean_h=sum(waits) / len(waits) if waits else None,
        wait_p50_h=waited_by(waits, 0.5),
        wait_p99_h=waited_by(waits, 0.99),
    )


def _teams(run: Run) -> tuple[TeamLine, ...]:
    rhos, got = finish_time_fairness(run), delivered_by_team(run)
    asked = Counter[str]()
    for one in run.jobs:
        asked[one.job.team] += asked_ucr(one)
    return tuple(
        TeamLine(
            id=team.id,
            name=team.name,
            budget_ucr=team.budget_ucr,
            spent_ucr=run.spent_ucr.get(team.id, 0) if run.spent_ucr else None,
            gained_ucr=run.gained_ucr.get(team.id, 0) if any(run.gained_ucr.values()) else None,
            asked_ucr=asked[team.id],
            delivered_ucr=got[team.id],
            rho=rhos.get(team.id),
        )
        for team in run.demand.organisation.teams
    )


def _prices(run: Run) -> tuple[PriceLine, ...]:
    a_day = DAY // SLOT
    found = []
    for pool in run.demand.organisation.pools:
        prices = run.price_ucr.get(pool.id)
        if prices is None or not (prices >= 0).any():
            continue
        days = [prices[first : first + a_day] for first in range(0, run.slots, a_day)]
        sold = [day[day >= 0] for day in days]
        means = tuple(int(day.sum()) // len(day) if len(day) else None for day in sold)
        found.append(
            PriceLine(id=pool.id, name=pool.name, reserve_ucr=pool.reserve_ucr, by_day_ucr=means)
        )
    return tuple(found)
