"""The market: what do prices do, and can I trust them?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from allocator.files.formats import decode_outcome, decode_problem
from api import cursors
from api.charts import cycles as chart_of_cycles
from api.charts import depth as chart_of_depth
from api.rest.caller import Caller
from api.web import cycle_files, pool_prices
from api.web.clearings import WHY, Depth, Told, depths, proofs, told
from api.web.drawing import Drawing, drawing
from api.web.frame import page
from api.web.page import moment
from api.web.refusals import Page
from api.web.visitor import Seen
from marketplace.domain.capacity import Pool
from marketplace.domain.cycle import Cycle, CycleState
from marketplace.domain.indicative import Indicative
from marketplace.domain.page import every
from marketplace.missing import among
from marketplace.services import capacity, indicative, market, publication
from marketplace.services import cycle as service
from pricing.shown import price_shown

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = "/market"
CYCLES: Final = 10
DAYS: Final = (2, 7, 17)
"""How far ahead prices may be shown; so far as is on sale by the default rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A pool's depth in a cycle, its chart, and the same as rows."""

    depth: Depth
    drawn: Drawing
    steps: Sequence[tuple[int, float, float]]


@router.get(HERE)
def market_page(
    seen: Seen,
    *,
    pool: str = "",
    days: Annotated[int, Query(ge=1, le=31)] = 7,
    cycle: str = "",
    after: str = "",
) -> Response:
    """The last clearing or another, the prices of one pool, and the cycles one by one."""
    who, store = seen.caller, seen.caller.market.store
    rules, open_cycle = market.now_showing(store)
    pools = every(capacity.listed, store)
    page_of = service.listed(store, after=cursors.place_of("cycles", after), limit=CYCLES)
    history = told(who, page_of.items)
    last = _clearing(who, cycle)
    bids = _depths(who, last.cycle) if last else {}
    chosen = _chosen(pools, pool, bids)
    showing = indicative.showing(store)
    ahead = _ahead(who, chosen, days, showing.latest, rules.slot_floor(who.now))
    facts: dict[str, Any] = {
        "sentence": sentence(last, open_cycle, chosen, ahead),
        "why": WHY,
        "last": last,
        "file_name": cycle_files.name,
        "pools": pools,
        "pool": chosen,
        "days": [(one, address(pool=pool, days=one), one == days) for one in DAYS],
        "shown_days": days,
        "ahead": ahead,
        "indicative": pool_prices.indicated(showing.latest, chosen.id) if chosen else None,
        "told": showing.latest,
        "next_told": showing.next_due_at,
        "spot": pool_prices.spot_side(who, chosen, rules) if chosen else None,
        "depth": _shown(who, last, chosen, bids) if last and chosen else None,
        "history": history,
        "drawn_history": _drawn(who, history),
        "older": address(pool=pool, after=cursors.text_of("cycles", page_of) or ""),
        "more": page_of.next is not None,
        "newest": address(pool=pool) if after else "",
        "of_cycle": lambda id_: address(pool=pool, cycle=id_),
    }
    return page(seen, HERE, "market.html", facts)


def sentence(
    last: Told | None, opened: Cycle, pool: Pool | None, ahead: pool_prices.Ahead | None
) -> str:
    """What the clearing came to, how good that is, and what the chosen pool costs."""
    if last is None or last.clearing is None:
        said = [
            f"No cycle has cleared yet; cycle {opened.number} closes {moment(opened.closes_at)}"
        ]
    elif not last.clearing.bids:
        said = [f"Cycle {last.cycle.number} had no bids"]
    else:
        clearing = last.clearing
        said = [
            f"Cycle {last.cycle.number} cleared {clearing.won:,} of {clearing.bids:,} bids",
            clearing.better,
        ]
    if pool and ahead and ahead.now.price_ucr is not None:
        said.append(f"{pool.name} costs {price_shown(ahead.now.price_ucr)} a unit-hour now")
    return "; ".join(said)


def address(**query: str | int) -> str:
    """The page's address that shows those."""
    named = {name: value for name, value in query.items() if value}
    return f"{HERE}?{urlencode(named)}" if named else HERE


def _chosen(pools: list[Pool], wanted: str, bids: dict[str, Depth]) -> Pool | None:
    """The pool that was asked for, or the one that most was bid for. Raises ``NotFound``."""
    if wanted:
        found = next((one for one in pools if one.id == wanted), None)
        if found is None:
            raise among("pool", wanted, (one.id for one in pools))
        return found
    worth = {pool: one.worth_ucr for pool, one in bids.items()}
    return max(pools, key=lambda one: (worth.get(one.id, 0), one.unit == "gpu"), default=None)


def _ahead(
    who: Caller, pool: Pool | None, days: int, told_last: Indicative | None, slot: datetime
) -> pool_prices.Ahead | None:
    if pool is None:
        return None
    newest = service.latest_settled(who.market.store)
    published = newest.id if newest else ""
    return pool_prices.ahead(who, pool, days * 24, told_last, published, slot)


def _clearing(who: Caller, asked: str) -> Told | None:
    """The cycle that was asked for, or the newest that is settled; None before there is one."""
    store = who.market.store
    if asked:
        return told(who, [service.get(store, asked)])[0]
    newest = service.latest_settled(store)
    return told(who, [newest])[0] if newest else None


def _depths(who: Caller, cycle: Cycle) -> dict[str, Depth]:
    """Of a cleared cycle alone: the open one's book is nobody's to see."""
    if cycle.state not in (CycleState.CLEARED, CycleState.SETTLED):
        return {}

    def make() -> dict[str, Depth]:
        files = publication.files(who.market.store, cycle.id)
        return depths(decode_problem(files.problem), decode_outcome(files.outcome))

    return who.market.published.kept(("depths", cycle.id), cycle.state, make)


def _shown(who: Caller, last: Told, pool: Pool, bids: dict[str, Depth]) -> Shown | None:
    found = bids.get(pool.id)
    if found is None or not found.wanted:
        return None

    def make() -> Shown:
        figure = chart_of_depth.depth(found.wanted, found.won, found.reserve_ucr)
        steps = chart_of_depth.steps(found.wanted, found.won)
        return Shown(depth=found, drawn=drawing("depth", figure), steps=steps)

    return who.market.published.kept(("depth", last.cycle.id, pool.id), "", make)


def _drawn(who: Caller, history: tuple[Told, ...]) -> Drawing | None:
    records = proofs(history)
    if not records:
        return None
    asked = ("history", *(one.closed_at for one in records))
    return who.market.published.kept(
        asked, "", lambda: drawing("history", chart_of_cycles.cycles(records))
    )
