"""Months: what is still in the way of closing the next one, closing it, and what closed ones came
to."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response

from api import checked, cursors
from api.rest import months as rest
from api.web.exact import Exact, served
from api.web.finance_desk import MONTHS, check, said_of, tabbed
from api.web.finance_desk import months as had_months
from api.web.operating import Filled, done, flaws
from api.web.page import moment
from api.web.refusals import Page
from api.web.typed import status
from api.web.visitor import Form, Seen, Visitor
from api.wire.month import ClosedMonth, Month
from marketplace.domain.month import following, month_named, name_of
from marketplace.errors import MarketError, Unrecognised
from marketplace.services import check as check_service
from marketplace.services import month as service
from marketplace.services import month_seen

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = MONTHS
CLOSE: Final = "close"
LISTED: Final = "months"
SHOWN: Final = 6
"""So many closed months stand on one page."""


@dataclass(frozen=True, slots=True)
class Way:
    """What finance does about something that is in the way; ``others``: who does the rest, by which
    ``command``, where there is any."""

    finance: str
    others: str = ""
    command: str = ""


WAYS: Final = (
    Way("nothing: time does it"),
    Way("close that first, on this page"),
    Way(
        "wait: the clock clears and settles it. Operations says whether the clock runs",
        "Where it does not, the platform role, or whoever works on the database:",
        "gpumarket cycle run",
    ),
    Way(
        "wait: the clock posts it at its next tick. Operations says whether the clock runs",
        "Where it does not, whoever works on the database:",
        "gpumarket tick run",
    ),
)
"""What to do about each item of the checklist."""


@router.get(HERE)
def months(seen: Seen, *, closed: str = "", after: str = "") -> Response:
    """The next month's checklist, and closed months, the newest first; after one was closed, that
    it was."""
    check(seen)
    return _page(seen, Filled(), closed=closed, after=after)


@router.post(HERE)
def act(seen: Seen, form: Form) -> Response:
    """See what a month would come to, or close it."""
    check(seen)
    filled, month, dry = Filled.of(form), form.get("month", ""), form.get("step") != "do"
    try:
        told = rest.close(month, seen.caller, filled.key, dry_run=dry)
    except Unrecognised:
        raise
    except MarketError as refusal:
        filled = Filled.refused(form, refusal, flaws(refusal, ()))
        return _page(seen, filled, status_=status(refusal))
    return _page(seen, filled, ahead=told) if dry else done(HERE, closed=told.month)


def sentence(month: Month) -> str:
    """Whether the next month can be closed, or how much is in the way."""
    name = said_of(month.start)
    if month.ready:
        return f"{name} can be closed"
    if not month.checklist[0].done:
        return f"{name} can be closed once it is over, from {moment(month.end)} on"
    open_ = sum(not one.done for one in month.checklist)
    things = "One thing is" if open_ == 1 else f"{open_} things are"
    return f"{things} in the way of closing {name}"


def _was_closed(told: list[ClosedMonth], name: str) -> str:
    return _said(name) if any(one.month == name for one in told) else ""


def _said(name: str) -> str:
    return said_of(month_named(name))


def _exact(seen: Visitor, month: str) -> Exact:
    return Exact(
        method="POST",
        address=served(seen, f"/months/{month}:close"),
        command=("gpumarket", "month", "close", month),
    )


def _page(
    seen: Visitor,
    filled: Filled,
    *,
    ahead: ClosedMonth | None = None,
    closed: str = "",
    after: str = "",
    status_: int = HTTPStatus.OK,
) -> Response:
    store, now = seen.caller.market.store, seen.caller.now
    checked_at: datetime | None = checked.last_clean(check_service.name(store))
    month = Month.of(month_seen.next_open(store, now), checked_at)
    found = service.listed(store, after=cursors.place_of(LISTED, after), limit=SHOWN)
    told, had = [ClosedMonth.of(one) for one in found], had_months(seen)
    facts: dict[str, Any] = {
        "sentence": sentence(month),
        "month": month,
        "items": list(zip(month.checklist, WAYS, strict=True)),
        "closed": told,
        "more": cursors.text_of(LISTED, found) or "",
        "first": not after,
        "over": [(name_of(one), said_of(one)) for one in had if following(one) <= now],
        "words": _said,
        "ahead": ahead,
        "sent": _exact(seen, ahead.month) if ahead else None,
        "filled": filled,
        "said": _was_closed(told, closed),
    }
    return tabbed(seen, HERE, "finance_months.html", facts, status=status_)
