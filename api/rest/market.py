"""The market that is served: its database, its runner, its clock."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import Request

from api.rest.published import Published
from api.rest.tail import Tail
from marketplace.domain.actor import Actor
from marketplace.domain.token import TokenKind
from marketplace.services import token
from marketplace.services.runner import Runner
from marketplace.services.token import Known, Recognised
from marketplace.store.engine import Store

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(slots=True)
class Market:
    """One market, for all requests of this process; ``stands``: whether its time
    stands until it is moved by hand; ``uses``: when tokens were used and that is not written down
    yet."""

    store: Store
    clock: Clock = utc_now
    stands: bool = False
    runner: Runner = field(init=False)
    tail: Tail = field(init=False)
    uses: dict[str, datetime] = field(default_factory=dict)
    published: Published = field(default_factory=Published)
    _tokens: Known = field(default_factory=Known)
    _mind: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.runner, self.tail = Runner(self.store), Tail(self.store)

    def recognise(
        self, text: str, kind: TokenKind = TokenKind.BEARER
    ) -> tuple[Recognised, datetime]:
        """Who sent that token, and what time it is. Raises ``Unrecognised``."""
        now = self.clock()
        found = token.recognise(self.store, text, now, kind, known=self._tokens)
        with self._mind:
            self.uses[found.actor.token] = now
        return found, now

    def remembered(self, text: str) -> tuple[Actor, datetime] | None:
        """Who sent a token that was recognised before, and what time it is: for commands alone,
        which look again before they are done."""
        now = self.clock()
        found = token.remembered(text, now, self._tokens)
        if found is None:
            return None
        with self._mind:
            self.uses[found.token] = now
        return found, now

    def write_uses(self) -> None:
        """Write down when tokens were used."""
        with self._mind:
            uses, self.uses = self.uses, {}
        token.note_used(self.store, uses)


def market_of(request: Request) -> Market:
    """The market that the request's service is for."""
    found: Market = request.app.state.market
    return found
