"""Free time before the next sale: taken at once, or by a time-box that lasts longer."""

from typing import Final

from fastapi import APIRouter

from api.reservations import shown_one
from api.rest.caller import DryRun, Key, Who
from api.rest.reservations import ReservationId
from api.wire.taking import ExtendBody, ExtendedReservation, TakeBody, TakenReservation
from marketplace.domain.take_command import TakeNow

router: Final = APIRouter(prefix="/v1", tags=["reservations"])


@router.post(
    "/reservations",
    status_code=201,
    operation_id="take_reservation",
    summary="Take free time at once",
)
def take(body: TakeBody, who: Who, key: Key, *, dry_run: DryRun = False) -> TakenReservation:
    """Take units that are free before the first slot that the next cycle sells, for sure and at
    once. Each slot costs the greatest of its published price, its floor and the spot price of now;
    it is paid on the spot, and stands in statements as an order that no cycle cleared. What the
    next cycle sells is bid for instead."""
    found = who.does(TakeNow(body.to_request(key)), key, dry_run=dry_run)
    box = shown_one(who.market.store, found.reservation, who.now)
    return TakenReservation.taken(box, found, dry_run=dry_run)


@router.post(
    "/reservations/{reservation}:extend",
    operation_id="extend_reservation",
    summary="Let a reservation last longer",
)
def extend(
    reservation: ReservationId, body: ExtendBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> ExtendedReservation:
    """Let a reservation of one of the caller's teams last longer, under its id, where the units of
    its last slot are free behind it before the next cycle sells. Each new slot costs what taking
    it would; its order pays at once."""
    found = who.does(body.to_command(reservation), key, dry_run=dry_run)
    box = shown_one(who.market.store, found.reservation, who.now)
    return ExtendedReservation.extended(box, found, dry_run=dry_run)
