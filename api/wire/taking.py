"""Free time before the next sale: what is taken, and what it costs slot by slot."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import ConfigDict, Field

from api.wire.order import Units
from api.wire.reservation import Reservation
from api.wire.shape import Credits, Duration, Instant, Said, Shape, credits_of
from marketplace.domain import taking as domain
from marketplace.domain.reservation import Reservation as Box
from marketplace.domain.take_command import ExtendReservation
from marketplace.domain.transfer import Tags
from pricing.units import ucr_from_credits


class TakenSlot(Shape):
    """What a unit costs in a slot that is taken, an hour."""

    start: Instant
    price_credits: Credits
    published_credits: Credits | None = Field(
        description="By the newest cycle that sold the slot; null: by none, or it is not known."
    )
    floor_credits: Credits | None = Field(
        description="The pool's reserve price, or the forward floor where that is more."
    )
    spot_credits: Credits | None = Field(description="The spot price when it was taken.")
    set_by: str = Field(
        description="Which of them is the price: `published`, `floor` or `spot`; empty where the "
        "same is only said again."
    )

    @classmethod
    def of(cls, one: domain.SlotPrice) -> Self:
        """A price with all that made it."""
        published, spot = one.published_ucr, one.spot_ucr
        return cls(
            start=one.at,
            price_credits=credits_of(one.price_ucr),
            published_credits=None if published is None else credits_of(published),
            floor_credits=credits_of(one.floor_ucr),
            spot_credits=None if spot is None else credits_of(spot),
            set_by=one.set_by,
        )


class TakenReservation(Reservation):
    """A time-box that was just taken, or would be, and what each slot of it costs."""

    dry_run: bool
    slots: list[TakenSlot]

    @classmethod
    def taken(cls, shown: Reservation, found: domain.Taken, *, dry_run: bool = False) -> Self:
        """What taking answers; ``shown``: the time-box, as it is by now."""
        box = found.reservation
        slots = _slots(found.slots, box, box.start, box.prices_ucr)
        return cls(**dict(shown), dry_run=dry_run, slots=slots)


class ExtendedReservation(Reservation):
    """A time-box that was just extended, or would be, and what each new slot costs."""

    dry_run: bool
    cost_credits: Credits
    slots: list[TakenSlot]

    @classmethod
    def extended(cls, shown: Reservation, found: domain.Extended, *, dry_run: bool = False) -> Self:
        """What extending answers; ``shown``: the time-box, as it is by now."""
        box = found.reservation
        return cls(
            **dict(shown),
            dry_run=dry_run,
            cost_credits=credits_of(found.cost_ucr),
            slots=_slots(found.slots, box, found.start, found.prices_ucr),
        )


def _slots(
    known: Sequence[domain.SlotPrice], box: Box, start: datetime, prices_ucr: Sequence[int]
) -> list[TakenSlot]:
    """What is known of each slot, or the prices alone."""
    return [TakenSlot.of(one) for one in known] or [
        TakenSlot(
            start=start + k * box.slot,
            price_credits=credits_of(price_ucr),
            published_credits=None,
            floor_credits=None,
            spot_credits=None,
            set_by="",
        )
        for k, price_ucr in enumerate(prices_ucr)
    ]


class Guarded(Shape):
    """What refuses time that costs more than was seen."""

    max_price: Credits | None = Field(
        default=None, description="Refused where any slot costs more a unit-hour."
    )
    max_cost: Credits | None = Field(
        default=None, description="Refused where it costs more in all."
    )

    def to_most(self) -> domain.Most:
        """The most that it may cost."""
        price, cost = self.max_price, self.max_cost
        return domain.Most(
            price_ucr=None if price is None else ucr_from_credits(price),
            cost_ucr=None if cost is None else ucr_from_credits(cost),
        )


def _said_of(most: domain.Most) -> dict[str, Credits | None]:
    """The same as fields of a body."""
    price, cost = most.price_ucr, most.cost_ucr
    return {
        "max_price": None if price is None else credits_of(price),
        "max_cost": None if cost is None else credits_of(cost),
    }


class ExtendBody(Guarded):
    """By how much a time-box is to be extended."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"duration": "2h", "max_cost": "30"}]}
    )

    duration: Duration = Field(description="Whole slots, which end before the next sale begins.")

    @classmethod
    def of(cls, longer: domain.Longer) -> Self:
        """An extension as the body that asks for it."""
        return cls(duration=longer.duration, **_said_of(longer.most))

    def to_command(self, reservation: str) -> ExtendReservation:
        """The extension of that time-box that is meant."""
        longer = domain.Longer(duration=self.duration, most=self.to_most())
        return ExtendReservation(reservation, longer)


class TakeBody(Guarded):
    """Free time to take at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "team": "nlp",
                    "pool": "h100",
                    "quantity": 8,
                    "duration": "4h",
                    "max_price": "1.75",
                    "project": "llm",
                }
            ]
        }
    )

    team: str = Field(description="Whose it is: the team's id.")
    pool: str = Field(description="The pool's id.")
    quantity: Units = Field(description="So many units: a multiple of the block size.")
    duration: Duration = Field(description="Whole slots, which end before the next sale begins.")
    start: Instant | None = Field(
        default=None, description="From the slot that starts then; without it from the next."
    )
    project: str = Field(default="", description="What it is for.")
    theme: str = Field(default="", description="The strategic purpose.")
    cost_centre: str = Field(default="", description="Who accounts for it.")
    said: Said = ""

    @classmethod
    def of(cls, request: domain.TakingRequest) -> Self:
        """A request as the body that asks for it."""
        tags = request.tags
        return cls(
            team=request.team,
            pool=request.pool,
            quantity=request.quantity,
            duration=request.duration,
            start=request.start,
            **_said_of(request.most),
            project=tags.project,
            theme=tags.theme,
            cost_centre=tags.cost_centre,
            said=request.said,
        )

    def to_request(self, key: str) -> domain.TakingRequest:
        """What is meant, under its key."""
        return domain.TakingRequest(
            team=self.team,
            key=key,
            pool=self.pool,
            quantity=self.quantity,
            duration=self.duration,
            start=self.start,
            most=self.to_most(),
            tags=Tags(project=self.project, theme=self.theme, cost_centre=self.cost_centre),
            said=self.said,
        )
