"""Follow the newest events once for all who listen: a change costs one query, however many do.

A thread looks each half second, while somebody listens; it wakes listeners in their event loop.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from fastapi.sse import format_sse_event

from api.wire.event import Event
from marketplace.domain.event.audience import Reader, may_read
from marketplace.domain.event.token import TokenEnded, TokenNarrowed
from marketplace.domain.event.wire import Told
from marketplace.errors import MarketError
from marketplace.services import event as events
from marketplace.store.engine import Store

log: Final = logging.getLogger(__name__)
TOKEN_CHANGED: Final = (TokenEnded, TokenNarrowed)
LOOK_S: Final = 0.5
AT_ONCE: Final = 500
WAITING_MOST: Final = 20_000
"""So many events may wait for a listener that reads slowly; it is sent away then, and comes again
with the last that it has."""


@dataclass(frozen=True, slots=True)
class Interest:
    """As whom somebody listens, and for which kinds: none for all."""

    readers: frozenset[Reader]
    kinds: frozenset[str]

    def of(self, told: Told) -> bool:
        """Whether it is about that event."""
        wanted = not self.kinds or told.event.kind in self.kinds
        return wanted and may_read(told.event, self.readers)


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as it is sent."""

    id: int
    kind: str
    text: bytes

    @classmethod
    def of(cls, told: Told) -> "Frame":
        """The event that is told."""
        text = Event.of(told).model_dump_json()
        kind = told.event.kind
        return cls(told.id, kind, format_sse_event(data_str=text, event=kind, id=str(told.id)))


@dataclass(eq=False, slots=True)
class Listener:
    """Somebody who listens, in an event loop; what waits for them is given by another thread.
    ``token``: the id of the one that they were recognised by."""

    interest: Interest
    token: str
    loop: asyncio.AbstractEventLoop
    over: bool = False
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: deque[Frame] = field(default_factory=deque)

    def give(self, frames: Sequence[Frame]) -> None:
        """Let them have events; from the thread that follows."""
        if frames:
            self._waiting.extend(frames)
            if len(self._waiting) > WAITING_MOST:
                self.over = True
            self._wake()

    def end(self) -> None:
        """Send them away."""
        self.over = True
        self._wake()

    def _wake(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self._awake.set)
        except RuntimeError:  # its loop has ended, and so has it
            self.over = True

    async def heard(self, patience_s: float) -> list[Frame]:
        """What has happened, as soon as something has; nothing when patience ends, or all is
        over."""
        if not self._waiting and not self.over:
            try:
                await asyncio.wait_for(self._awake.wait(), patience_s)
            except TimeoutError:
                return []
        self._awake.clear()
        return [self._waiting.popleft() for _ in range(len(self._waiting))]


@dataclass(slots=True)
class Tail:
    """Who listens, and how far their market's events have been followed."""

    store: Store
    position: int = 0
    _listeners: set[Listener] = field(default_factory=set)
    _mind: threading.Lock = field(default_factory=threading.Lock)
    _follows: bool = False
    _ended: threading.Event = field(default_factory=threading.Event)

    def join(self, listener: Listener) -> None:
        """Listen: to all that is told from now on, and to what was within half a second before. It
        reads the database."""
        with self._mind:
            if self._ended.is_set():
                listener.end()
                return
            if not self._follows:
                self.position = events.newest(self.store)
                self._follows = True
                threading.Thread(target=self._follow, name="events", daemon=True).start()
            self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """Listen no more."""
        with self._mind:
            self._listeners.discard(listener)

    def end(self) -> None:
        """Send all away, and let nobody in any more: the server stops."""
        self._ended.set()
        for one in tuple(self._listeners):
            one.end()

    def _follow(self) -> None:
        try:
            while not self._done():
                if self._look() < AT_ONCE:
                    self._ended.wait(LOOK_S)
        except BaseException:
            with self._mind:  # a bug: who listens must not wait for ever
                self._follows = False
                for one in self._listeners:
                    one.end()
            raise

    def _done(self) -> bool:
        with self._mind:
            self._follows = bool(self._listeners) and not self._ended.is_set()
            return not self._follows

    def _look(self) -> int:
        """Tell what is new; how many events that were."""
        try:
            found = events.since(self.store, self.position, AT_ONCE)
        except MarketError:  # the database is away: they wait, and so do we
            log.warning("events cannot be read now", exc_info=True)
            return 0
        if found:
            with self._mind:
                self.position = found[-1].id
                self._tell(found)
        return len(found)

    def _tell(self, found: Sequence[Told]) -> None:
        """Many listen as the same readers: what is for them is picked once. Whose token has become
        another is sent away, to be recognised again or not."""
        frames = {one.id: Frame.of(one) for one in found}
        picked: dict[Interest, list[Frame]] = {}
        changed = {one.event.token for one in found if isinstance(one.event, TOKEN_CHANGED)}
        for listener in self._listeners:
            if listener.token in changed:
                listener.end()
            interest = listener.interest
            if interest not in picked:
                picked[interest] = [frames[one.id] for one in found if interest.of(one)]
            listener.give(picked[interest])
