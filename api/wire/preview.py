"""Previews: what an order would cost, hold and have for a chance."""

from collections.abc import Iterable
from typing import Any, Self

from pydantic import Field

from api.wire.order import OrderBody
from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import kind_preview as by_kind
from marketplace.domain import preview as domain
from marketplace.domain.guarantee import Kind
from marketplace.services.preview import Preview as Found

OF_CYCLES = "from what past cycles would have asked for the like"


class Start(Shape):
    """A start that is free, and what the option costs there."""

    start: Instant
    price_now_credits: Credits | None = Field(
        description="By the newest published prices; null where they do not reach."
    )
    expected_credits: Credits | None = Field(
        description=f"The median {OF_CYCLES}; null where none tells."
    )

    @classmethod
    def of(cls, quote: domain.Quote) -> Self:
        """A quote as data."""
        return cls(
            start=quote.start,
            price_now_credits=_credits(quote.now_ucr),
            expected_credits=_credits(quote.expected_ucr),
        )


class PastPrices(Shape):
    """What past cycles would have asked for an option at its cheapest start: the quartiles."""

    cycles: int = Field(description="How many tell: of the last 20 that were settled.")
    low_credits: Credits | None
    middle_credits: Credits | None
    high_credits: Credits | None

    @classmethod
    def of(cls, one: domain.OptionPreview) -> Self:
        """What was asked for an option as data."""
        low, middle, high = (_credits(one.asked_at(share)) for share in (0.25, 0.5, 0.75))
        return cls(
            cycles=len(one.asked_ucr), low_credits=low, middle_credits=middle, high_credits=high
        )


class BuyOuts(Shape):
    """For what a recallable time-box may be bought back."""

    least_credits: Credits = Field(description="What it is expected to pay: never less than that.")
    own_credits: Credits = Field(description="As the order says, or what the option is worth.")
    most_credits: Credits = Field(
        description="Where it asks for more than that, the rules let nobody buy it back."
    )

    @classmethod
    def of(cls, one: by_kind.BuyOuts) -> Self:
        """Buy-outs as data."""
        return cls(
            least_credits=credits_of(one.least_ucr),
            own_credits=credits_of(one.own_ucr),
            most_credits=credits_of(one.most_ucr),
        )


class KindPreview(Shape):
    """An option as one kind of guarantee, at its cheapest free start."""

    guarantee: Kind
    least_credits: Credits = Field(
        description="The least that it can cost: the reserve price, or the forward floor of each "
        "slot where that is more. Floors hold for all kinds."
    )
    price_now_credits: Credits | None
    expected_credits: Credits | None
    changes_until: Instant | None = Field(
        description="Until then the market may move it or buy it back; null: never."
    )
    buy_out: BuyOuts | None
    past_won: int = Field(
        description="Time-boxes of this kind that were to start in the last four weeks, of all "
        "teams: the newest 400 of those that are not firm at most; of firm ones none is counted."
    )
    past_changed: int = Field(description="Of those, how many were moved, or bought back.")

    @classmethod
    def of(cls, one: by_kind.KindPreview) -> Self:
        """One kind as data."""
        return cls(
            guarantee=one.kind,
            least_credits=credits_of(one.least_ucr),
            price_now_credits=_credits(one.now_ucr),
            expected_credits=_credits(one.expected_ucr),
            changes_until=one.until,
            buy_out=BuyOuts.of(one.buy_out) if one.buy_out else None,
            past_won=one.past.won,
            past_changed=one.past.changed,
        )


class OptionPreview(Shape):
    """What an option would cost."""

    value_credits: Credits
    reserve_credits: Credits = Field(description="The least that it can cost.")
    cheapest: Start | None = Field(
        description="Its cheapest free start; null where none in its window is free."
    )
    other_starts: list[Start] = Field(description="The cheapest three others.")
    past: PastPrices
    suggested_value_credits: Credits | None = Field(
        description="The least value with a good chance (80 %), never below the reserve price."
    )
    kinds: list[KindPreview] = Field(description="It as firm, as movable and as recallable.")

    @classmethod
    def of(cls, one: domain.OptionPreview, kinds: Iterable[by_kind.KindPreview]) -> Self:
        """An option's preview as data, and each kind's."""
        return cls(
            value_credits=credits_of(one.option.value_ucr),
            reserve_credits=credits_of(one.reserve_ucr),
            cheapest=Start.of(one.quote) if one.quote else None,
            other_starts=[Start.of(other) for other in one.others],
            past=PastPrices.of(one),
            suggested_value_credits=_credits(one.suggested_ucr),
            kinds=[KindPreview.of(each) for each in kinds],
        )


class Meets(Shape):
    """The cycle that takes orders now, and whether this one meets it."""

    meets: str = Field(description="`next`; `overdue`: it runs any moment; `later`: a later one.")
    cycle: str
    closes_at: Instant
    sale_start: Instant = Field(description="The first slot that it sells.")

    @classmethod
    def of(cls, found: Found) -> Self:
        """Which cycle is met as data."""
        return cls(
            meets=found.meets.value,
            cycle=found.on_sale.cycle_id,
            closes_at=found.on_sale.closes_at,
            sale_start=found.on_sale.start,
        )


class Chance(Shape):
    """The chance that the first cycle that it meets takes it."""

    share: float | None = Field(
        description="0 to 1: (k + ½) / (n + 1), where in k of n past cycles its value would have "
        "covered the price; 0 where it cannot win at all; null where no cycle tells."
    )
    cycles: int = Field(description="n: how many past cycles tell.")


class Warned(Shape):
    """What to think of before it is placed."""

    code: str
    field: str
    detail: str


class Preview(Shape):
    """What an order would cost, hold and have for a chance. Nothing was placed."""

    meets: Meets
    chance: Chance
    hold_credits: Credits = Field(description="Held until it ends: its dearest option's value.")
    free_credits: Credits = Field(description="What the team's grants have free now.")
    free_after_credits: Credits | None = Field(
        description="What they would have; null where that is too little."
    )
    draws_credits: Credits = Field(
        description="What of the hold would be drawn of the team's credit line, `credit_line`."
    )
    credit_line: str
    options: list[OptionPreview]
    warnings: list[Warned]
    problem: dict[str, Any] | None = Field(
        description="What placing it would answer now, where credits are lacking."
    )
    body: OrderBody = Field(description="The body to post to `/v1/orders`, as it was asked.")
    suggested_body: OrderBody = Field(description="The same with the suggested values.")

    @classmethod
    def of(cls, found: Found, problem: dict[str, Any] | None) -> Self:
        """A preview as data; ``problem``: its refusal in the door's words."""
        before_ucr, after_ucr = found.free_ucr
        return cls(
            meets=Meets.of(found),
            chance=Chance(share=found.chance.share, cycles=found.chance.cycles),
            hold_credits=credits_of(found.hold_ucr),
            free_credits=credits_of(before_ucr),
            free_after_credits=None if found.refusal else credits_of(after_ucr),
            draws_credits=credits_of(found.draws[1]),
            credit_line=found.draws[0],
            options=[
                OptionPreview.of(one, each)
                for one, each in zip(found.options, found.kinds, strict=True)
            ],
            warnings=[
                Warned(code=one.code, field=one.field, detail=one.text) for one in found.warnings
            ],
            problem=problem,
            body=OrderBody.of(found.request),
            suggested_body=OrderBody.of(found.suggested),
        )


def _credits(amount_ucr: int | None) -> Any:
    return None if amount_ucr is None else credits_of(amount_ucr)
