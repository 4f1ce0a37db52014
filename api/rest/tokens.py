"""Tokens, and signing in."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request

from api import cursors, secret
from api.rest.caller import A_PAGE, After, DryRun, Limit, Who
from api.rest.market import Market, market_of
from api.wire.page import Page
from api.wire.token import Me, NewToken, SignIn, Token, TokenBody
from marketplace.domain.command import ExchangeToken, MakeToken, RevokeToken
from marketplace.domain.token import TokenKind, sha256_of
from marketplace.services import token as service

router: Final = APIRouter(prefix="/v1", tags=["tokens"])
SIGNED_IN_FOR: Final = timedelta(days=90)
TokenId = Annotated[str, Path(description="The token's id.", examples=["tok_0123456789abcdef"])]


@router.get("/me", operation_id="who_am_i", summary="Who the token says you are")
def me(who: Who) -> Me:
    """The person, and the roles, that the token stands for."""
    return Me.of(who.actor, who.now)


@router.post("/tokens", status_code=201, operation_id="make_token", summary="Make a token")
def make(body: TokenBody, who: Who, *, dry_run: DryRun = False) -> NewToken:
    """Make a token for oneself with roles that one has; a lead for the own team, an admin for
    anybody. Its text is in this answer alone: the market keeps its hash. With `dry_run` there is no
    text, for it would be good for nothing."""
    text = secret.drawn()
    made = who.does(MakeToken(body.to_request(sha256_of(text))), dry_run=dry_run)
    return NewToken.made(made, "" if dry_run else text)


@router.get("/tokens", operation_id="list_tokens", summary="Tokens that you may revoke")
def listed(
    who: Who,
    *,
    person: Annotated[str, Query(description="Only this person's.")] = "",
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[Token]:
    """Tokens by person, with about when each was last used."""
    place = cursors.place_of("tokens", after)
    who.market.write_uses()
    found = service.listed(who.market.store, who.actor, person, after=place, limit=limit)
    return Page[Token].of("tokens", found, Token.seen)


@router.delete("/tokens/{token}", operation_id="revoke_token", summary="Revoke a token")
def revoke(token: TokenId, who: Who, *, dry_run: DryRun = False) -> Token:
    """End a token now: whoever has it is recognised no more."""
    return Token.of(who.does(RevokeToken(token), dry_run=dry_run))


@router.post("/sign-in", operation_id="sign_in", summary="Exchange a sign-in link's token")
def sign_in(body: SignIn, request: Request) -> NewToken:
    """Use up the token of a sign-in link, for one that is good for any request."""
    return signed_in(market_of(request), body.token)


def signed_in(market: Market, link: str) -> NewToken:
    """The token that a sign-in link's is exchanged for. Raises ``Unrecognised``."""
    now, text = market.clock(), secret.drawn()
    actor = service.recognise(market.store, link, now, TokenKind.SIGN_IN).actor
    command = ExchangeToken(sha256_of(link), sha256_of(text), now + SIGNED_IN_FOR)
    return NewToken.made(market.runner.run(command, by=actor, at=now), text)
