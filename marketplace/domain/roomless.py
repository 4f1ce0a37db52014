"""Orders that a book had no room for at any start: told so once, however many cycles it stays so.

An order that waits on while none of its starts has room is in no frozen book. It is kept from which
cycle to which that was so, and what it asked for: from that the published list of each cycle is
made, under the names that the cycle's secret gives.
"""

from dataclasses import dataclass

from allocator.problem import Bid
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import Entry, alias, bid_options
from marketplace.domain.order import Option
from marketplace.rules import MarketRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Roomless:
    """An order without room in every book from cycle ``since`` to ``until``, both included; without
    an end to this day. ``options``: what it asked for then."""

    order_id: str
    team: str
    options: tuple[Option, ...]
    since: int
    until: int | None

    def entry(self, salt: bytes) -> Entry:
        """Under which names it stands among those without room, by a cycle's secret."""
        return Entry(
            order_id=self.order_id,
            alias=alias(salt, "bid", self.order_id),
            team_alias=alias(salt, "team", self.team),
            options=(),
        )

    def bid(self, salt: bytes, span: Span, rules: MarketRules) -> Bid:
        """What it would have bid in the cycle that sells ``span``."""
        named = self.entry(salt)
        asked = tuple(option for _, option in bid_options(self.options, span, rules))
        return Bid(named.alias, named.team_alias, asked)
