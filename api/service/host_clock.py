"""This machine's clock, for a market that is served: as long as it can be believed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api import heartbeat
from api.rest.market import utc_now
from marketplace.services import host_clock
from marketplace.services.host_clock import FURTHEST, Beat
from marketplace.store.engine import Store


@dataclass(slots=True)
class HostClock:
    """What time it is. Making and asking it raise ``ClockAhead`` where the clock has been put
    forward by more than an hour; an operator who says what time it is ends that."""

    store: Store
    _believed: tuple[datetime, Beat] = field(init=False)

    def __post_init__(self) -> None:
        self._believe(utc_now(), heartbeat.beat())

    def __call__(self) -> datetime:
        """What time it is."""
        now, beat = utc_now(), heartbeat.beat()
        at, then = self._believed
        if now - at > FURTHEST + timedelta(seconds=beat.seconds - then.seconds):
            self._believe(now, beat)
        return now

    def _believe(self, now: datetime, beat: Beat) -> None:
        host_clock.believe(self.store, now, beat)
        self._believed = (now, beat)
