"""Clear a frozen problem, by the plainer engine where an audit objects to the first.

It knows no database: a process that only clears starts in a quarter of the time without one.
"""

from collections.abc import Callable

from allocator.outcome import ClearingRefused, ClearingRules, Engine, Outcome, UnsoundOutcome
from allocator.problem import Problem
from marketplace.rules import MarketRules

ENGINES: tuple[Engine, ...] = ("full", "greedy")
"""Tried in this order: where an audit objects to the first, the plainer one clears."""

Stop = Callable[[], bool]
Clearer = Callable[[Problem, MarketRules, int, Stop], tuple[Outcome | None, str]]
"""What clears a frozen problem by the rules, from a seed, until it is stopped: ``attempt``, or the
same in a process of its own."""


def never() -> bool:
    """A stop that never comes."""
    return False


def attempt(
    problem: Problem, rules: MarketRules, seed: int, stop: Stop
) -> tuple[Outcome | None, str]:
    """Clear, with no transaction open; where an audit objects, by the plainer engine.

    Gives no outcome, and why, where no engine has one that is sound.
    """
    from allocator import clearing as door  # the solvers, which hardly any process needs

    faults = []
    for engine in ENGINES:
        clearing = ClearingRules(
            payment=rules.payment_rule, seed=seed, work=rules.work, engine=engine
        )
        try:
            return door.clear(problem, clearing, stop), ""
        except (UnsoundOutcome, ClearingRefused) as objection:
            faults.append(f"{engine}: {objection}")
    return None, "; ".join(faults)
