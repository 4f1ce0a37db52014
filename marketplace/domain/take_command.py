"""Taking what the last cycle left over, as data: what a team does."""

from dataclasses import dataclass

from marketplace.domain.command import Command
from marketplace.domain.taking import Extended, Longer, Taken, TakingRequest


@dataclass(frozen=True, slots=True)
class TakeNow(Command[Taken]):
    """Take free time before the next cycle sells, at once and for sure."""

    request: TakingRequest

    @property
    def key(self) -> str:
        """The request's own."""
        return self.request.key

    @property
    def scope(self) -> str:
        """The team's."""
        return self.request.team


@dataclass(frozen=True, slots=True)
class ExtendReservation(Command[Extended]):
    """Let a time-box last longer, where its units are free behind it before the next sale."""

    reservation: str
    longer: Longer
