"""``explain`` an order, and ``clearing explain`` a bid of two files: why it won or lost, and what
would have won."""

from typing import TYPE_CHECKING, Annotated

import typer

from allocator.files.formats import decode_outcome, decode_problem
from api.cli import exits, explanation, show
from api.cli.clearing import ProblemFile, read
from api.cli.desk import AsJson, Team, desk
from api.cli.refusals import NoAnswer
from api.cli.searching import rules_for, searching
from api.cli.trading import trading
from api.cli.values import positive, seconds, typed
from api.files import FileProblem

if TYPE_CHECKING:
    from allocator.outcome import Outcome
    from allocator.problem import Problem
    from api.wire.order import Order

OutcomeFile = Annotated[str, typer.Argument(metavar="OUTCOME", help="Its outcome file.")]
Work = Annotated[
    int | None,
    typer.Option(
        "--work",
        parser=typed(positive),
        metavar="W",
        help="Effort of each re-clearing. [the outcome's]",
    ),
]
Seconds = Annotated[
    float | None,
    typer.Option("--seconds", parser=typed(seconds), metavar="S", help="Stop after so long."),
]

app = typer.Typer(no_args_is_help=True, help="Ask about a clearing's files: why, and what if.")


def explain_order(
    ctx: typer.Context,
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="Like ord_0123456789abcdef.")],
    *,
    team: Team = "",
    cycle: Annotated[
        str, typer.Option("--cycle", help="In which cycle; by default the last that cleared it.")
    ] = "",
    confirm: Annotated[
        bool, typer.Option("--confirm/--no-confirm", help="Clear again to find what would win.")
    ] = True,
    limit_s: Annotated[
        int, typer.Option("--seconds", min=1, max=60, help="Clear again for so long at most.")
    ] = 10,
    as_json: AsJson = False,
) -> None:
    """Why an order won or lost: the price of each slot in its way, who holds it, where it would
    have been cheaper, and the raise that wins, confirmed by clearing again with it.

    The exit code is 1 where no raise alone wins it."""
    with trading(desk(ctx), quiet=as_json) as market:
        order = market.order(order_id, market.whose_to_read(team))
        cycle = cycle or _cleared(order)
        told = market.explain(order, cycle, seconds=limit_s if confirm else 0)
    if as_json:
        show.document(told.document())
    else:
        show.say(f"In the files of {cycle} order {order.id} is {told.bid}.")
        explanation.tell(told)
    if told.never_wins:
        raise typer.Exit(exits.NO)


def _cleared(order: "Order") -> str:
    """The last cycle that cleared an order. Raises ``NoAnswer`` where none did."""
    cleared = order.fill or order.loss
    if cleared is not None and not cleared.cycle:
        because = f"no cycle cleared order {order.id}: its time was free, and was taken at once"
        raise NoAnswer("not-cleared", "order", order.id, because)
    if cleared is None:
        because = f"no cycle has cleared order {order.id} yet: it is {order.state}"
        raise NoAnswer("not-cleared", "order", order.id, because)
    return cleared.cycle


@app.command("explain")
def explain(
    problem_file: ProblemFile,
    outcome_file: OutcomeFile,
    bid: Annotated[str, typer.Argument(metavar="BID", help="The bid's id in the files.")],
    *,
    confirm: Annotated[
        bool, typer.Option("--confirm/--no-confirm", help="Clear again to confirm what would win.")
    ] = True,
    critical: Annotated[
        bool, typer.Option("--critical", help="For a winner: the least bid that still wins.")
    ] = False,
    work: Work = None,
    limit_s: Seconds = None,
    as_json: AsJson = False,
) -> None:
    """Why a bid won or lost: the price of each slot in its way, where it would have been cheaper,
    and by how much to raise it to win, confirmed by clearing again with the change.

    The exit code is 1 where no raise alone wins it.
    """
    from allocator.answers.asking import Answer, ask
    from allocator.answers.explain import explain as explained
    from allocator.answers.whatif import ChangeRefused

    problem, outcome = sound_pair(problem_file, outcome_file)
    try:
        seen = explained(problem, outcome, bid)
    except ChangeRefused as bad:
        raise FileProblem(f"{problem_file}: {bad}", problem_file) from bad
    rules, answer = rules_for(outcome, work), Answer()
    if confirm and (critical or seen.award is None):
        with searching("clearing again", limit_s) as stop:
            answer = ask(problem, outcome, seen, rules, stop)
    from api.wire.explanation import explained as shaped

    told = shaped(problem, outcome, seen, answer)
    if as_json:
        show.document(told.document())
    else:
        explanation.tell(told)
    if told.never_wins:
        raise typer.Exit(exits.NO)


def sound_pair(problem_file: str, outcome_file: str) -> "tuple[Problem, Outcome]":
    """A problem and an outcome of it that keeps its promises. Raises ``FileProblem``."""
    from allocator.audit.promises import violations

    problem = read(problem_file, decode_problem)
    outcome = read(outcome_file, decode_outcome)
    if outcome.problem_sha256 != problem.sha256:
        raise FileProblem(
            f"{outcome_file} is the outcome of another problem than {problem_file}:"
            f" problem_sha256 is {outcome.problem_sha256[:12]}…, not {problem.sha256[:12]}…",
            outcome_file,
        )
    if faults := violations(problem, outcome):
        raise FileProblem(
            f"{outcome_file} is not sound ({faults[0]});"
            f" gpumarket verify {problem_file} {outcome_file} tells all",
            outcome_file,
        )
    return problem, outcome
