"""Reservations, and what is given back of them."""

from datetime import timedelta
from typing import Self

from pydantic import ConfigDict, Field

from api.wire.order import Units
from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import reservation as domain
from marketplace.domain.command import ReleaseReservation
from marketplace.domain.cycle import id_of
from marketplace.domain.guarantee import Kind, Terms
from marketplace.domain.usage import Used


class TimeBox(Shape):
    """A guaranteed time-box, by itself."""

    id: str
    award: str
    order: str
    cycle: str
    team: str
    pool: str
    start: Instant
    end: Instant
    quantity: int
    units: list[int] = Field(description="Slot by slot, what of the quantity is still the team's.")
    lost: list[int] = Field(
        description="Slot by slot, what of the quantity failed and was paid back."
    )
    given_back: list[int] = Field(description="Slot by slot, what its team released.")
    moves: int = Field(description="How often the rest of it was moved to another time.")
    extended_slots: int = Field(
        description="How many of its last slots were bought by extending it."
    )
    paid_credits: Credits
    refunded_credits: Credits
    used_share: float | None = Field(
        description="Of what was measured of it, how much was used; null: nothing was imported."
    )
    state: str
    reason: str
    ended_at: Instant | None

    @classmethod
    def of(
        cls, reservation: domain.Reservation, back_ucr: int = 0, used: Used | None = None
    ) -> Self:
        """A reservation as data; ``back_ucr``: what was paid back for it; ``used``: what was
        measured of it."""
        return cls(
            id=reservation.id,
            award=reservation.award_id,
            order=reservation.order_id,
            cycle=reservation.cycle_id,
            team=reservation.team,
            pool=reservation.pool,
            start=reservation.start,
            end=reservation.end,
            quantity=reservation.quantity,
            units=list(reservation.units),
            lost=list(reservation.lost),
            given_back=list(reservation.given_back),
            moves=reservation.moves,
            extended_slots=reservation.extended,
            paid_credits=credits_of(reservation.paid_ucr),
            refunded_credits=credits_of(back_ucr),
            used_share=used.share if used else None,
            state=reservation.state.value,
            reason=reservation.reason,
            ended_at=reservation.ended_at,
        )


class Reservation(TimeBox):
    """A guaranteed time-box, and what may still become of it."""

    guarantee: Kind = Field(
        description="How firm it was won: `firm`, `movable` or `recallable`, as its order said."
    )
    changes_until: Instant | None = Field(
        description="Until then the market may move it, or buy it back; null: nothing changes any "
        "more."
    )
    may_move: bool = Field(
        description="Whether it may be given another start until then, in its order's window."
    )
    buy_out_credits: Credits | None = Field(
        description="For how much the market may buy it back until then, or did; null: it may not. "
        "The legs of a gang or a sequence have a part each, and go together."
    )

    @classmethod
    def told(
        cls, box: domain.Reservation, terms: Terms, back_ucr: int = 0, used: Used | None = None
    ) -> Self:
        """A reservation as data, as ``TimeBox.of`` has it; ``terms``: what it still is."""
        buy_out_ucr = terms.buy_out_ucr
        return cls(
            **dict(TimeBox.of(box, back_ucr, used)),
            guarantee=terms.kind,
            changes_until=terms.until,
            may_move=terms.moves,
            buy_out_credits=None if buy_out_ucr is None else credits_of(buy_out_ucr),
        )


class Release(Shape):
    """Units that were given back. Slot by slot: ``left`` no cycle has sold, and for those spot has
    brought ``by_spot_credits`` so far."""

    id: str
    reservation: str
    order: str
    team: str
    pool: str
    start: Instant
    slot_minutes: int
    left: list[int]
    by_spot_credits: list[Credits]
    released_at: Instant
    on_sale_from_cycle: str

    @classmethod
    def of(cls, release: domain.Release) -> Self:
        """A release as data."""
        return cls(
            id=release.id,
            reservation=release.reservation_id,
            order=release.order_id,
            team=release.team,
            pool=release.pool,
            start=release.start,
            slot_minutes=release.slot // timedelta(minutes=1),
            left=list(release.left),
            by_spot_credits=[credits_of(one) for one in release.by_spot_ucr],
            released_at=release.released_at,
            on_sale_from_cycle=id_of(release.on_sale_from),
        )


class Released(Shape):
    """What a release took from a reservation, slot by slot."""

    start: Instant
    end: Instant
    units: list[int]


class ReleasedReservation(Reservation):
    """A reservation after a part of it was given back, and which."""

    released: Released

    @classmethod
    def after(cls, reservation: Reservation, release: domain.Release) -> Self:
        """What a release answers; ``reservation``: as it is after it."""
        given = Released(
            start=release.start,
            end=release.start + len(release.left) * release.slot,
            units=list(release.left),
        )
        return cls(**dict(reservation), released=given)


class ReleaseBody(Shape):
    """What to give back; without a name in it, all future slots."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"quantity": 8, "start": "2026-11-24T10:00:00Z"}]}
    )

    quantity: Units | None = Field(
        default=None, description="So many units of each slot; without it all that it has left."
    )
    start: Instant | None = Field(
        default=None, description="From the slot that starts then; without it from now on."
    )
    end: Instant | None = Field(default=None, description="Until then; without it to the end.")

    def to_command(self, reservation: str) -> ReleaseReservation:
        """The release of that reservation that is meant."""
        part = domain.Part(quantity=self.quantity, start=self.start, end=self.end)
        return ReleaseReservation(reservation, part)
