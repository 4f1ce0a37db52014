"""What the pages of Finance share: their tabs, who may see them, and the months to choose from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import Response

from api.web.frame import KEEPS_BOOKS, page
from api.web.visitor import Visitor
from marketplace.domain.month import following, month_named, name_of
from marketplace.domain.statement import month_of
from marketplace.missing import among
from marketplace.services import journal

HERE: Final = "/finance"
BUDGETS: Final = f"{HERE}/budgets"
SCHEDULES: Final = f"{HERE}/schedules"
LINES: Final = f"{HERE}/lines"
TRANSFERS: Final = f"{HERE}/transfers"
THEMES: Final = f"{HERE}/themes"
POLICY: Final = f"{HERE}/policy"
ALERTS: Final = f"{HERE}/alerts"
MONTHS: Final = f"{HERE}/months"
ADJUSTMENTS: Final = f"{HERE}/adjustments"
STATEMENT: Final = f"{HERE}/statement"
BILL: Final = f"{HERE}/bill"
TABS: Final = {
    HERE: "Overview",
    BUDGETS: "Budgets",
    SCHEDULES: "Grants",
    LINES: "Credit lines",
    TRANSFERS: "Transfers",
    THEMES: "Themes",
    POLICY: "Policy",
    ALERTS: "Alerts",
    MONTHS: "Months",
    ADJUSTMENTS: "Adjustments",
    STATEMENT: "Statements",
}


def check(seen: Visitor) -> None:
    """Raises ``Forbidden`` for those who do not keep the books."""
    seen.caller.check_has(KEEPS_BOOKS, "see what finance sees")


def tabbed(
    seen: Visitor, tab: str, template: str, facts: Mapping[str, Any], *, status: int = 200
) -> Response:
    """A page of Finance, under its tab."""
    return page(seen, HERE, template, {"tabs": TABS, "tab": tab, **facts}, status=status)


def months(seen: Visitor) -> list[datetime]:
    """The months that the market has had, the newest first."""
    first = journal.listed(seen.caller.market.store, limit=1).items
    month, last = month_of(first[0].at if first else seen.caller.now), month_of(seen.caller.now)
    found = [month]
    while found[-1] < last:
        found.append(following(found[-1]))
    return found[::-1]


def month_asked(seen: Visitor, name: str) -> datetime:
    """The month that an address names, or the one that it is. Raises ``BadField``, and ``NotFound``
    for one that the market has not had."""
    if not name:
        return month_of(seen.caller.now)
    month, known = month_named(name), months(seen)
    if month not in known:
        raise among("month", name, map(name_of, known))
    return month


def said_of(month: datetime) -> str:
    """A month in words.

    >>> said_of(month_named("2026-11"))
    'November 2026'
    """
    return f"{month:%B} {month.year}"
