"""The demo: an organisation lives four weeks on the market, and its report."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from marketplace.rules import MarketRules
from marketplace.services import check, manual_clock
from marketplace.services.books import Progress
from marketplace.store.engine import Store
from sim.demand.calibration import duration_distance, gang_distance
from sim.demand.demand import Demand
from sim.demand.from_trace import demand_from_trace
from sim.demand.generator import generate
from sim.demand.job import DAY, SLOT, Job
from sim.demand.organisation import Organisation
from sim.demand.spot import generate_spot
from sim.engine import story
from sim.engine.course import spot_from
from sim.engine.market import live
from sim.engine.monitor import measure
from sim.policies.registry import policy
from sim.results.history import Comparison, History
from sim.results.measures import utilisation
from sim.results.plain import PlainRun, plain_run
from sim.results.run import Run
from sim.results.summary import Section, sections
from sim.scenarios.shipped import demo_organisation, scenario

SEED: Final = 1
"""Of the demo that is served."""

NAME: Final = "demo"
"""The scenario that it runs."""

SPOT_NOTE: Final = (
    "What teams ask of spot in the last week is invented, sizes, limits and amount; it is the same "
    "whatever became of the other demand (sim/demand/spot.py)."
)

USED_NOTE: Final = (
    "What was used of reserved time is invented, for pools of whole nodes alone: of the others "
    "nothing was measured (sim/engine/monitor.py)."
)

INVENTED: Final = (
    "When its jobs came, how long they are and how many GPUs they take is the trace's; what they "
    "are worth, when else they may start, who has which credits and what is asked of spot is "
    "invented"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSummary:
    """What a run of the demo has to say: in a screenful, and whole."""

    sections: tuple[Section, ...]
    run: PlainRun
    notes: tuple[str, ...]  # what was made of the demand, and what was skipped
    ok: bool  # the books are clean


def run_demo(
    *,
    seed: int = 1,
    trace: Path | None = None,
    skip_bad: bool = False,
    store: Store | None = None,
    progress: Progress,
) -> DemoSummary:
    """Let an organisation live four weeks on the market, and tell all about it: a market that is
    kept in ``store``, an empty database, or in memory.

    Demand comes from the generator, or from a real cluster's ``trace``, whose wrong rows are
    counted where they are to be skipped. Raises ``TraceProblem`` for a trace that cannot be read.
    """
    history = relive(seed=seed, trace=trace, skip_bad=skip_bad, store=store, progress=progress)
    return DemoSummary(
        sections=sections(history),
        run=plain_run(history),
        notes=tuple(history.notes),
        ok=not history.check.faults,
    )


def relive(
    *,
    seed: int,
    trace: Path | None,
    skip_bad: bool = False,
    store: Store | None = None,
    progress: Progress,
) -> History:
    """The run itself, as a history."""
    organisation, jobs, source, notes = _demand(seed, trace, progress, skip_bad=skip_bad)
    first_day = spot_from(organisation)
    spot_jobs = generate_spot(organisation, seed, first_day, organisation.days - first_day)
    world = live(organisation, jobs, spot_jobs, rules(), seed, progress, store=store)
    measure(world, world.end)
    manual_clock.begin(world.store, world.end)  # to go on from there, whenever it is looked at
    demand = Demand(
        name=source, organisation=organisation, jobs=tuple(jobs), spot_jobs=tuple(spot_jobs)
    )
    others = (policy("fcfs-booking"), policy("quotas-booking"))
    with check.books_beside(world.store) as report:
        baselines = [_comparison(other.run(demand, seed, progress)) for other in others]
        told = (*notes, SPOT_NOTE, USED_NOTE)
        return story.tell(world, jobs, source, baselines, told, lambda: report(progress))


def live_until(store: Store, now: datetime, days: int, progress: Progress) -> tuple[str, ...]:
    """Let the made-up organisation live its last ``days`` before this hour in an empty database, so
    that a clock may go on from here; its teams."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    if hour.hour == 0:  # the day that ends now is a whole one: its cycle is the clock's
        hour -= SLOT
    today = hour.replace(hour=0)
    organisation = demo_organisation(today - days * DAY, days + 1)
    first_day = spot_from(organisation)
    spot_jobs = generate_spot(organisation, SEED, first_day, organisation.days - first_day)
    jobs = generate(organisation, SEED)
    world = live(organisation, jobs, spot_jobs, rules(), SEED, progress, store=store, until=hour)
    measure(world, hour)
    return tuple(team.id for team in organisation.teams)


def rules() -> MarketRules:
    """Those of the demo's scenario."""
    return scenario(NAME).rules


def _demand(
    seed: int, trace: Path | None, progress: Progress, *, skip_bad: bool
) -> tuple[Organisation, list[Job], str, tuple[str, ...]]:
    progress("demand", 0, 1)
    if trace is None:
        organisation = demo_organisation()
        jobs = generate(organisation, seed)
        source = "made-up organisation, published distributions of jobs"
        lie = f"{duration_distance(jobs):.1%}", f"{gang_distance(jobs):.1%}"
        drawn = (
            "How long its jobs are and how many GPUs they take follows published distributions: of "
            "no length are there {} more or fewer up to it, and of no size {}"
        )
        where = "of all jobs. Sources and our own calibration: sim/demand/distributions.py."
        notes: tuple[str, ...] = (f"{drawn.format(*lie)} {where}",)
    else:
        read = demand_from_trace(trace, seed=seed, skip_bad=skip_bad)
        organisation, jobs = read.organisation, list(read.jobs)
        source, notes = f"{read.source}. {INVENTED}", read.notes
    progress("demand", 1, 1)
    return organisation, jobs, source, notes


def _comparison(run: Run) -> Comparison:
    return Comparison(
        name=run.policy,
        delivered_ucr=sum(one.delivered_ucr for one in run.jobs),
        served=sum(one.served for one in run.jobs),
        utilisation=utilisation(run) or 0.0,
    )
