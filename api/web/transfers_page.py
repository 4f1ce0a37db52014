"""Transfers between all teams, for finance: what waits for an answer, and what became of others."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from api.rest import credit_transfers as rest
from api.web.finance_desk import TRANSFERS, check, tabbed
from api.web.page import credits as shown
from api.web.refusals import Page
from api.web.visitor import Seen
from api.wire.credit_transfer import CreditTransfer
from marketplace.domain.credit_transfer import CreditTransferState
from marketplace.services import credit_transfer as service
from marketplace.services import team as team_service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = TRANSFERS
ROWS: Final = 30
STATES: Final = {
    CreditTransferState.PROPOSED.value: "waits for an answer",
    CreditTransferState.ACCEPTED.value: "accepted",
    CreditTransferState.REFUSED.value: "refused",
    CreditTransferState.WITHDRAWN.value: "taken back",
    CreditTransferState.LAPSED.value: "lapsed: nobody answered",
}


@router.get(HERE)
def transfers(seen: Seen, *, team: str = "", state: str = "", after: str = "") -> Response:
    """Transfers of all teams, the newest first: those of one team, or in one state."""
    check(seen)
    who, team = seen.caller, team.strip()
    only = CreditTransferState.named(state)
    found = rest.listed(who, team=team, state=only, after=after, limit=ROWS)
    waiting = service.waiting(who.market.store, "", who.now)
    asked = {name: text for name, text in (("team", team), ("state", state)) if text}
    facts: dict[str, Any] = {
        "sentence": sentence([CreditTransfer.of(one) for one in waiting]),
        "found": found,
        "states": STATES,
        "state": state,
        "team": team,
        "teams": team_service.names(who.market.store),
        "here": f"{HERE}?{urlencode(asked)}" if asked else HERE,
        "older": urlencode({**asked, "after": found.next}) if found.next else "",
        "first": not after,
        "now": who.now,
    }
    return tabbed(seen, HERE, "finance_transfers.html", facts)


def sentence(waiting: Sequence[CreditTransfer]) -> str:
    """How much waits for an answer, of all teams."""
    if not waiting:
        return "No transfer between teams waits for an answer"
    amount = shown(sum((one.credits for one in waiting), Decimal(0)))
    if len(waiting) == 1:
        return f"One transfer between teams waits for an answer: {amount} credits are set aside"
    many = f"{len(waiting):,} transfers between teams wait for an answer"
    return f"{many}: {amount} credits are set aside"
