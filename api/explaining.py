"""Why an order won or lost, from the published files of the cycle that cleared it."""

from collections.abc import Callable

from allocator.answers.asking import Answer
from allocator.answers.changes import Changes
from allocator.answers.explain import Explanation as Seen
from allocator.answers.explain import explain
from allocator.answers.roomless import explain_roomless
from allocator.answers.whatif import read_bids
from allocator.files.formats import decode_outcome, decode_problem
from allocator.outcome import Outcome
from allocator.problem import Problem
from api.wire.changes import Change
from api.wire.explanation import Explanation, explained
from marketplace.domain.actor import Actor
from marketplace.domain.cycle import number_of
from marketplace.services import publication, standing
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
    asks = asking is not None and seen.bid.standing is None  # what stands makes no offer
    answer = asking(problem, outcome, seen) if asking and asks else Answer()
    told = explained(problem, outcome, seen, answer)
    changes = _changes(store, order) if seen.award or seen.bid.standing else []
    if seen.bid.standing is not None:
        changes = [one for one in changes if number_of(one.cycle) == number_of(cycle)]
    return told.model_copy(update={"changes": changes})


def _changes(store: Store, order: str) -> list[Change]:
    """What cycles changed of what an order won, by time: each as its own files have it."""
    found = standing.stood(store, order)
    if found is None or not found.award.changed:
        return []
    changes = []
    for cycle, bid in found.cycles:
        files = publication.files(store, cycle.id)
        problem, outcome = decode_problem(files.problem), decode_outcome(files.outcome)
        stood = Changes(problem, outcome)
        change = stood.of(bid)
        if change is not None and (change.to is not None or found.award.recalled):
            told = Change.of(change, stood.view.bids, problem.at)
            changes.append(told.known(cycle, found.award))
    return changes
