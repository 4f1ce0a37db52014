"""Finance: who spends what on what, and is it right? A month's spend, and what bids were worth."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Response

from api.charts import spend as chart_of_spend
from api.rest.caller import Caller
from api.web.drawing import Drawing, drawing
from api.web.finance_desk import HERE, check, month_asked, months, said_of, tabbed
from api.web.page import money
from api.web.refusals import Page
from api.web.visitor import Seen
from marketplace.domain.approval import ApprovalState
from marketplace.domain.insight import (
    Against,
    BoughtBack,
    Evenness,
    Mover,
    Resold,
    Spend,
    Worth,
    period_before,
    value_map,
)
from marketplace.domain.month import following, name_of
from marketplace.domain.statement import month_of
from marketplace.domain.usage import Idle
from marketplace.services import approval, capacity, insight

router: Final = APIRouter(include_in_schema=False, route_class=Page)
ROWS: Final = 15
"""So many rows of spend stand on the page, those of the most."""

WAITING: Final = 100
SHADES: Final = 5
A_LITTLE: Final = 0.005
"""Less than a change that is worth telling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What bids for a theme in a pool were worth in a week; ``shade``: how much that is beside the
    most of any cell, from 0 to 4."""

    worth: Worth
    shade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMap:
    """What bids were worth: for each theme and pool a cell a week, none where nobody bid."""

    weeks: Sequence[datetime]
    rows: Sequence[tuple[str, str, Sequence[Cell | None]]]
    won_ucr: int
    lost_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a month says. ``rows``, ``idle``: the most first; ``before_ucr``: the month before."""

    spent_ucr: int
    before_ucr: int
    rows: Sequence[Spend]
    drawn: Drawing | None
    movers: Sequence[Mover]
    against: Sequence[Against]
    even: Evenness
    resold: Resold
    bought_back: BoughtBack
    idle: Sequence[Idle]
    map: ValueMap


@router.get(HERE)
def overview(seen: Seen, *, month: str = "") -> Response:
    """A month's spend; without one, of the month that it is."""
    check(seen)
    who, chosen = seen.caller, month_asked(seen, month)
    told = who.market.published.kept(
        ("finance", chosen), (who.head, month_of(who.now)), lambda: spending(who, chosen)
    )
    had = months(seen)
    waiting = approval.listed(who.market.store, state=ApprovalState.WAITING, limit=WAITING)
    facts: dict[str, Any] = {
        "sentence": sentence(told, chosen, who.now, first=chosen == had[-1]),
        "waiting": len(waiting.items),
        "more_wait": waiting.next is not None,
        "told": told,
        "most": ROWS,
        "months": [(name_of(one), said_of(one)) for one in had],
        "month": name_of(chosen),
        "said": said_of(chosen),
        "before": said_of(period_before(chosen, following(chosen))[0]),
        "over": following(chosen) <= who.now,
        "names": {one.id: one.name for one in capacity.listed(who.market.store)},
    }
    return tabbed(seen, HERE, "finance.html", facts)


def spending(who: Caller, month: datetime) -> Spending:
    """What was spent in a month, and what bids of it were worth."""
    store, now, period = who.market.store, who.now, (month, following(month))
    found = insight.spending(store, *period, now=now)
    return Spending(
        spent_ucr=sum(one.spent_ucr for one in found.rows),
        before_ucr=sum(one.spent_ucr for one in found.before),
        rows=sorted(found.rows, key=lambda one: (-one.spent_ucr, one.cell)),
        drawn=_drawn(found.rows),
        movers=found.movers(),
        against=found.against_market,
        even=found.concentration,
        resold=found.resold,
        bought_back=found.bought_back,
        idle=sorted(found.idle, key=lambda one: (-one.idle, one.team, one.pool)),
        map=mapped(value_map(insight.bids(store, *period, now=now))),
    )


def sentence(told: Spending, month: datetime, now: datetime, *, first: bool) -> str:
    """What was spent in a month, against the month before; ``first``: there was none before."""
    before, so_far = said_of(period_before(month, following(month))[0]), following(month) > now
    line = f"{_spent(told.spent_ucr)} in {said_of(month)}{' so far' if so_far else ''}"
    if first:
        return f"{line}, the market's first month"
    if so_far or told.spent_ucr <= 0 or told.before_ucr <= 0:
        all_of = "all of " if so_far else ""
        return f"{line}, against {money(told.before_ucr)} in {all_of}{before}"
    change = told.spent_ucr / told.before_ucr - 1
    if abs(change) < A_LITTLE:
        return f"{line}, as much as in {before}"
    share = f"{abs(change):.0%}".replace("%", " %")
    return f"{line}, {share} {'more' if change > 0 else 'less'} than in {before}"


def _spent(amount_ucr: int) -> str:
    if amount_ucr < 0:
        return f"{money(-amount_ucr)} credits more came back than were spent"
    return f"{money(amount_ucr)} credits were spent" if amount_ucr else "Nothing was spent"


def _drawn(rows: Sequence[Spend]) -> Drawing | None:
    spent = defaultdict[tuple[str, str], int](int)
    for one in rows:
        spent[one.team, one.theme] += one.spent_ucr
    return drawing("spend", chart_of_spend.spend(spent)) if spent else None


def mapped(found: Sequence[Worth]) -> ValueMap:
    """The rows of a value map as a table: those of the most first."""
    weeks = sorted({one.week for one in found})
    cells = {(one.theme, one.pool, one.week): one for one in found}
    asked = defaultdict[tuple[str, str], int](int)
    for one in found:
        asked[one.theme, one.pool] += one.won_ucr + one.lost_ucr
    most = max((one.won_ucr + one.lost_ucr for one in found), default=0)

    def cell(theme: str, pool: str, week: datetime) -> Cell | None:
        one = cells.get((theme, pool, week))
        if one is None:
            return None
        shade = SHADES * (one.won_ucr + one.lost_ucr) // (most + 1)
        return Cell(worth=one, shade=shade)

    return ValueMap(
        weeks=weeks,
        rows=[
            (theme, pool, [cell(theme, pool, week) for week in weeks])
            for theme, pool in sorted(asked, key=lambda one: (-asked[one], one))
        ],
        won_ucr=sum(one.won_ucr for one in found),
        lost_ucr=sum(one.lost_ucr for one in found),
    )
