"""Cycles: what they came to, their files, whose bid is which, and why an order won or lost."""

import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response

from allocator.answers.asking import Answer, ask
from allocator.answers.explain import Explanation as Seen
from allocator.answers.whatif import same_rules
from allocator.outcome import Outcome
from allocator.problem import Problem
from api import cursors, explaining
from api.rest.caller import A_PAGE, After, DryRun, Key, Limit, Who
from api.rest.orders import OrderId
from api.wire.cycle import BidName, ClearedCycle, Cycle
from api.wire.explanation import Explanation
from api.wire.page import Page
from marketplace.domain.clock_command import CloseCycle
from marketplace.services import cycle as service
from marketplace.services import publication

router: Final = APIRouter(prefix="/v1", tags=["cycles"])
CycleId = Annotated[str, Path(description="The cycle's id.", examples=["cyc_000001"])]
SECONDS: Final = 10
SECONDS_MAX: Final = 60
TURN: Final = threading.Lock()
"""Clearing again takes a whole core: one caller at a time."""

JSON: Final = "application/json"
FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The file, as docs/clearing-files.md tells.", "content": {JSON: {}}}
}


@router.get("/cycles", operation_id="list_cycles", summary="Cycles, the newest first")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Cycle]:
    """Auctions: the one that takes orders now, and all before it."""
    place = cursors.place_of("cycles", after)
    found = service.listed(who.market.store, after=place, limit=limit)
    return Page[Cycle].of("cycles", found, Cycle.of)


@router.post(
    "/cycles:run", status_code=202, operation_id="run_cycle", summary="Close the open cycle now"
)
def run(who: Who, key: Key, *, dry_run: DryRun = False) -> Cycle:
    """Close the open cycle before its time. The market's clock clears and settles it from there:
    look at the cycle until it is `settled`. Takes the role platform."""
    salt = secrets.token_bytes(16)
    return Cycle.of(who.does(CloseCycle(early=True), key, dry_run=dry_run, secret=salt))


@router.get("/cycles/{cycle}", operation_id="get_cycle", summary="One cycle and what it came to")
def get(cycle: CycleId, who: Who) -> ClearedCycle:
    """A cycle; once it is cleared with its awards, who lost by reason, its surplus, the bound that
    proves how good that is, and the gap between them."""
    store = who.market.store
    found = service.get(store, cycle)
    return ClearedCycle.cleared(found, service.result(store, found))


@router.get(
    "/cycles/{cycle}/problem",
    operation_id="get_problem",
    summary="What a cycle cleared",
    response_class=Response,
    responses=FILE,
)
def problem(cycle: CycleId, who: Who) -> Response:
    """The frozen book, under names drawn for it: the very file that was cleared. With the outcome
    it is what `gpumarket verify` takes. Published once the cycle is cleared."""
    found = publication.files(who.market.store, cycle)
    return Response(found.problem, media_type=JSON)


@router.get(
    "/cycles/{cycle}/outcome",
    operation_id="get_outcome",
    summary="What a cycle's clearing came to",
    response_class=Response,
    responses=FILE,
)
def outcome(cycle: CycleId, who: Who) -> Response:
    """Awards, prices, reasons of those who lost, and the proof of the bound: the very file that
    was settled. Published once the cycle is cleared."""
    found = publication.files(who.market.store, cycle)
    return Response(found.outcome, media_type=JSON)


@router.get(
    "/cycles/{cycle}/refused",
    operation_id="get_refused_bids",
    summary="What was bid without room anywhere",
    response_class=Response,
    responses=FILE,
)
def refused(cycle: CycleId, who: Who) -> Response:
    """The bids that no start had room for, so that they were not cleared: a list in the form of a
    problem's bids, under names drawn for the cycle. Published once the cycle is cleared."""
    found = publication.files(who.market.store, cycle)
    return Response(found.refused, media_type=JSON)


@router.get(
    "/cycles/{cycle}/names", operation_id="list_names", summary="Whose bid is which in the files"
)
def names(
    cycle: CycleId,
    who: Who,
    *,
    team: Annotated[str, Query(description="Only this team's.")] = "",
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[BidName]:
    """Under which names orders stand in a cycle's files: a team's own, and for finance and
    platform all, once the cycle is cleared."""
    place = cursors.place_of("names", after)
    store, by = who.market.store, who.actor
    found = publication.names(store, cycle, by=by, team=team, after=place, limit=limit)
    return Page[BidName].of("names", found, BidName.of)


@router.get(
    "/cycles/{cycle}/explain/{order}",
    operation_id="explain_order",
    summary="Why an order won or lost",
)
def explain(
    cycle: CycleId,
    order: OrderId,
    who: Who,
    *,
    confirm: Annotated[
        bool, Query(description="Clear again to find what would have won: takes seconds.")
    ] = True,
    seconds: Annotated[
        int, Query(ge=1, le=SECONDS_MAX, description="Clear again for so long at most.")
    ] = SECONDS,
) -> Explanation:
    """Why an order of the own team won or lost in a cycle, or for finance and platform any: the
    price of each slot in its way, who holds it, where it would have been cheaper, and the raise
    that wins. `finished` is false where the time was over before all of it was found."""
    asking = partial(_asked, seconds) if confirm else None
    return explaining.of_order(who.market.store, cycle, order, who.actor, asking)


def _asked(seconds: int, problem: Problem, outcome: Outcome, seen: Seen) -> Answer:
    """What clearing again tells within the time, also where others wait for the same."""
    until = time.monotonic() + seconds
    if not TURN.acquire(timeout=seconds):
        return Answer(finished=False)
    try:
        return ask(problem, outcome, seen, same_rules(outcome), _over(until))
    finally:
        TURN.release()


def _over(until: float) -> Callable[[], bool]:
    return lambda: time.monotonic() >= until
