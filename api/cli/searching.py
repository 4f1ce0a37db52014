"""Clear again for a while, with a progress: until the time is over, or somebody presses Ctrl-C."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from api.cli import show
from api.cli.clearing import WORK_MAX
from api.cli.stopping import Stop, interruptible
from marketplace.errors import BadField

if TYPE_CHECKING:
    from allocator.answers.asking import Answer
    from allocator.answers.explain import Explanation
    from allocator.outcome import ClearingRules, Outcome
    from allocator.problem import Problem


def clear_again(
    limit_s: float, problem: "Problem", outcome: "Outcome", seen: "Explanation"
) -> "Answer":
    """What clearing again tells of a bid, within the time."""
    from allocator.answers.asking import ask

    with searching("clearing again", limit_s) as stop:
        return ask(problem, outcome, seen, rules_for(outcome, None), stop)


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
