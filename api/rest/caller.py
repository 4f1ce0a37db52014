"""Who asks, with which key, for which team."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.security import HTTPBearer
from starlette.datastructures import State

from api.rest.described import NEEDED
from api.rest.market import Market, market_of
from api.rest.sent import KEY, check_known
from api.wire.shape import Shape, stays_in_a_header
from marketplace.domain.actor import IN_TEAM, Actor, Role
from marketplace.domain.command import Command
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, LIMIT_MAX
from marketplace.domain.token import TokenKind
from marketplace.errors import BadField, Forbidden, Unrecognised
from marketplace.services.runner import Answer
from marketplace.services.token import Recognised

T = TypeVar("T")
REPLAYED: Final = "Idempotency-Replayed"


@dataclass(slots=True)
class Caller:
    """Whoever sent a request. Nobody reaches the market before they are recognised: that takes the
    database, and so the handler's own thread, where it is done at the first look at anything."""

    _served: Market
    _token: str
    response: Response
    _state: State
    _known: tuple[Recognised, datetime] | None = None
    kind: TokenKind = TokenKind.BEARER

    def _recognised(self) -> tuple[Recognised, datetime]:
        if self._known is None:
            self._known = self._served.recognise(self._token, self.kind)
            self._seen(self._known[0].actor)
        return self._known

    def _seen(self, actor: Actor) -> None:
        """For the log, and for what each caller may ask."""
        self._state.actor, self._state.token = actor.name, actor.token

    @property
    def actor(self) -> Actor:
        """Who it is. Raises ``Unrecognised``."""
        return self._recognised()[0].actor

    @property
    def now(self) -> datetime:
        """When the request came. Raises ``Unrecognised``."""
        return self._recognised()[1]

    @property
    def head(self) -> str:
        """Where the journal stood when the request came: what was made of the market while it stood
        there is true still. Raises ``Unrecognised``."""
        return self._recognised()[0].head

    @property
    def market(self) -> Market:
        """The market, for those who are recognised. Raises ``Unrecognised``."""
        self._recognised()
        return self._served

    def again(self) -> Actor:
        """Who it is by now. Raises ``Unrecognised`` where the token has ended since."""
        return self._served.recognise(self._token, self.kind)[0].actor

    def published(self, asked: Hashable, make: Callable[[], Shape]) -> Response:
        """An answer that is the same to all who ask for it in this second. ``asked`` names it and
        all that it depends on beside the market and the time."""
        found, now = self._recognised()
        return self._served.published.answer(asked, (found.head, now), make)

    def does(
        self, command: Command[T], key: str = "", *, dry_run: bool = False, secret: bytes = b""
    ) -> T:
        """Run a command, or rehearse it; an answer to a key that came before is marked as such.

        Raises the command's refusal as ``MarketError``.
        """
        runner = self._served.runner
        run = runner.rehearse if dry_run else runner.submit
        acting = None if self._known else self._served.remembered(self._token)
        actor, now = acting or (self.actor, self.now)
        self._seen(actor)
        call = Call(actor=actor, at=now, key=key, secret=secret)
        try:
            answer: Answer[T] = run(command, call)
        except Unrecognised:
            if acting is None:
                raise
            answer = run(command, replace(call, actor=self.actor, at=self.now))
        if answer.again:
            self.response.headers[REPLAYED] = "true"
        return answer.value

    def answer(self, shape: Shape, status: int) -> Response:
        """An answer that is ready: a shape is right by its making, and need not be tried again."""
        headers = dict(self.response.headers)
        return Response(shape.model_dump_json(), status, headers, "application/json")

    def team(self, asked: str) -> str:
        """The team that is meant: the one that was named, or the only one of the caller's.

        Raises ``Forbidden`` for another's, ``BadField`` where there is a choice.
        """
        if asked:
            if not self.actor.in_team(asked, IN_TEAM):
                raise Forbidden(self.actor.name, f"see {asked}", ("member", "lead"))
            return asked
        own = self.teams
        if len(own) != 1:
            raise BadField("team", asked, "not-one-of", {"choices": own})
        return own[0]

    @property
    def teams(self) -> tuple[str, ...]:
        """The caller's own teams."""
        return tuple(sorted({one.team for one in self.actor.standings if one.team}))

    def sees(self, team: str, also: frozenset[Role]) -> bool:
        """Whether the caller is in that team, or has a role that sees every team's."""
        return bool(self.actor.roles & also) or self.actor.in_team(team, IN_TEAM)

    def check_sees(self, team: str, also: frozenset[Role]) -> None:
        """Raises ``Forbidden`` where the caller does not see that team's."""
        if not self.sees(team, also):
            needed = ("member", "lead", *sorted(role.value for role in also))
            raise Forbidden(self.actor.name, f"see {team}", needed)

    def check_has(self, roles: frozenset[Role], what: str) -> None:
        """Raises ``Forbidden`` where the caller has none of the roles; ``what``: may not do."""
        if not self.actor.roles & roles:
            needed = tuple(role.value for role in Role if role in roles)
            raise Forbidden(self.actor.name, what, needed)

    def whose(self, asked: str, also: frozenset[Role]) -> str:
        """As ``team``; a role that sees every team's names any, or none for all of them."""
        return asked if self.actor.roles & also else self.team(asked)


class _Asked(HTTPBearer):
    """Who sent the request, not recognised yet. It is the document's security scheme and the caller
    in one: what stands for itself in each request is asked for by itself, which takes its time."""

    async def __call__(self, request: Request, response: Response) -> Caller:  # type: ignore[override]
        check_known(request)
        sent = await super().__call__(request)
        return Caller(market_of(request), sent.credentials if sent else "", response, request.state)


ASKED: Final = _Asked(
    auto_error=False,
    scheme_name="HTTPBearer",
    description="A token, as `gpumarket token add` prints it.",
)
KEY_TOLD: Final[dict[str, Any]] = {
    "alias": KEY,
    "description": "Makes the request safe to send again: the same key and body do nothing "
    "twice, and answer what became of the first. Keep it until you have the answer.",
    "examples": ["5f0c7a52-run-7"],
}
SentKey = Annotated[str, Header(**KEY_TOLD)]
SureKey = Annotated[str, Header(**KEY_TOLD, json_schema_extra={NEEDED: True})]
"""Required, though the header has a default: without it a request is refused in the market's words,
with the status 400 and not 422."""


def plain(key: str) -> str:
    """A key as it was meant. Raises ``BadField`` for one with other letters, which a header
    garbles: the same key would be another one elsewhere."""
    if not stays_in_a_header(key):
        raise BadField(KEY, key, "not-ascii")
    return key


async def any_key(key: SentKey = "") -> str:
    """The key of a request that may do without. Raises ``BadField``."""
    return plain(key)


AnyKey = Annotated[str, Depends(any_key)]


async def key_sent(key: SureKey = "") -> str:
    """The key of a request that moves credits. Raises ``BadField``, also where there is none."""
    if not key:
        raise BadField(KEY, "", "no-key")
    return plain(key)


Who = Annotated[Caller, Depends(ASKED)]
Key = Annotated[str, Depends(key_sent)]
DryRun = Annotated[
    bool, Query(description="Answer what would be done, by the same path, and undo it.")
]
After = Annotated[str, Query(description="Go on where a page ended: its `next`.")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="So many items at most.")]
OfTeam = Annotated[str, Query(description="Whose; needless where the token is in one team.")]
SomeTeam = Annotated[
    str, Query(description="Only this team's; needless where the token is in one team alone.")
]
TeamId = Annotated[str, Path(description="The team's id.", examples=["nlp"])]
A_PAGE: Final = LIMIT
SEES_ENDED: Final = frozenset({Role.FINANCE, Role.PLATFORM})
"""Who sees every team's orders, once they have ended and a cycle was cleared since."""
SEES_CREDITS: Final = frozenset({Role.FINANCE})
"""Who sees every team's grants, balances, holds and statements; members see their own."""
