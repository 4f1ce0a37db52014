"""The manual clock's door: ``POST /v1/test/advance`` moves it, and does what falls due."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request

from api.rest.caller import Who
from api.rest.market import Market, utc_now
from api.wire.advance import AdvanceBody, Advanced
from marketplace.domain.actor import Role
from marketplace.errors import Forbidden
from marketplace.services import clock, manual_clock
from marketplace.store.engine import Store

router: Final = APIRouter(prefix="/v1/test", tags=["test"])


@dataclass(slots=True)
class ManualClock:
    """What time it is, until somebody moves it; one at a time."""

    store: Store
    start: datetime | None = None  # of a new one; none: now
    seed: int | None = None  # of the names in published files; none: nobody can guess them
    now: datetime = field(init=False)
    mind: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.now = manual_clock.begin(self.store, self.start or utc_now())

    def __call__(self) -> datetime:
        """What time it is."""
        return self.now

    def move(self, market: Market, to: datetime) -> Advanced:
        """Move to a time; what falls due on the way is done at its own time.

        Raises ``TooEarly`` and ``BadField``."""
        manual_clock.move(self.store, self.now, to)
        ticks, cycles = 0, list[str]()
        while clock.due(self.store, to):
            dues = [one.at for one in clock.next_due(self.store)]
            if not clock.due(self.store, self.now):
                self.now = max(self.now, dues[0])
            passed = clock.advance(market.runner, self.now, self._salt())
            ticks += passed.tick is not None
            cycles += [passed.run.cycle.id] if passed.run else []
            if dues == [one.at for one in clock.next_due(self.store)]:
                break  # whatever is left waits for more than time
        self.now = to
        return Advanced(now=to, ticks=ticks, cycles=cycles)

    def _salt(self) -> bytes:
        """What the names in the files of the cycle that closes now are drawn from."""
        if self.seed is None:
            return secrets.token_bytes(16)
        return manual_clock.salt(self.seed, self.now)


@router.post("/advance", operation_id="advance_clock", summary="Move the manual clock")
def advance(body: AdvanceBody, who: Who, request: Request) -> Advanced:
    """Move the clock by a while, or to a time, and do what falls due on the way, each at its own
    time. There is no such route on the real clock. Takes the role admin."""
    if not any(one.role is Role.ADMIN for one in who.actor.standings):
        raise Forbidden(who.actor.name, "move the clock", (Role.ADMIN.value,))
    moved: ManualClock = request.app.state.manual_clock
    with moved.mind:
        return moved.move(who.market, body.target(moved.now))
