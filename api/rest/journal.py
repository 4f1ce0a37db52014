"""The journal: who did what, and when."""

from typing import Final

from fastapi import APIRouter

from api import cursors
from api.rest.caller import A_PAGE, After, Limit, Who
from api.wire.journal import JournalLine
from api.wire.page import Page
from marketplace.domain.actor import Role
from marketplace.services import journal as service

router: Final = APIRouter(prefix="/v1/journal", tags=["journal"])
READS: Final = frozenset({Role.ADMIN, Role.PLATFORM, Role.FINANCE})


@router.get("", operation_id="list_journal", summary="Who did what, and when")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[JournalLine]:
    """The journal's lines in the order in which they were written, for admins, platform leads and
    finance. A line says who, when, which command, for which team, and whether it was accepted: what
    was bid or given is in none."""
    who.check_has(READS, "read the journal")
    found = service.listed(who.market.store, after=cursors.place_of("journal", after), limit=limit)
    return Page[JournalLine].of("journal", found, JournalLine.of)
