"""Credit lines: what teams may draw where their own credits do not suffice."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, DryRun, Key, Limit, SomeTeam, Who
from api.wire.credit_line import (
    CreditLine,
    CreditLineBody,
    CreditLineChangeBody,
    CreditLineCloseBody,
)
from api.wire.page import Page
from marketplace.errors import NotFound
from marketplace.services import credit_line_seen as service

router: Final = APIRouter(prefix="/v1/credit-lines", tags=["credit lines"])
LineId = Annotated[str, Path(description="The line's id.", examples=["nlp-line"])]


@router.get("", operation_id="list_credit_lines", summary="Credit lines")
def listed(
    who: Who, *, team: SomeTeam = "", after: After = "", limit: Limit = A_PAGE
) -> Page[CreditLine]:
    """Lines by id, those that are over too: of one of the caller's teams; for finance of any, or of
    all."""
    place = cursors.place_of("credit-lines", after)
    whose = who.whose(team, SEES_CREDITS)
    found = service.listed(who.market.store, whose, after=place, limit=limit, now=who.now)
    return Page[CreditLine].of("credit-lines", found, lambda one: CreditLine.of(one, who.now))


@router.get("/{line}", operation_id="get_credit_line", summary="One credit line")
def get(line: LineId, who: Who) -> CreditLine:
    """A line of one of the caller's teams; for finance any."""
    found = service.get(who.market.store, line, now=who.now)
    if not who.sees(found.team, SEES_CREDITS):
        raise NotFound("credit line", line)
    return CreditLine.of(found, who.now)


@router.post("", status_code=201, operation_id="set_credit_line", summary="Let a team draw credits")
def make(body: CreditLineBody, who: Who, key: Key, *, dry_run: DryRun = False) -> CreditLine:
    """Let a team draw credits where its own do not suffice, up to a limit: finance does. A team has
    one line at a time."""
    made = who.does(body.to_command(), key, dry_run=dry_run)
    return CreditLine.of(made, who.now)


@router.post("/{line}:change", operation_id="change_credit_line", summary="Change a credit line")
def change(
    line: LineId, body: CreditLineChangeBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> CreditLine:
    """Let a line have another limit, no less than is drawn, or another end: finance does."""
    return CreditLine.of(who.does(body.to_command(line), key, dry_run=dry_run), who.now)


@router.post("/{line}:close", operation_id="close_credit_line", summary="Close a credit line")
def close(
    line: LineId, body: CreditLineCloseBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> CreditLine:
    """Let nothing more be drawn: finance does. What it holds moves to other credits of its team, or
    what waits on it ends; what is owed stays owed."""
    return CreditLine.of(who.does(body.to_command(line), key, dry_run=dry_run), who.now)
