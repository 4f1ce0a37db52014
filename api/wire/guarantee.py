"""How firm what an order wins is, as data."""

from datetime import timedelta
from typing import Any

from pydantic import Field

from api.wire.shape import Credits, Duration, Shape, credits_of
from marketplace.domain import guarantee as domain
from pricing.units import ucr_from_credits


class Guaranteed(Shape):
    """What the market may still change of what is won, and until when."""

    guarantee: domain.Kind = Field(
        default=domain.Kind.FIRM,
        description="`firm`: nothing changes. `movable`: it is kept, and its start may change "
        "within the order's window. `recallable`: the market may buy it back.",
    )
    buy_out: Credits | None = Field(
        default=None,
        description="Of a recallable one: for how much, at most its options' value; without it "
        "for what the bid is worth.",
    )
    gate: Duration | None = Field(
        default=None,
        description="So long before its start nothing changes any more; without it as the "
        "market's rules say.",
    )

    def to_guarantee(self) -> domain.Guarantee:
        """The guarantee that is meant."""
        buy_out_ucr = None if self.buy_out is None else ucr_from_credits(self.buy_out)
        return domain.Guarantee(kind=self.guarantee, buy_out_ucr=buy_out_ucr, gate=self.gate)


def said_of(one: domain.Guarantee) -> dict[str, Any]:
    """A guarantee as fields of a body."""
    buy_out = None if one.buy_out_ucr is None else credits_of(one.buy_out_ucr)
    gate: timedelta | None = one.gate
    return {"guarantee": one.kind, "buy_out": buy_out, "gate": gate}
