"""Budgets: what each team was granted for now, what became of it, and the day it runs out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Response

from api import policies as words
from api.charts import budgets as chart_of_budgets
from api.charts.budgets import Parted
from api.rest import policy
from api.rest.caller import Caller
from api.web.credits import TeamCredits, credits_of_team
from api.web.drawing import Drawing, drawing
from api.web.finance_desk import BUDGETS, check, tabbed
from api.web.refusals import Page
from api.web.visitor import Seen
from marketplace.services import budget as service
from marketplace.services.budget import Budget

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = BUDGETS
ROWS: Final = 100
"""So many teams stand on the page, those that run out first."""

SPELL: Final = "four weeks"
"""What is looked at, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A team's budget, and how long it will do, in words."""

    budget: Budget
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """All teams' budgets, those that run out first first."""

    rows: Sequence[Row]
    drawn: Drawing | None
    expired: bool


@router.get(HERE)
def budgets(seen: Seen, *, team: str = "") -> Response:
    """Every team's budget; and one team's day by day: the one that is named, or the first."""
    check(seen)
    who, minute = seen.caller, seen.caller.now.replace(second=0)
    told = who.market.published.kept(("budgets",), (who.head, minute), lambda: _told(who, minute))
    chosen = team.strip() or next((one.budget.team.id for one in told.rows if one.budget.end), "")
    facts: dict[str, Any] = {
        "sentence": sentence([one.budget for one in told.rows]),
        "told": told,
        "most": ROWS,
        "team": chosen,
        "name": next(
            (one.budget.team.name for one in told.rows if one.budget.team.id == chosen), chosen
        ),
        "teams": {one.budget.team.id: one.budget.team.name for one in told.rows},
        "limits": policy.limits(who).limits,
        "words": words,
        "credits": _of_team(who, chosen, minute) if chosen else None,
    }
    return tabbed(seen, HERE, "finance_budgets.html", facts)


def _of_team(who: Caller, team: str, minute: datetime) -> TeamCredits:
    return who.market.published.kept(
        ("budget", team), (who.head, minute), lambda: credits_of_team(who, team)
    )


def _told(who: Caller, now: datetime) -> Budgets:
    found = sorted(service.listed(who.market.store, now), key=_urgency)
    rows = [Row(budget=one, told=runs_out(one)) for one in found]
    parted = [
        Parted(
            id=one.budget.team.id,
            name=one.budget.team.name,
            spent_ucr=one.budget.spent_ucr,
            held_ucr=one.budget.held_ucr,
            free_ucr=one.budget.free_ucr,
            told=one.told,
        )
        for one in rows
        if one.budget.granted_ucr
    ]
    drawn = drawing("budgets", chart_of_budgets.budgets(parted)) if parted else None
    expired = any(one.expired_ucr for one in found)
    return Budgets(rows=rows, drawn=drawn, expired=expired)


def _urgency(one: Budget) -> tuple[bool, datetime | None, float, str]:
    """Who runs out first, then who has the least part left; last who was granted nothing."""
    left = one.held_ucr + one.free_ucr
    share = left / one.granted_ucr if one.granted_ucr > 0 else 2.0
    return one.out_on is None, one.out_on, share, one.team.id


def runs_out(one: Budget) -> str:
    """How long a team's credits will do, spent as fast as of late."""
    if one.end is None:
        return "no grant to spend"
    if not one.rate_ucr:
        return f"nothing was spent of late; the last grant ends on {one.end:%a %d %b}"
    if one.out_on is not None:
        return f"runs out on {one.out_on:%a %d %b}"
    if one.ahead.out_on is None:
        return f"lasts for more than {SPELL}"
    return f"its last grant ends before it is spent, on {one.end:%a %d %b}"


def sentence(found: Sequence[Budget]) -> str:
    """How many teams run out soon, and which first. ``found``: those that run out first first."""
    if not any(one.end for one in found):
        return "No team has credits to spend"
    soon = [one for one in found if one.out_on]
    if not soon:
        return f"No team runs out of credits within {SPELL}{_lapsing(found)}"
    first, day = soon[0].team.name, f"{soon[0].out_on:%a %d %b}"
    if len(soon) == 1:
        return f"{first} runs out of credits on {day}, spent as fast as of late"
    return f"{len(soon)} of {len(found)} teams run out of credits within {SPELL}, {first} on {day}"


def _lapsing(found: Sequence[Budget]) -> str:
    """Whose last grants end before they are spent: what is left of them then is nobody's."""
    ends = [one.end for one in found if one.ahead.lapses and one.end and one.rate_ucr]
    if not ends:
        return ", spent as fast as of late"
    if len(ends) == 1:
        return f"; one team's last grant ends before it is spent, on {ends[0]:%a %d %b}"
    return (
        f"; the last grants of {len(ends)} teams end before they are spent, "
        f"from {min(ends):%a %d %b} on"
    )
