"""My team: what it has, what runs, what it lost."""

from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from api.alerts import told
from api.charts.gantt import gantt
from api.rest import orders, teams
from api.rest.caller import SEES_CREDITS, Caller
from api.web.access import access
from api.web.booked import Booked, axis, bars, booked, extendable, releasable, units_at
from api.web.credits import TeamCredits, credits_of_team
from api.web.drawing import Drawing, drawing
from api.web.frame import page
from api.web.losses import Losses, losses
from api.web.refusals import Page
from api.web.team_transfers import offers
from api.web.visitor import Seen, Visitor, choose_team
from api.wire.alert import Alert
from api.wire.credit_transfer import CreditTransfer
from api.wire.order import Order
from api.wire.page import Page as Listed
from marketplace.domain import advice
from marketplace.domain.actor import IN_TEAM, Role
from marketplace.domain.order import OrderState
from marketplace.services import alert, capacity
from marketplace.services import order as order_service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = "/teams"
SEES_TEAMS: Final = frozenset({Role.FINANCE, Role.PLATFORM, Role.ADMIN})
"""Who sees a part of the page of any team."""

SEES_BOXES: Final = frozenset({Role.PLATFORM})
BOXES: Final = 15
"""Rows of the calendar's table at once."""

ORDERS: Final = 10
LOST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a team's page its reader sees; each part is None for whom it is not. ``offers``: what
    other teams would give it, and it has not answered; ``alerts``: what was told of it in periods
    that run still."""

    booked: Booked | None
    drawn: Drawing | None
    open: Listed[Order] | None
    pending: Listed[Order] | None
    lost: Losses | None
    credits: TeamCredits | None
    offers: tuple[CreditTransfer, ...]
    alerts: tuple[Alert, ...]


@router.get(HERE)
def which(seen: Seen, after: str = "") -> Response:
    """To the page of the team that the visitor looks at; all teams, for whom is in none."""
    if seen.team:
        return RedirectResponse(f"{HERE}/{seen.team}", HTTPStatus.SEE_OTHER)
    return page(seen, HERE, "teams.html", {"teams": teams.listed(seen.caller, after=after)})


@router.get(HERE + "/{team}")
def team(team: str, seen: Seen, boxes: Annotated[int, Query(ge=1, le=100)] = 1) -> Response:
    """A team: for its members all of it, for others what their roles let them see."""
    who = seen.caller
    who.check_sees(team, SEES_TEAMS)
    if team in who.teams and team != seen.team:  # what the frame says is of this team too
        answer = RedirectResponse(seen.request.url.path, HTTPStatus.SEE_OTHER)
        choose_team(answer, team)
        return answer
    found = teams.get(team, who)
    sees = who.actor.in_team(team, IN_TEAM), who.actor.roles & SEES_TEAMS
    minute = who.now.replace(second=0)
    part = who.market.published.kept(
        ("team page", team, sees), (who.head, minute), lambda: _part(who, team)
    )
    return page(seen, HERE, "team.html", _facts(seen, found.name, team, part, boxes))


def _part(who: Caller, team: str) -> Part:
    own = who.actor.in_team(team, IN_TEAM)
    now, store = who.now, who.market.store
    has = booked(who, team) if who.sees(team, SEES_BOXES) else None
    drawn = None
    if has is not None and (shown := bars(has)):
        drawn = drawing("gantt", gantt(axis(has, shown), shown, f"{now:%Y-%m-%dT%H:%M}"))
    return Part(
        booked=has,
        drawn=drawn,
        open=orders.listed(who, team=team, state=OrderState.OPEN, limit=ORDERS) if own else None,
        pending=(
            orders.listed(who, team=team, state=OrderState.PENDING_APPROVAL, limit=ORDERS)
            if own
            else None
        ),
        lost=losses(who, team, order_service.sale(store, now), LOST) if own else None,
        credits=credits_of_team(who, team) if who.sees(team, SEES_CREDITS) else None,
        offers=offers(who, team) if who.sees(team, SEES_CREDITS) else (),
        alerts=_alerts(who, team) if who.sees(team, SEES_CREDITS) else (),
    )


def _alerts(who: Caller, team: str) -> tuple[Alert, ...]:
    return tuple(Alert.of(one) for one in alert.standing(who.market.store, who.now, team))


def _facts(seen: Visitor, name: str, team: str, part: Part, boxes: int) -> dict[str, Any]:
    who, has = seen.caller, part.booked
    live = [one for one in has.boxes if releasable(one, who.now)] if has else []
    running = [one for one in has.running if one not in live] if has else []
    rows = [*running, *live]
    first = (boxes - 1) * BOXES
    named = {leg.pool for one in _orders(part) for each in one.options for leg in each.legs}
    named |= {
        leg.pool
        for one in (part.lost.newest if part.lost else ())
        for each in one.order.request.options
        for leg in each.legs
    }
    pools = capacity.named(who.market.store, named)
    return {
        "team": team,
        "sentence": sentence(name, part),
        "access": access(who, team),
        "part": part,
        "waiting": _orders(part),
        "rows": rows[first : first + BOXES],
        "before": boxes - 1 if boxes > 1 else 0,
        "after": boxes + 1 if len(rows) > first + BOXES else 0,
        "past": [one for one in has.boxes if one not in rows][::-1] if has else [],
        "releasable": lambda one: releasable(one, who.now),
        "extendable": extendable,
        "own": who.actor.in_team(team, IN_TEAM),
        "spot_words": advice.SPOT,
        "names": {id_: pool.name for id_, pool in pools.items()},
        "now": who.now,
        "told": told,
    }


def _orders(part: Part) -> list[Order]:
    waiting = part.pending.items if part.pending else []
    return [*waiting, *(part.open.items if part.open else [])]


def sentence(name: str, part: Part) -> str:
    """What the team has, what runs and what it lost, in a line."""
    said = []
    if part.booked is not None:
        said.append(_has(part.booked))
    if part.lost is not None and part.lost.lately:
        many = f"{part.lost.lately}{' or more' if part.lost.more else ''}"
        said.append(f"{many} {'bid' if many == '1' else 'bids'} lost in the last 7 days")
    if part.credits is not None:
        said.append(f"{part.credits.balance.free_credits:,.2f} credits are free")
    return f"{name}: {'; '.join(said)}" if said else name


def _has(found: Booked) -> str:
    units = Counter[str]()
    for box in found.running:
        units[box.pool] += units_at(box, found.now)
    for run in found.runs:
        units[run.pool] += run.quantity
    total, pools = sum(units.values()), [found.name(pool) for pool in units]
    where = f"of {pools[0]}" if len(pools) == 1 else f"in {len(pools)} pools"
    now = f"{total:,} {'unit' if total == 1 else 'units'} {where} in use now"
    now = now if units else "nothing runs now"
    coming = found.coming
    if not coming:
        return f"{now}, nothing is booked ahead"
    many = "1 time-box" if len(coming) == 1 else f"{len(coming)} time-boxes"
    may = len(found.changeable)
    still = "" if not may else f", {'which' if may == len(coming) else may} may still change"
    return f"{now}, {many} ahead{still}"
