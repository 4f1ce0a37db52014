"""Why an order won or lost, from the published files of the cycle that cleared it."""

from collections.abc import Callable

from allocator.answers.asking import Answer
from allocator.answers.explain import Explanation as Seen
from allocator.answers.explain import explain
from allocator.answers.roomless import explain_roomless
from allocator.answers.whatif import read_bids
from allocator.files.formats import decode_outcome, decode_problem
from allocator.outcome import Outcome
from allocator.problem import Problem
from api.wire.explanation import Explanation, explained
from marketplace.domain.actor import Actor
from marketplace.services import publication
from marketplace.store.engine import Store

Asking = Callable[[Problem, Outcome, Seen], Answer]
"""How clearing again is asked, and for how long."""


def of_order(store: Store, cycle: str, order: str, by: Actor, asking: Asking | None) -> Explanation:
    """Why an order that the actor may know of won or lost in a cycle; with ``asking`` also what
    clearing again tells. One that no start had room for lost before anything was cleared: which
    units were missing is told, and nothing is asked. Raises ``NotFound``, and ``NotAllowedNow``
    before the cycle is cleared."""
    bid = publication.bid_of(store, cycle, order, by=by)
    files = publication.files(store, cycle)
    problem, outcome = decode_problem(files.problem), decode_outcome(files.outcome)
    if all(one.id != bid for one in problem.bids):
        asked = next(one for one in read_bids(problem, files.refused) if one.id == bid)
        return explained(problem, outcome, explain_roomless(problem, outcome, asked), Answer())
    seen = explain(problem, outcome, bid)
    answer = asking(problem, outcome, seen) if asking else Answer()
    return explained(problem, outcome, seen, answer)
