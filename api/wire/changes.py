"""What clearings changed of awards that stood in them: moved, or bought back, and for whom."""

from collections.abc import Callable
from datetime import datetime
from typing import Self

from pydantic import Field

from allocator.answers import changes as answers
from allocator.answers.explain import Holder
from allocator.problem import Bid
from allocator.problem import Standing as Stood
from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain.cycle import Cycle
from marketplace.domain.standing import Standing

Clock = Callable[[int], datetime]


class Taker(Shape):
    """A winner that has what somebody gave up, under its names in the files."""

    bid: str
    team: str
    pool: str
    units: int
    start_time: Instant
    end_time: Instant
    standing: bool = Field(description="Whether it was won before, and was moved there.")
    value_credits: Credits
    paid_credits: Credits

    @classmethod
    def of(cls, one: Holder, owner: Bid, at: Clock) -> Self:
        """A winner as data; ``owner``: its bid."""
        return cls(
            bid=one.award.bid,
            team=one.team,
            pool=one.pool,
            units=one.units,
            start_time=at(one.start),
            end_time=at(one.end),
            standing=owner.standing is not None,
            value_credits=credits_of(owner.options[one.award.option].value_ucr),
            paid_credits=credits_of(one.award.payment_ucr),
        )


class Change(Shape):
    """What a cycle changed of an award, under its names in that cycle's files."""

    cycle: str
    at: Instant | None = Field(description="When it was settled; null of two files alone.")
    bid: str
    team: str
    guarantee: Stood
    start_time: Instant = Field(description="Where it started before.")
    to_time: Instant | None = Field(description="Where it starts now; null: it was bought back.")
    buy_out_credits: Credits | None = Field(description="For how much it was bought back.")
    gained_credits: Credits | None = Field(description="Of that, what is beyond what was paid.")
    kept_credits: Credits = Field(
        description="What it would have counted for where it was, beyond what it counted for as it "
        "is now: the buy-out and the least gain, or the least gain alone where it was moved."
    )
    takers: list[Taker] = Field(description="Who has its place, and had not before.")

    @classmethod
    def of(cls, one: answers.Change, owners: dict[str, Bid], at: Clock) -> Self:
        """A change as the files have it; ``owners``: all bids, by their names."""
        stood = one.bid.standing
        if stood is None:
            raise ValueError(f"{one.bid.id} stood in no clearing")
        return cls(
            cycle="",
            at=None,
            bid=one.bid.id,
            team=one.bid.team,
            guarantee=stood,
            start_time=at(one.start),
            to_time=None if one.to is None else at(one.to),
            buy_out_credits=None,
            gained_credits=None,
            kept_credits=credits_of(one.kept_ucr),
            takers=[Taker.of(each, owners[each.award.bid], at) for each in one.takers],
        )

    def known(self, cycle: Cycle, award: Standing) -> Self:
        """The same with what the market knows beside the files."""
        bought = self.to_time is None
        return self.model_copy(
            update={
                "cycle": cycle.id,
                "at": cycle.settled_at,
                "buy_out_credits": credits_of(award.buy_out_ucr) if bought else None,
                "gained_credits": credits_of(award.gain_ucr) if bought else None,
            }
        )


class MadeRoom(Shape):
    """What a winner has of an award that gave its place up, under that one's names in the files."""

    bid: str
    team: str
    guarantee: Stood
    pool: str
    units: int
    start_time: Instant
    end_time: Instant
    to_time: Instant | None = Field(description="Where that one starts now; null: bought back.")

    @classmethod
    def of(cls, one: answers.Taken, at: Clock) -> Self:
        """What it has as data."""
        part = one.part
        return cls(
            bid=one.bid.id,
            team=one.bid.team,
            guarantee=one.bid.standing or Stood.MOVABLE,
            pool=part.pool,
            units=part.units,
            start_time=at(part.start),
            end_time=at(part.end),
            to_time=None if one.to is None else at(one.to),
        )
