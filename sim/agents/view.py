"""What a team sees of the market: only what the API would show it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.capacity import Pool
from marketplace.domain.order import Order
from marketplace.domain.price import Published
from marketplace.domain.reservation import Reservation
from marketplace.rules import MarketRules
from sim.demand.organisation import TeamSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """A grant of the team's: what of it is free, and until when it can be spent."""

    grant: str
    free_ucr: int
    amount_ucr: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The market as one team sees it at one moment. Never another team's open bid (§7.11)."""

    now: datetime
    team: TeamSpec
    rules: MarketRules
    end: datetime  # of the run: the team's planning ends here
    until: datetime  # what is known to happen before this counts as known now
    closes_at: datetime  # when the next cycle closes
    sale_start: datetime  # the first slot that it sells
    pools: Mapping[str, Pool]
    published: Sequence[Published]  # settled cycles' prices, the oldest first
    orders: Mapping[str, Order]  # its own that are open, by id
    news: Sequence[Order]  # its own that ended, or lost and wait on, since it was asked last
    failed: Sequence[Reservation]  # its own time-boxes that failed since then
    look: Callable[[], tuple[Purse, ...]]  # what ``purses`` finds, looked up when asked

    @property
    def purses(self) -> tuple[Purse, ...]:
        """Its grants that are not over, the earliest-ending first."""
        return self.look()

    @property
    def free_ucr(self) -> int:
        """Credits that an order placed now can hold."""
        return sum(
            one.free_ucr
            for one in self.purses
            if one.start <= self.now and self.closes_at < one.end
        )

    @property
    def starts_before(self) -> datetime:
        """The next cycle sells starts before this."""
        return self.sale_start + self.rules.start_slots * self.rules.slot
