"""``sim``: try policies and rules on made-up or real demand before people live by them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import show
from api.cli.desk import TIME, AsJson, desk
from api.cli.refusals import Misuse
from api.cli.rule_changes import typed_changes
from api.cli.simulated import tell
from api.cli.simulation_options import (
    Behaviours,
    Dask,
    Economies,
    Foresight,
    Out,
    Policies,
    Processes,
    RuleFiles,
    ScenarioName,
    Seed,
    Seeds,
)
from api.cli.values import When, counted, from_zero, positive, typed, when
from api.files import FileProblem, write_bytes

if TYPE_CHECKING:
    from sim.door import Demand, Scenario, Trial, Variant

app = typer.Typer(help="Try policies and rules on made-up or real demand, before people do.")


@contextmanager
def _told() -> Iterator[None]:
    """What the simulator objects to, as what the command line refuses."""
    from sim import door

    try:
        yield
    except door.SimulationProblem as bad:
        raise FileProblem(str(bad), "") from bad
    except OSError as bad:
        if bad.filename is None:
            raise
        why = (bad.strerror or str(bad)).lower()
        raise FileProblem(f"{bad.filename} cannot be used: {why}", bad.filename) from bad


@app.command("list")
def list_scenarios(*, as_json: AsJson = False) -> None:
    """Show the scenarios that come with the product."""
    from sim import door

    found = [door.scenario(name).file for name in door.names()]
    if as_json:
        show.document([{"name": one.name, "title": one.title, "days": one.days} for one in found])
        return
    rows = [(one.name, str(one.days), str(len(one.teams)), one.title) for one in found]
    show.table("Scenarios", ("scenario", ">days", ">teams", "what it is"), rows)


@app.command("schema")
def schema(*, as_json: AsJson = False) -> None:  # noqa: ARG001 - it is JSON in any case
    """Print the JSON Schema of a scenario file."""
    from sim import door

    show.document(door.ScenarioFile.model_json_schema())


@app.command("run")
def run(
    scenario: ScenarioName,
    *,
    policy: Policies = None,
    seed: Seed = None,
    out: Out = Path("gpumarket-sim"),
    as_json: AsJson = False,
) -> None:
    """Live through a scenario once, under the market or other policies, and write the report."""
    from sim import door

    with _told():
        there = door.scenario(scenario)
        variants = door.policies(policy or ["market"])
        seeds = [there.file.seed if seed is None else seed]
        done = _tried(there, variants, seeds, out, Many())
    tell(done, out, as_json=as_json)


@app.command("compare")
def compare(
    scenario: ScenarioName,
    *,
    policy: Policies = None,
    agents: Behaviours = None,
    economy: Economies = None,
    rules: RuleFiles = None,
    seeds: Seeds = 5,
    processes: Processes = 1,
    dask: Dask = "",
    foresight: Foresight = True,
    out: Out = Path("gpumarket-sim"),
    as_json: AsJson = False,
) -> None:
    """Compare policies, versions of the market's rules, or how teams bid, on the same demand under
    paired seeds. How teams bid is tried under each of the versions.

    Of two versions it says which to adopt and how sure that is, and writes rules-to-adopt.json,
    which `gpumarket rules adopt --file` takes."""
    from sim import door

    several = [str(given[0]) for given in (rules or agents, economy, policy) if given]
    if len(several) > 1:
        flag = "--rules" if rules else "--agents" if agents else "--economy"
        why = "compare policies, economies, or versions of rules and how teams bid, each alone"
        raise Misuse(flag, several[0], why)
    with _told():
        there = door.scenario(scenario)
        variants = (
            door.behaviours(there, _minds(agents), _versions(rules) if rules else ())
            if agents
            else door.rule_versions(_versions(rules))
            if rules
            else door.economies(economy)
            if economy
            else door.policies(policy or there.file.policies)
        )
        many = Many(processes, dask, foresight=foresight)
        done = _tried(there, variants, _numbers(there, seeds), out, many)
        rule_file = _adoptable(done, there, out) if rules and not agents else None
    tell(done, out, as_json=as_json, rule_file=rule_file)


@app.command("sweep")
def sweep(
    scenario: ScenarioName,
    *,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            metavar="RULE=VALUE,VALUE",
            help="Values of one of the market's rules to try, like work=500,5000 (repeat: every "
            "combination).",
        ),
    ],
    seeds: Seeds = 5,
    processes: Processes = 1,
    dask: Dask = "",
    foresight: Foresight = True,
    out: Out = Path("gpumarket-sim"),
    as_json: AsJson = False,
) -> None:
    """Try every combination of some rules' values under paired seeds; goes on where it stopped."""
    from sim import door

    with _told():
        there = door.scenario(scenario)
        variants = door.varied(_values(vary))
        many = Many(processes, dask, foresight=foresight)
        done = _tried(there, variants, _numbers(there, seeds), out, many)
    tell(done, out, as_json=as_json)


@app.command("import")
def import_(
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="A cluster's list of jobs.")],
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The demand file to write.")
    ] = Path("demand.parquet"),
    seed: Annotated[int, typer.Option("--seed", parser=typed(from_zero), metavar="N")] = 1,
    weeks: Annotated[
        int, typer.Option("--weeks", parser=typed(positive), help="Its busiest weeks.")
    ] = 4,
    load: Annotated[
        float, typer.Option("--load", help="What is offered over what the pools have.")
    ] = 1.25,
    every: Annotated[
        int, typer.Option("--every", parser=typed(positive), help="Each so-many-th job alone.")
    ] = 1,
    whole: Annotated[
        bool, typer.Option("--whole", help="All of it, not its busiest weeks.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Count rows that are wrong, and leave them out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Turn a real cluster's trace into a demand file that scenarios take (`[trace]`).

    Reads Philly, Alibaba (openb, GenAI), ElasticFlow, Gavel, Shockwave, Tiresias, and SWF of the
    Parallel Workloads Archive, told by their content."""
    from sim import door

    with _told(), show.waiting("reading"):
        try:
            demand = door.demand_from_trace(
                trace,
                seed=seed,
                weeks=weeks,
                load=load,
                every=every,
                skip_bad=skip_bad,
                whole=whole,
            )
        except door.SimulationProblem:
            raise
        except ValueError as bad:
            raise FileProblem(str(bad), str(trace)) from bad
        door.write_demand(demand, out)
    _say_demand(demand, out, as_json=as_json)


@app.command("from-history")
def from_history(
    ctx: typer.Context,
    *,
    start: Annotated[
        When, typer.Option("--from", parser=typed(when), metavar=TIME, help="From that day on.")
    ],
    end: Annotated[
        When | None,
        typer.Option(
            "--to",
            parser=typed(when),
            metavar=TIME,
            help="Until that day begins; without it, until today.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The demand file to write.")
    ] = Path("history.parquet"),
    as_json: AsJson = False,
) -> None:
    """Take what was asked for in a time out of the market's own database, as a demand file.

    It holds what everybody bid: it is for who runs the market."""
    from sim import door

    at = desk(ctx)
    last = end.on(at.now) if end else at.now.replace(hour=0, minute=0, second=0, microsecond=0)
    with _told(), at.store() as store, show.waiting("reading"):
        demand = door.demand_from_market(store, start.on(at.now), last)
        door.write_demand(demand, out)
    _say_demand(demand, out, as_json=as_json)


def _say_demand(demand: "Demand", out: Path, *, as_json: bool) -> None:
    facts = {
        "file": str(out),
        "source": demand.source,
        "jobs": len(demand.jobs),
        "spot_jobs": len(demand.spot_jobs),
        "teams": len(demand.organisation.teams),
        "pools": len(demand.organisation.pools),
        "days": demand.organisation.days,
        "notes": list(demand.notes),
    }
    if as_json:
        show.document(facts)
        return
    jobs, teams = counted(len(demand.jobs), "job"), counted(len(demand.organisation.teams), "team")
    show.say(f"{out}: {jobs} of {teams} in {counted(demand.organisation.days, 'day')}.")
    for note in demand.notes:
        show.say(f"  {note}")


@dataclass(frozen=True, slots=True)
class Many:
    """How runs are done: side by side or far away, and whether beside the yardstick."""

    processes: int = 1
    dask: str = ""
    foresight: bool = False


def _tried(
    scenario: "Scenario",
    variants: "Sequence[Variant]",
    seeds: Sequence[int],
    out: Path,
    many: Many,
) -> "Trial":
    from api.report.compared import write_comparison
    from sim import door

    out.mkdir(parents=True, exist_ok=True)
    with show.progress() as step:
        done = door.trial(
            scenario,
            variants,
            seeds,
            step,
            shelf=out / "runs",
            processes=many.processes,
            dask=many.dask,
            foresight=many.foresight,
        )
        step("report", 0, 1)
        write_comparison(done.comparison, out)
        step("report", 1, 1)
    return done


def _numbers(scenario: "Scenario", count: int) -> list[int]:
    return list(range(scenario.file.seed, scenario.file.seed + count))


def _minds(said: Sequence[str]) -> list[str]:
    from sim import door

    return list(said) if len(said) > 1 else [door.AS_IT_IS, *said]


def _versions(files: Sequence[Path]) -> list[tuple[str, dict[str, Any]]]:
    """Versions by the names of their files."""
    from sim import door

    found = [(file.stem, dict(typed_changes((), file))) for file in files]
    return found if len(found) > 1 else [(door.AS_IT_IS, {}), *found]


def _values(said: Sequence[str]) -> list[tuple[str, list[Any]]]:
    """Rules with the values to try."""
    found: list[tuple[str, list[Any]]] = []
    for text in said:
        name, mark, values = text.partition("=")
        if not mark or not values or name in dict(found):
            raise Misuse("--vary", text, "give each rule once, like work=500,5000")
        each = [dict(typed_changes([f"{name}={one}"], flag="--vary")) for one in values.split(",")]
        found.append((name, [one[name] for one in each]))
    return found


def _adoptable(done: "Trial", scenario: "Scenario", out: Path) -> Path | None:
    from sim import door

    content = door.adoptable(done, scenario)
    path = out / "rules-to-adopt.json"
    if content is None:
        path.unlink(missing_ok=True)
        return None
    write_bytes(path, content)
    return path
