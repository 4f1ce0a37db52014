"""Turns each job of a trace into a bid: what it is worth, when it may start, how long it runs.

Traces tell when a job came, how long it ran and on how many GPUs; nobody wrote down what it was
worth. The model, all of it made up except where a source is named:

- Length: run time rounded up to whole hours, cut at 72 h, the longest time-box.
- Notice: teams plan a day ahead. A job is submitted 25 hours before it came in the trace (a daily
  cycle and its lead), so that a cycle can serve it at that very hour. Every way of sharing the
  machines sees it at the same moment.
- Window: from the hour it came, with slack. With a deadline in the trace, up to it; a job whose
  deadline is nearer than its run time takes twice the GPUs for half the time as often as needed, up
  to eight times (linear speed-up; those jobs are made to stretch). Without one, slack is .5 to 1.5
  of the length, the range of ElasticFlow's deadlines, or the team's patience where that is longer:
  exponential, ten hours on average.
- Deadline: where the trace has one, work that ends later is worth nothing. It is the end of the
  last start in the window, so that whole hours never cost a job its value.
- Value: lognormal per GPU-hour, median 2 credits times the team's own factor (lognormal, spread
  .5), spread 1.2, but no more than a tenth of its team's credits; a job keeps that value for all
  its options. Each team draws from its own stream.
- Teams: the trace's tenants. Where there are none, jobs are dealt to eight teams in turn.
- Pools: one a GPU model; one, ``gpu``, where the trace names no models. A job takes up to three of
  its models as alternatives, drawn in proportion to the GPU-hours of the jobs that name them; a
  gang that names none takes the model most asked for. Pool sizes follow from the jobs: offered
  GPU-hours over the window's hours, over the load aimed at, but no less than the largest gang.
- Budgets: four credits for each GPU-hour that the team asks for, near the mean value of one.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator

from marketplace.domain.capacity import UNITS_MAX
from pricing.units import MICRO
from sim.demand import distributions as drawn
from sim.demand.job import (
    CENT_UCR,
    DAY,
    DEAREST_PART,
    FURTHEST,
    LEAD,
    LONGEST_SLOTS,
    SLOT,
    Decay,
    Job,
    JobLeg,
    JobOption,
)
from sim.demand.names import id_of, ids_of
from sim.demand.organisation import Organisation, PoolSpec, TeamSpec
from sim.demand.traces.trace import Trace, TraceJob, TraceProblem

NOTICE: Final = DAY + LEAD
RESERVE_UCR: Final = MICRO // 2
MEDIAN_CREDITS: Final = 2.0
SPREAD: Final = 1.2
TEAM_SPREAD: Final = 0.5
BUDGET_UCR_PER_UNIT_SLOT: Final = 4 * MICRO
TEAMS_WITHOUT_TENANTS: Final = 8
MODELS_MAX: Final = 3
STRETCH_MAX: Final = 8
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
ALL_DAYS: Final = 1_000_001
"""The part of a team's luck that it draws its jobs from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    """What became of a trace on its way into the market."""

    name: str
    kind: str
    rows: int
    skipped: Mapping[str, int]  # rows that made no job, by reason
    outside: int  # jobs outside the weeks chosen, or left out by ``every``
    first_day: datetime  # of the weeks chosen
    days: int
    jobs: int
    cut: int  # jobs longer than the longest time-box, cut to it
    stretched: int  # jobs that take more GPUs for less time to meet their deadline
    unit_slots: int  # GPU-hours asked for, after rounding up and cutting
    load_by_pool: Mapping[str, float]  # offered over capacity in the weeks chosen
    read_as: tuple[str, ...] = ()  # what the reader took for what

    @property
    def source(self) -> str:
        """Where the demand comes from, in a line."""
        first = self.first_day.date().isoformat()
        return f"{self.name} ({self.kind}), {self.days} days from {first}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What was skipped, left out and changed, a sentence each."""
        skipped = [
            f"{_counted(count, 'row')} skipped: {why}." for why, count in self.skipped.items()
        ]
        loads = ", ".join(f"{pool} {load:.2f}" for pool, load in self.load_by_pool.items())
        changed = (
            (self.outside, "left out: not in the weeks chosen, or thinned out."),
            (self.cut, f"cut to {LONGEST_SLOTS} hours, the longest time-box."),
            (self.stretched, "given more GPUs for less time, to meet the deadline."),
        )
        return (
            f"{self.rows:,} rows, {self.jobs:,} jobs, {self.unit_slots:,} GPU-hours asked for.",
            *self.read_as,
            *skipped,
            *(f"{_counted(count, 'job')} {what}" for count, what in changed if count),
            f"Offered over capacity: {loads}.",
            "Values, windows and a day's notice are made up by the value model.",
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """A trace's job in the market's measures."""

    source: TraceJob
    team: str
    gpus: int
    slots: int
    cut: bool
    stretched: bool
    last_s: float | None  # the last start that meets the deadline; none: there is no deadline

    @property
    def unit_slots(self) -> int:
        return self.gpus * self.slots


def organisation_from_trace(
    trace: Trace,
    *,
    seed: int = 0,
    weeks: int | None = 4,
    target_load: float = 1.25,
    every: int = 1,
) -> tuple[Organisation, list[Job], TraceSummary]:
    """The busiest ``weeks`` of a trace as an organisation and its jobs, and what was left out.

    Busiest by GPU-hours that came in; all of the trace where ``weeks`` is none. ``target_load`` is
    what is offered over what there is. ``every`` keeps each so-many-th job only, of pools that
    shrink with it. The organisation starts a day before the weeks do, since jobs are known a day
    ahead. Raises ``ValueError`` for settings that make no sense, ``TraceProblem`` for more GPUs
    than the market has room for.
    """
    for name, setting in (("weeks", weeks), ("every", every)):
        if setting is not None and setting < 1:
            raise ValueError(f"{name} is {setting}; it must be a whole number from 1 on")
    if not 0 < target_load < math.inf:
        raise ValueError(f"target_load is {target_load}; it must be above 0 and finite")
    tenants = [
        job.tenant or f"team-{number % TEAMS_WITHOUT_TENANTS + 1}"
        for number, job in enumerate(trace.jobs)
    ]
    ids = ids_of(tenants)
    works = [_measure(job, ids[name]) for job, name in zip(trace.jobs, tenants, strict=True)]
    first_day, days = _busiest(works, None if weeks is None else weeks * 7)
    inside = [work for work in works if first_day <= _day(work) < first_day + days][::every]
    wanted = _pools_of_jobs(inside, seed)
    start = trace.epoch + (first_day - 1) * DAY
    pools, load_by_pool = _pools(inside, wanted, days * (DAY // SLOT), target_load)
    teams = _teams(inside, trace)
    organisation = Organisation(pools=pools, teams=teams, start=start, days=days)
    terms = {team.id: _terms(team, start, seed) for team in teams}
    jobs = _jobs(inside, wanted, trace, terms)
    summary = TraceSummary(
        name=trace.name,
        kind=trace.kind,
        rows=trace.rows,
        skipped=trace.skipped,
        outside=len(works) - len(inside),
        first_day=start + DAY,
        days=days,
        jobs=len(jobs),
        cut=sum(work.cut for work in inside),
        stretched=sum(work.stretched for work in inside),
        unit_slots=sum(work.unit_slots for work in inside),
        load_by_pool=load_by_pool,
        read_as=trace.notes,
    )
    return organisation, jobs, summary


def _measure(job: TraceJob, team: str) -> _Work:
    gpus, duration_s, last_s = job.gpus, job.duration_s, None
    if job.deadline_s is not None:
        room_s = job.deadline_s - job.submitted_s
        most = min(STRETCH_MAX * job.gpus, UNITS_MAX // 2)
        while duration_s > room_s and gpus < most:
            gpus, duration_s = 2 * gpus, duration_s / 2
        last_s = job.deadline_s - duration_s
    slots = math.ceil(duration_s / HOUR_S)
    return _Work(
        source=job,
        team=team,
        gpus=gpus,
        slots=min(slots, LONGEST_SLOTS),
        cut=slots > LONGEST_SLOTS,
        stretched=gpus > job.gpus,
        last_s=last_s,
    )


def _day(work: _Work) -> int:
    return int(work.source.submitted_s // DAY_S)


def _busiest(works: Sequence[_Work], at_most: int | None) -> tuple[int, int]:
    """First day and length of the run of days with the most GPU-hours; ties go to the earliest."""
    by_day: Counter[int] = Counter()
    for work in works:
        by_day[_day(work)] += work.unit_slots
    first, last = min(by_day), max(by_day)
    whole = last - first + 1
    days = whole if at_most is None else min(at_most, whole)
    totals = np.cumsum([0, *(by_day[day] for day in range(first, last + 1))])
    return first + int(np.argmax(totals[days:] - totals[:-days])), days


def _pools_of_jobs(works: Sequence[_Work], seed: int) -> list[tuple[str, ...]]:
    """The pools each job may run in, the first the one it likes best."""
    likes: defaultdict[str, float] = defaultdict(float)
    for work in works:
        for model in work.source.models:
            likes[id_of(model)] += work.unit_slots / len(work.source.models)
    if not likes:
        return [("gpu",)] * len(works)
    rng = drawn.stream(seed, "models", ALL_DAYS)
    return [_pools_of_job(work, likes, rng) for work in works]


def _pools_of_job(work: _Work, likes: Mapping[str, float], rng: Generator) -> tuple[str, ...]:
    known = sorted(likes)
    models = sorted({id_of(model) for model in work.source.models}) or known
    if models == known and work.gpus > 1:
        return (max(known, key=lambda model: likes[model]),)
    weights = np.array([likes[model] for model in models])
    count = min(MODELS_MAX, len(models))
    chosen = rng.choice(np.array(models), count, replace=False, p=weights / weights.sum())
    return tuple(str(model) for model in chosen)


def _pools(
    works: Sequence[_Work], wanted: Sequence[tuple[str, ...]], slots: int, target_load: float
) -> tuple[tuple[PoolSpec, ...], dict[str, float]]:
    """Pools sized for the load aimed at, where each job asks equal parts of its pools."""
    asked: defaultdict[str, float] = defaultdict(float)
    largest: defaultdict[str, int] = defaultdict(int)
    for work, names in zip(works, wanted, strict=True):
        for name in names:
            asked[name] += work.unit_slots / len(names)
            largest[name] = max(largest[name], work.gpus)
    units = {
        name: max(largest[name], math.ceil(asked[name] / (target_load * slots)))
        for name in sorted(asked)
    }
    for name, count in units.items():
        if count > UNITS_MAX:
            raise TraceProblem(
                f"its jobs would take {count:,} units of {name}, and the market sells at most "
                f"{UNITS_MAX:,} of a pool; take each so-many-th job alone"
            )
    pools = tuple(
        PoolSpec(
            id=name,
            name="GPU" if name == "gpu" else f"GPU model {name.upper()}",
            unit="gpu",
            units=count,
            block_size=1,
            reserve_ucr=RESERVE_UCR,
        )
        for name, count in units.items()
    )
    return pools, {name: asked[name] / (units[name] * slots) for name in units}


def _teams(works: Sequence[_Work], trace: Trace) -> tuple[TeamSpec, ...]:
    asked: Counter[str] = Counter()
    for work in works:
        asked[work.team] += work.unit_slots
    return tuple(
        TeamSpec(
            id=team,
            name=f"{trace.kind} {team}",
            themes=("trace",),
            cost_centre=f"cc-{team}"[:64],
            budget_ucr=asked[team] * BUDGET_UCR_PER_UNIT_SLOT,
            projects=(trace.kind,),
        )
        for team in sorted(asked)
    )


@dataclass(frozen=True, slots=True)
class _Terms:
    """What all jobs of one team share: its stream, its worth of a GPU-hour, its dearest value."""

    start: datetime
    rng: Generator
    median_credits: float
    dearest_ucr: int


def _jobs(
    works: Iterable[_Work],
    wanted: Iterable[tuple[str, ...]],
    trace: Trace,
    teams: Mapping[str, _Terms],
) -> list[Job]:
    jobs = [
        _job(work, pools, trace, teams[work.team])
        for work, pools in zip(works, wanted, strict=True)
    ]
    return sorted(jobs, key=lambda job: (job.submitted, job.id))


def _terms(team: TeamSpec, start: datetime, seed: int) -> _Terms:
    rng = drawn.stream(seed, team.id, ALL_DAYS)
    median = MEDIAN_CREDITS * math.exp(TEAM_SPREAD * rng.standard_normal())
    return _Terms(start, rng, median, max(team.budget_ucr // DEAREST_PART, CENT_UCR))


def _job(
    work: _Work,
    pools: tuple[str, ...],
    trace: Trace,
    terms: _Terms,
) -> Job:
    start, rng, median = terms.start, terms.rng, terms.median_credits
    came = trace.epoch + timedelta(seconds=work.source.submitted_s)
    submitted = max(came - NOTICE, start)
    earliest = max(start - (start - came) // SLOT * SLOT, start + NOTICE)
    density = median * math.exp(SPREAD * rng.standard_normal())
    slack = rng.uniform(drawn.SLACK_LOW, drawn.SLACK_HIGH) * work.slots
    slack_slots = int(max(slack, rng.exponential(drawn.PATIENCE_H)))
    if work.last_s is not None:
        last = trace.epoch + timedelta(seconds=work.last_s)
        slack_slots = max(0, (last - earliest) // SLOT)
    furthest = earliest + (submitted + FURTHEST - earliest) // SLOT * SLOT
    latest = min(earliest + slack_slots * SLOT, furthest)
    due = None if work.last_s is None else latest + work.slots * SLOT
    worth_ucr = min(density * work.unit_slots * MICRO, terms.dearest_ucr)
    cents = max(1, round(worth_ucr / CENT_UCR))
    return Job(
        id=f"{trace.kind}-{work.source.line:06d}",
        team=work.team,
        project=trace.kind,
        theme="trace",
        submitted=submitted,
        earliest=earliest,
        latest_start=latest,
        options=tuple(
            JobOption(
                value_ucr=cents * CENT_UCR,
                legs=(
                    JobLeg(
                        pool=pool, quantity=work.gpus, offset_slots=0, duration_slots=work.slots
                    ),
                ),
            )
            for pool in pools
        ),
        standing=True,
        cancels_at=None,
        decay=None if due is None else Decay(soft=due, hard=due),
    )
