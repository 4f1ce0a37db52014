"""``clearing explain``: why a bid won or lost, from two files, and what would have won."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from allocator.files.formats import decode_outcome, decode_problem
from api.cli import exits, explanation, show
from api.cli.clearing import WORK_MAX, ProblemFile, Stop, interruptible, read
from api.cli.desk import AsJson
from api.cli.values import positive, seconds, typed
from api.files import FileProblem
from marketplace.errors import BadField

if TYPE_CHECKING:
    from allocator.outcome import ClearingRules, Outcome
    from allocator.problem import Problem

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
    if as_json:
        from api.wire.explanation import explained as shaped

        show.document(shaped(problem, outcome, seen, answer).document())
    else:
        explanation.tell(problem, outcome, seen, answer)
    raising = answer.raising
    if raising is not None and raising.win is None and raising.finished:
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


def rules_for(outcome: "Outcome", work: int | None) -> "ClearingRules":
    """The rules that the outcome was cleared by, with other work where it was asked for."""
    from allocator.answers.whatif import same_rules

    if work is not None and work > WORK_MAX:
        raise BadField("work", work, "above-most", {"most": WORK_MAX})
    rules = same_rules(outcome)
    return rules if work is None else replace(rules, work=work)


@contextmanager
def searching(what: str, limit_s: float | None) -> Iterator[Stop]:
    """Until the time is over, or somebody presses Ctrl-C."""
    began_s = time.monotonic()
    with interruptible() as interrupted, show.waiting(what):

        def stop() -> bool:
            late = limit_s is not None and time.monotonic() - began_s >= limit_s
            return late or interrupted()

        yield stop
