"""How firm what an order wins is: what the market may still change of it, and until when.

The three kinds are the choice of whoever places the order. What they are worth was measured: a
market that sells good hours early to what is known early gains by the right to think again.
Callable products: Gallego, Kou and Phillips, Management Science 54(3), 2008.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.errors import BadField
from marketplace.rules import MarketRules
from marketplace.words import Credits

GATE_MOST: Final = timedelta(days=14)


class Kind(StrEnum):
    """What may become of a time-box before its gate: each lets the market do what the one before
    it does, and something more."""

    FIRM = "firm"  # nothing: it is the team's, as it was won
    MOVABLE = "movable"  # the win is kept; its start may change within the order's window
    RECALLABLE = "recallable"  # the market may buy it back, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """A kind with its terms. ``buy_out_ucr``: at which the market may buy it back; None for what
    the bid was worth. ``gate``: so long before its start nothing changes any more; None for as long
    as the rules say."""

    kind: Kind = Kind.FIRM
    buy_out_ucr: int | None = None
    gate: timedelta | None = None

    def gate_by(self, rules: MarketRules) -> timedelta:
        """How long before its start nothing changes any more."""
        return rules.gate if self.gate is None else max(self.gate, rules.gate)


FIRM: Final = Guarantee()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a time-box that was won still is. ``until``: until then the market may change it, where
    it may at all; ``moves``: whether it may then move it; ``buy_out_ucr``: for what it may then buy
    it back, or did buy it back."""

    kind: Kind = Kind.FIRM
    until: datetime | None = None
    moves: bool = False
    buy_out_ucr: int | None = None


FIXED: Final = Terms()
"""Of a time-box that nothing changes."""


def check_guarantee(one: Guarantee, values_ucr: tuple[int, ...], rules: MarketRules) -> None:
    """Refuse terms that mean nothing, or a buy-out above what any of the bid's options is worth:
    no credits are held for it. Raises ``BadField``."""
    buy_out_ucr, gate = one.buy_out_ucr, one.gate
    if buy_out_ucr is not None:
        if one.kind is not Kind.RECALLABLE:
            raise BadField("buy_out", Credits(buy_out_ucr), "not-recallable", {"kind": one.kind})
        least_ucr = min(values_ucr, default=0)
        if not 0 < buy_out_ucr <= least_ucr:
            facts = {"most": Credits(least_ucr)}
            raise BadField("buy_out", Credits(buy_out_ucr), "over-value", facts)
    if gate is not None:
        if one.kind is Kind.FIRM:
            raise BadField("gate", gate, "firm-anyway")
        if not rules.gate <= gate <= GATE_MOST or gate % rules.slot:
            span = {"least": rules.gate, "most": GATE_MOST, "slot": rules.slot}
            raise BadField("gate", gate, "gate-out-of-range", span)
