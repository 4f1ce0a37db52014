"""The audit trail: who did what and when, for those who may read the journal."""

from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from api import cursors
from api.rest.journal import READS
from api.web.operating import JOURNAL, tabbed
from api.web.refusals import Page
from api.web.visitor import Seen
from marketplace.domain.commands import COMMANDS, kind_of
from marketplace.domain.journal import Sought
from marketplace.services import journal as service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = JOURNAL
LINES: Final = 50
LISTING: Final = "journal, newest first"


@router.get(HERE)
def journal(
    seen: Seen,
    *,
    command: str = "",
    team: str = "",
    actor: str = "",
    refused: str = "",
    after: str = "",
) -> Response:
    """The journal's lines, the newest first: all, or those of a command, a team, an actor."""
    who = seen.caller
    who.check_has(READS, "read the journal")
    what = Sought(
        kind=command.strip(), scope=team.strip(), actor=actor.strip(), refused=refused == "yes"
    )
    place = cursors.place_of(LISTING, after)
    found = service.sought(who.market.store, what, after=place, limit=LINES)
    asked = {"command": what.kind, "team": what.scope, "actor": what.actor}
    asked["refused"] = "yes" if what.refused else ""
    facts: dict[str, Any] = {
        "sentence": sentence(found.items, newest=not after and what == Sought()),
        "lines": found.items,
        "kinds": sorted(kind_of(one) for one in COMMANDS),
        "what": what,
        "newest": _address(asked, "") if after else "",
        "older": _address(asked, cursors.text_of(LISTING, found) or ""),
        "more": found.next is not None,
        "filtered": any(asked.values()),
    }
    return tabbed(seen, HERE, "journal.html", facts)


def sentence(lines: tuple[service.Told, ...], *, newest: bool) -> str:
    """How many commands there were, and the last; or which lines are shown."""
    if not lines:
        return "No such line in this part of the journal"
    one = lines[0]
    if not newest:
        return f"Lines {lines[-1].seq:,} to {one.seq:,} of the journal"
    did = "was" if one.accepted else "was refused:"
    return f"{one.seq:,} commands so far; the last {did} {one.kind} by {one.actor}"


def _address(asked: dict[str, str], after: str) -> str:
    query = {name: text for name, text in {**asked, "after": after}.items() if text}
    return f"{HERE}?{urlencode(query)}" if query else HERE
