"""Calendars for calendar programs: made by whoever may see them, read by a secret address."""

from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Request, Response

from api import icalendar_text as text
from api import secret as chance
from api.rest.caller import Caller, DryRun, TeamId, Who
from api.rest.market import Market, market_of
from api.rest.pools import PoolId
from api.wire.token import NewCalendar, Token
from marketplace.domain.command import MakeToken, RevokeToken
from marketplace.domain.token import TokenKind, calendar_request, sha256_of
from marketplace.errors import NotFound, Unrecognised
from marketplace.services import calendar as service
from marketplace.services import token as tokens

router: Final = APIRouter(prefix="/v1", tags=["calendars"])
Secret = Annotated[
    str, Path(max_length=100, description="What the address was made with.", examples=["gpm_…"])
]
FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The calendar (RFC 5545).", "content": {"text/calendar": {}}},
    304: {"description": "It is as it was under the ETag that was sent."},
}


@router.post(
    "/teams/{team}/calendar",
    status_code=201,
    operation_id="make_team_calendar",
    summary="Get an address of a team's calendar",
)
def make_for_team(
    team: TeamId, who: Who, request: Request, *, dry_run: DryRun = False
) -> NewCalendar:
    """An address at which calendar programs read what the team has won: for its members. Who has it
    needs no token, so it is in this answer alone, and asking again ends the one before. It ends
    too when its maker leaves the team; `DELETE` ends it at once."""
    return _made(who, request, team=who.team(team), dry_run=dry_run)


@router.delete(
    "/teams/{team}/calendar",
    operation_id="end_team_calendar",
    summary="End one's address of a team's calendar",
)
def end_for_team(team: TeamId, who: Who, *, dry_run: DryRun = False) -> Token:
    """Nothing is read by the caller's own address any more. A lead or an admin ends another's as a
    token: `GET /v1/tokens` names them, as of kind `calendar`."""
    return _ended(who, team=team, dry_run=dry_run)


@router.post(
    "/pools/{pool}/calendar",
    status_code=201,
    operation_id="make_pool_calendar",
    summary="Get an address of a pool's calendar",
)
def make_for_pool(
    pool: PoolId, who: Who, request: Request, *, dry_run: DryRun = False
) -> NewCalendar:
    """An address at which calendar programs read when the pool has units, when they are away and
    when cycles close; nothing of any team. Asking again ends the one before."""
    return _made(who, request, pool=pool, dry_run=dry_run)


@router.delete(
    "/pools/{pool}/calendar",
    operation_id="end_pool_calendar",
    summary="End one's address of a pool's calendar",
)
def end_for_pool(pool: PoolId, who: Who, *, dry_run: DryRun = False) -> Token:
    """Nothing is read by the caller's own address any more."""
    return _ended(who, pool=pool, dry_run=dry_run)


@router.get(
    "/calendars/{secret}.ics",
    operation_id="read_calendar",
    summary="A calendar, for calendar programs",
    response_class=Response,
    responses=FILE,
)
def read(
    secret: Secret,
    request: Request,
    *,
    if_none_match: Annotated[str, Header(description="The ETag of the last answer.")] = "",
) -> Response:
    """What the address was made for, from thirty days ago to a year from now, in UTC: no token is
    needed beside it. A time-box keeps its entry; what was given back or failed is cancelled in it,
    or shorter."""
    market = market_of(request)
    body = _file(market, request, secret)
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    if known & {etag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=text.MEDIA_TYPE)


def _made(
    who: Caller, request: Request, *, team: str = "", pool: str = "", dry_run: bool
) -> NewCalendar:
    """The address; none where it was only tried, for it would be good for nothing."""
    drawn = chance.drawn()
    asked = calendar_request(who.actor, sha256_of(drawn), who.now, team=team, pool=pool)
    made = who.does(MakeToken(asked), dry_run=dry_run)
    address = "" if dry_run else f"{request.base_url}v1/calendars/{drawn}.ics"
    return NewCalendar.made(made, address)


def _ended(who: Caller, *, team: str = "", pool: str = "", dry_run: bool) -> Token:
    person = who.actor.name.partition(":")[2]
    found = tokens.calendar(who.market.store, person, team=team, pool=pool)
    return Token.of(who.does(RevokeToken(found.id), dry_run=dry_run))


def _file(market: Market, request: Request, secret: str) -> bytes:
    """The calendar of an address. Raises ``NotFound``, which says nothing of the address: neither
    what it was, nor what else its secret may be good for."""
    try:
        found, now = market.recognise(secret, TokenKind.CALENDAR)
    except Unrecognised:
        raise NotFound("calendar", "") from None
    request.state.reader = found.actor.name  # for the log; nobody acts here
    team, pool = found.calendar
    if pool:
        told = service.of_pool(market.store, pool, now)
        return market.published.kept(("pool's calendar", pool), told, lambda: text.of_pool(told))
    won = service.of_team(market.store, team, now)
    return market.published.kept(("team's calendar", team), won, lambda: text.of_team(won))
