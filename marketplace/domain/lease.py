"""Who leads: of several clocks on one database, the one whose commands count."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

TTL: Final = timedelta(seconds=15)
"""How long a leader is believed in after its last sign of life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Leading, for a time. ``fence`` grows with each new leader, and goes with each command of the
    clock: one that slept and still believes that it leads cannot commit.

    Source: M. Kleppmann, How to do distributed locking (2016): fencing tokens.
    """

    name: str
    holder: str
    fence: int
    until: datetime

    def taken(self, holder: str, now: datetime) -> Self | None:
        """The lease as ``holder`` has it from ``now`` on; None where another one leads.

        An end further off than any leader could have set it was written by another clock: it
        binds nobody.
        """
        if self.holder == holder:
            return replace(self, until=now + TTL)
        if now < self.until <= now + TTL:
            return None
        return replace(self, holder=holder, fence=self.fence + 1, until=now + TTL)
