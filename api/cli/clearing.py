"""``clear`` and ``verify``: clearing files on disk, without any market."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from allocator.files.formats import FormatError, decode_outcome, decode_problem, encode_outcome
from allocator.outcome import ClearingRefused, ClearingRules, PaymentRule
from api.cli import exits, show
from api.cli.desk import AsJson
from api.cli.heard import OFTEN_S, SELDOM_S, Heard
from api.cli.outcomes import how_near, tell_outcome
from api.cli.refusals import Misuse, NoAnswer
from api.cli.stopping import Stop, interruptible
from api.cli.values import counted, one_of, positive, seconds, typed
from api.compiled import cold
from api.files import FileProblem, read_bytes, write_bytes
from api.texts import shown, whole
from marketplace.errors import BadField

if TYPE_CHECKING:
    from allocator.outcome import Outcome
    from allocator.problem import Problem

WORK_MAX: Final = 10**12
WORK_A_SECOND: Final = 25_000
"""Units of work in a second of one core, as ``allocator.clearing`` counts them."""

MILLION: Final = 10**6
FEW_BIDS: Final = 30  # with no more, nothing is compiled
AFTERWARDS: Final = 1.5
"""Checking and writing an outcome takes about so many times as long as reading its problem."""


def gap_ppm(text: str) -> int:
    """A gap as people write it, 0.01 or 1%, in millionths."""
    number = text.strip()
    try:
        share = float(number[:-1]) / 100 if number.endswith("%") else float(number)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise ValueError(f"{shown(text)} is not a share from 0 to 1, such as 0.01, or 1%")
    return round(share * MILLION)


ProblemFile = Annotated[str, typer.Argument(metavar="PROBLEM", help="A problem file; .gz too.")]
T = TypeVar("T")


def clear(
    problem_file: ProblemFile,
    *,
    out: Annotated[str, typer.Option("--out", metavar="OUTCOME", help='A file; "-" for stdout.')],
    rule: Annotated[
        str, typer.Option("--rule", help="How winners pay: uniform, pay_as_bid, vcg, core.")
    ] = "uniform",
    limit_s: Annotated[
        float | None,
        typer.Option("--seconds", parser=typed(seconds), metavar="S", help="Stop after so long."),
    ] = None,
    work: Annotated[
        int | None,
        typer.Option(
            "--work", parser=typed(positive), metavar="W", help="Effort; repeats exactly. [200000]"
        ),
    ] = None,
    gap: Annotated[
        int,
        typer.Option(
            "--gap", parser=typed(gap_ppm), metavar="G", help="Stop once this near, as 0.01 or 1%."
        ),
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", parser=typed(whole), metavar="N")] = 1,
    as_json: AsJson = False,
) -> None:
    """Clear a problem file, and write the outcome with its proof.

    Ctrl-C or SIGTERM ends the search: the best outcome found so far is written, and the exit code
    is 130. Once more, and nothing is written.
    """
    began_s = time.monotonic()
    rules = replace(_rules(rule, seed, work, limit_s), gap_ppm=gap)
    refuse_overwriting(out, problem_file)
    if as_json and out == "-":
        raise typer.BadParameter("stdout takes one of --json and --out -", param_hint="--json")
    with interruptible() as interrupted:
        problem = read(problem_file, decode_problem)
        if limit_s is not None:
            limit_s = _left_s(limit_s, time.monotonic() - began_s)
            rules = replace(rules, work=max(int(limit_s * WORK_A_SECOND), 1))
        outcome = _timed(problem, rules, limit_s, interrupted)
        _give(problem, outcome, out, as_json=as_json)
        if interrupted():
            show.note("Interrupted: this is the best outcome found so far.")
            raise typer.Exit(exits.INTERRUPTED)


def _give(problem: "Problem", outcome: "Outcome", out: str, *, as_json: bool) -> None:
    """Write the outcome, and tell what it came to."""
    data = encode_outcome(outcome)
    if out == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    write_bytes(out, data)
    from api.wire import cycle as wire

    facts = wire.Outcome.of(outcome)
    if as_json:
        show.document(facts.document() | {"out": out})
        return
    show.say(
        f"{counted(len(problem.bids), 'bid')} cleared in {outcome.seconds:.2f} s; written to {out}."
    )
    tell_outcome(facts)


def refuse_overwriting(out: str, problem_file: str) -> None:
    """An outcome never takes the place of its problem."""
    if out != "-" and Path(out).resolve() == Path(problem_file).resolve():
        raise Misuse("--out", out, "that is the problem file; give the outcome another name")


def _rules(rule: str, seed: int, work: int | None, limit_s: float | None) -> ClearingRules:
    payment = one_of("rule", rule, PaymentRule)
    if work is not None and limit_s is not None:
        raise Misuse("--work", work, "give --work or --seconds, one of them")
    if work is not None and work > WORK_MAX:
        raise BadField("work", work, "above-most", {"most": WORK_MAX})
    given = ClearingRules(payment=payment, seed=seed)
    return given if work is None else replace(given, work=work)


def _left_s(limit_s: float, reading_s: float) -> float:
    """What the clearing may take of the time for the whole command, half of it at least."""
    return max(limit_s - (1 + AFTERWARDS) * reading_s, limit_s / 2)


def _timed(
    problem: "Problem", rules: ClearingRules, limit_s: float | None, interrupted: Stop
) -> "Outcome":
    """Clear until it is done, until the time is over, or until somebody interrupts it."""
    began_s = time.monotonic()
    if cold() and len(problem.bids) > FEW_BIDS:
        show.note("The engine compiles itself for this machine first, once: half a minute or so.")
    with show.waiting(f"clearing {counted(len(problem.bids), 'bid')}") as say:
        from allocator.clearing import clear as clear_problem

        heard = Heard(say, OFTEN_S if show.watched() else SELDOM_S, time.monotonic)

        def stop() -> bool:
            heard.look()
            late = limit_s is not None and time.monotonic() - began_s >= limit_s
            return late or interrupted()

        def pace() -> float:
            return 1 - (time.monotonic() - began_s) / (limit_s or 1.0)

        timed = None if limit_s is None else pace
        try:
            outcome = clear_problem(problem, rules, stop, pace=timed, hear=heard.hear)
        except ClearingRefused as refusal:
            told = f"not cleared: {refusal}"
            raise NoAnswer("not-cleared", "problem", problem.sha256, told) from refusal
    return replace(outcome, seconds=round(time.monotonic() - began_s, 3))


def verify(
    problem_file: ProblemFile,
    outcome_file: Annotated[str, typer.Argument(metavar="OUTCOME", help="An outcome file.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Check every promise of an outcome against its problem, by code that shares nothing with the
    engine."""
    from allocator.audit.promises import violations

    problem = read(problem_file, decode_problem)
    outcome = read(outcome_file, decode_outcome)
    faults = violations(problem, outcome)
    if as_json:
        from api.wire import cycle as wire

        facts = wire.Outcome.of(outcome).document()
        show.document({"sound": not faults, "faults": faults} | facts)
    elif faults:
        for fault in faults:
            show.say(fault)
        show.say(f"Not sound: {counted(len(faults), 'broken promise')}.")
    else:
        show.say(
            f"Sound: {counted(len(outcome.awards), 'award')} among "
            f"{counted(len(problem.bids), 'bid')}, gap {how_near(outcome)}."
        )
    if faults:
        raise typer.Exit(exits.NO)


def read(name: str, decode: Callable[[bytes], T]) -> T:
    """The document in a file; a ``FileProblem`` names the file and what is wrong in it."""
    try:
        return decode(read_bytes(name))
    except FormatError as bad:
        raise FileProblem(f"{name}: {bad}", name) from bad
