"""What the commands of ``sim`` take alike."""

from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.values import from_zero, positive, typed

NAMED: Final = "A scenario by name (`gpumarket sim list`), or its TOML file."
ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help=NAMED)]
Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Where runs, tables and the report go.")
]
Seed = Annotated[
    int | None, typer.Option("--seed", parser=typed(from_zero), metavar="N", show_default=False)
]
SEEDS: Final = "How many seeds; every policy lives through the same ones."
Seeds = Annotated[int, typer.Option("--seeds", parser=typed(positive), metavar="N", help=SEEDS)]
PROCESSES: Final = "So many runs side by side on this machine."
Processes = Annotated[
    int, typer.Option("--processes", parser=typed(positive), metavar="N", help=PROCESSES)
]
DASK: Final = "Send the runs to the Dask scheduler at this address (extra `sweep`)."
Dask = Annotated[str, typer.Option("--dask", metavar="ADDRESS", help=DASK, show_default=False)]
POLICY: Final = (
    "market, fcfs-easy, quotas, fair-share, karma, … (repeat); else as the scenario says."
)
Policies = Annotated[
    list[str] | None, typer.Option("--policy", metavar="NAME", help=POLICY, show_default=False)
]
Foresight = Annotated[
    bool,
    typer.Option(
        "--foresight/--no-foresight",
        help="Say what part each delivers of what perfect foresight would: one clearing of all "
        "jobs a seed.",
    ),
]


Behaviours = Annotated[
    list[str] | None,
    typer.Option(
        "--agents",
        metavar="WHO",
        help="How teams bid: an agent's name for all, TEAM=AGENT for one, speculators for a team "
        "more that buys to be bought out, or several by commas (repeat; with one, the scenario's "
        "own come first).",
        show_default=False,
    ),
]
Economies = Annotated[
    list[str] | None,
    typer.Option(
        "--economy",
        metavar="NAME",
        help="Where the market's credits come from: sprints (a grant for each) or "
        "constant-supply (what is spent comes back each night) (repeat).",
        show_default=False,
    ),
]
RuleFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="A version of the market's rules, as JSON: what is other than in the scenario "
        "(repeat; with one, the scenario's own rules come first).",
        show_default=False,
    ),
]
