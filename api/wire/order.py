"""Orders: what is asked for, and what became of it."""

from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from api.wire.guarantee import Guaranteed, said_of
from api.wire.shape import Credits, Duration, Instant, Said, Shape, credits_of
from marketplace.domain import order as domain
from marketplace.domain.command import CancelOrders
from marketplace.domain.failure import OnFailure
from marketplace.domain.transfer import Tags
from pricing.units import ucr_from_credits

UNITS_MAX = 10**9
Units = Annotated[int, Field(ge=1, le=UNITS_MAX, strict=True)]
LEG: JsonDict = {"pool": "h100", "quantity": 8, "duration": "4h"}
OPTION: JsonDict = {
    "value": "60",
    "earliest_start": "2026-11-24T08:00:00Z",
    "latest_start": "2026-11-24T20:00:00Z",
    "legs": [LEG],
}


class Leg(Shape):
    """Units of one pool for a time."""

    pool: str = Field(min_length=1, description="The pool's id.")
    quantity: Units = Field(description="So many units: a multiple of the pool's block size.")
    duration: Duration = Field(description="For so long: whole slots.")
    offset: Duration = Field(
        default=timedelta(0), description="So long after the option's start it begins."
    )

    @classmethod
    def of(cls, leg: domain.Leg) -> Self:
        """A leg as data."""
        return cls(pool=leg.pool, quantity=leg.quantity, duration=leg.duration, offset=leg.offset)

    def to_leg(self) -> domain.Leg:
        """The leg that is meant."""
        return domain.Leg(
            pool=self.pool, quantity=self.quantity, duration=self.duration, offset=self.offset
        )


class Option(Shape):
    """One way to serve an order: all its legs, or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [OPTION]})

    value: Credits = Field(description="What it is worth: the most that it can cost.")
    earliest_start: Instant
    latest_start: Instant
    legs: list[Leg] = Field(min_length=1, max_length=domain.LEGS_MAX)

    @classmethod
    def of(cls, option: domain.Option) -> Self:
        """An option as data."""
        return cls(
            value=credits_of(option.value_ucr),
            earliest_start=option.earliest_start,
            latest_start=option.latest_start,
            legs=[Leg.of(leg) for leg in option.legs],
        )

    def to_option(self) -> domain.Option:
        """The option that is meant."""
        return domain.Option(
            value_ucr=ucr_from_credits(self.value),
            earliest_start=self.earliest_start,
            latest_start=self.latest_start,
            legs=tuple(leg.to_leg() for leg in self.legs),
        )


class OrderBody(Guaranteed):
    """An order to place: one of its options is served, or none."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"team": "nlp", "options": [OPTION], "project": "llm"}]}
    )

    team: str = Field(description="Whose it is: the team's id.")
    options: list[Option] = Field(min_length=1, max_length=domain.OPTIONS_MAX)
    standing: bool = Field(
        default=False, strict=True, description="Whether it stays open after a cycle that it lost."
    )
    valid_until: Instant | None = Field(default=None, description="A standing order's end.")
    on_failure: OnFailure = Field(
        default=OnFailure.SHRINK,
        description="What happens where units of what it won are missing: it loses those alone "
        "(`shrink`), or all that is left of it ends (`end`), or goes to the earliest start within "
        "its window that has room, and shrinks where none has (`move`).",
    )
    extends: str = Field(
        default="",
        description="A reservation of the team behind which it asks for more: each option is one "
        "leg of its pool and of the units of its last slot, and starts at its end. When it wins, "
        "that reservation lasts longer, in place, and its own order pays, under the tags of that; "
        "at an equal total it beats others.",
    )
    project: str = ""
    theme: str = ""
    cost_centre: str = ""
    said: Said = ""

    @classmethod
    def of(cls, request: domain.OrderRequest) -> "OrderBody":
        """A request as the body that asks for it."""
        tags = request.tags
        return OrderBody(
            team=request.team,
            options=[Option.of(one) for one in request.options],
            standing=request.standing,
            valid_until=request.valid_until,
            on_failure=request.on_failure,
            **said_of(request.guarantee),
            extends=request.extends,
            project=tags.project,
            theme=tags.theme,
            cost_centre=tags.cost_centre,
            said=request.said,
        )

    def to_request(self, key: str) -> domain.OrderRequest:
        """The request that is meant, under its key."""
        return domain.OrderRequest(
            team=self.team,
            key=key,
            options=tuple(one.to_option() for one in self.options),
            standing=self.standing,
            valid_until=self.valid_until,
            tags=Tags(project=self.project, theme=self.theme, cost_centre=self.cost_centre),
            on_failure=self.on_failure,
            guarantee=self.to_guarantee(),
            extends=self.extends,
            said=self.said,
        )


class KeyedOrderBody(OrderBody):
    """An order of a batch."""

    key: str = Field(
        default="", max_length=128, description="Its own key; else the batch's with its place."
    )

    @classmethod
    def of(cls, request: domain.OrderRequest) -> Self:
        """A request as the body that asks for it."""
        return cls(
            team=request.team,
            key=request.key,
            options=[Option.of(one) for one in request.options],
            standing=request.standing,
            valid_until=request.valid_until,
            on_failure=request.on_failure,
            **said_of(request.guarantee),
            extends=request.extends,
            project=request.tags.project,
            theme=request.tags.theme,
            cost_centre=request.tags.cost_centre,
            said=request.said,
        )


class OrderBatch(Shape):
    """Orders to place together: each is placed or refused by itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"orders": [{"team": "nlp", "key": "run-1", "options": [OPTION]}]}]
        }
    )

    orders: list[KeyedOrderBody] = Field(min_length=1, max_length=1_000)


class AmendBody(Shape):
    """What an open order's options become."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"options": [OPTION]}]})

    options: list[Option] = Field(min_length=1, max_length=domain.OPTIONS_MAX)


class CancelBody(Shape):
    """Open orders to cancel: all of them, or none."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"orders": ["ord_0123456789abcdef"]}]}
    )

    orders: list[str] = Field(min_length=1, max_length=1_000)

    def to_command(self) -> CancelOrders:
        """The command that is meant."""
        return CancelOrders(tuple(self.orders))


class Fill(Shape):
    """What an order won."""

    cycle: str
    option: int
    start: Instant = Field(
        description="As it was won; its reservation says where it was moved since."
    )
    payment_credits: Credits
    extended_credits: Credits = Field(description="What was paid since for extending what it won.")
    refunded_credits: Credits
    capped: bool

    def to_fill(self) -> domain.Fill:
        """The fill that was told."""
        return domain.Fill(
            cycle_id=self.cycle,
            option=self.option,
            start=self.start,
            payment_ucr=ucr_from_credits(self.payment_credits),
            capped=self.capped,
            extended_ucr=ucr_from_credits(self.extended_credits),
        )


class Loss(Shape):
    """Why the last cycle did not take an order, and by how much it missed."""

    cycle: str
    reason: str
    shortfall_credits: Credits

    def to_loss(self) -> domain.Loss:
        """The loss that was told."""
        return domain.Loss(
            cycle_id=self.cycle,
            reason=self.reason,
            shortfall_ucr=ucr_from_credits(self.shortfall_credits),
        )


class Order(Guaranteed):
    """An order and what became of it."""

    id: str
    team: str
    key: str
    version: int = Field(description="Grows with each change of its options.")
    state: str
    placed_at: Instant
    held_credits: Credits
    options: list[Option]
    standing: bool
    valid_until: Instant | None
    on_failure: OnFailure
    extends: str = Field(description="The reservation behind which it asks for more; or empty.")
    project: str
    theme: str
    cost_centre: str
    fill: Fill | None
    loss: Loss | None
    cycle: str = Field(description="The cycle that clears it now.")
    reason: str
    ended_at: Instant | None

    @classmethod
    def of(cls, order: domain.Order, back_ucr: int = 0) -> Self:
        """An order as data; ``back_ucr``: what was paid back for it."""
        request, tags = order.request, order.request.tags
        return cls(
            id=order.id,
            team=order.team,
            key=request.key,
            version=order.version,
            state=order.state.value,
            placed_at=order.placed_at,
            held_credits=credits_of(order.held_ucr if order.open else 0),
            options=[Option.of(option) for option in request.options],
            standing=request.standing,
            valid_until=request.valid_until,
            on_failure=request.on_failure,
            **said_of(request.guarantee),
            extends=request.extends,
            project=tags.project,
            theme=tags.theme,
            cost_centre=tags.cost_centre,
            fill=_fill(order.fill, back_ucr),
            loss=_loss(order.loss),
            cycle=order.cycle_id,
            reason=order.reason,
            ended_at=order.ended_at,
        )

    def to_order(self) -> domain.Order:
        """The order that was told."""
        fill, loss = self.fill, self.loss
        return domain.Order(
            id=self.id,
            request=domain.OrderRequest(
                team=self.team,
                key=self.key,
                options=tuple(one.to_option() for one in self.options),
                standing=self.standing,
                valid_until=self.valid_until,
                tags=Tags(project=self.project, theme=self.theme, cost_centre=self.cost_centre),
                on_failure=self.on_failure,
                guarantee=self.to_guarantee(),
                extends=self.extends,
            ),
            state=domain.OrderState(self.state),
            placed_at=self.placed_at,
            version=self.version,
            cycle_id=self.cycle,
            fill=fill.to_fill() if fill else None,
            loss=loss.to_loss() if loss else None,
            reason=self.reason,
            ended_at=self.ended_at,
        )

    @property
    def back_ucr(self) -> int:
        """What was paid back for it."""
        return ucr_from_credits(self.fill.refunded_credits) if self.fill else 0


class OrderAnswer(Shape):
    """What became of an order of a batch: it was placed, or there is a problem."""

    order: Order | None = None
    replayed: bool = False
    problem: dict[str, Any] | None = None


class OrderBatchAnswer(Shape):
    """What became of each order of a batch, in its order."""

    items: list[OrderAnswer]


class CancelAnswer(Shape):
    """The orders that were cancelled."""

    items: list[Order]


def _fill(fill: domain.Fill | None, back_ucr: int) -> Fill | None:
    if fill is None:
        return None
    return Fill(
        cycle=fill.cycle_id,
        option=fill.option,
        start=fill.start,
        payment_credits=credits_of(fill.payment_ucr),
        extended_credits=credits_of(fill.extended_ucr),
        refunded_credits=credits_of(back_ucr),
        capped=fill.capped,
    )


def _loss(loss: domain.Loss | None) -> Loss | None:
    if loss is None:
        return None
    return Loss(
        cycle=loss.cycle_id,
        reason=loss.reason,
        shortfall_credits=credits_of(loss.shortfall_ucr),
    )
