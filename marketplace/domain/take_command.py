"""Taking what the last cycle left over, as data: what a team does."""

from dataclasses import dataclass

from marketplace.domain.command import Command
from marketplace.domain.taking import Taken, TakingRequest


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
