"""Reservations: a team's guaranteed time-boxes, and what it gives back of them."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from api import cursors
from api.reservations import shown, shown_one
from api.rest.caller import A_PAGE, After, Caller, DryRun, Key, Limit, Who
from api.wire.page import Page
from api.wire.reservation import Release, ReleaseBody, ReleasedReservation, Reservation
from marketplace.domain.actor import Role
from marketplace.domain.reservation import ReservationState
from marketplace.services import reservation as service

router: Final = APIRouter(prefix="/v1", tags=["reservations"])
ReservationId = Annotated[str, Path(description="The reservation's id.", examples=["rsv_0123"])]
Whose = Annotated[
    str,
    Query(
        description="Only this team's; needless where the token is in one team. Platform sees all."
    ),
]


@router.get(
    "/reservations", operation_id="list_reservations", summary="Reservations by their start"
)
def listed(
    who: Who,
    *,
    team: Whose = "",
    state: Annotated[
        ReservationState | None, Query(description="Only those in this state.")
    ] = None,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[Reservation]:
    """The reservations of one of the caller's teams, or, for platform, of all: as they are now."""
    place, store = cursors.place_of("reservations", after), who.market.store
    found = service.listed(
        store, now=who.now, team=_whose(who, team), state=state, after=place, limit=limit
    )
    return Page[Reservation].of("reservations", found, shown(store, found, who.now))


@router.get(
    "/reservations/{reservation}", operation_id="get_reservation", summary="One reservation"
)
def get(reservation: ReservationId, who: Who) -> Reservation:
    """A reservation of one of the caller's teams, or, for platform, of any: as it is now."""
    store = who.market.store
    found = service.seen(store, reservation, who.now, by=who.actor)
    return shown_one(store, found, who.now)


@router.post(
    "/reservations/{reservation}:release",
    operation_id="release_reservation",
    summary="Give a reservation back, or a part of it",
)
def release(
    reservation: ReservationId,
    who: Who,
    key: Key,
    body: ReleaseBody = ReleaseBody(),  # noqa: B008 - frozen, and all of it left out
    *,
    dry_run: DryRun = False,
) -> ReleasedReservation:
    """Give whole future slots back: all of them, or the units and the time that are named. They go
    on sale in the next cycle and on spot; when they sell, the team gets the smaller of what it
    paid and what they sold for."""
    after, given = who.does(body.to_command(reservation), key, dry_run=dry_run)
    return ReleasedReservation.after(shown_one(who.market.store, after, who.now), given)


@router.get("/releases", operation_id="list_releases", summary="What was given back")
def releases(
    who: Who, *, team: Whose = "", after: After = "", limit: Limit = A_PAGE
) -> Page[Release]:
    """What one of the caller's teams gave back, or, for platform, all: the newest first, with the
    units that are still unsold."""
    place, whose = cursors.place_of("releases", after), _whose(who, team)
    found = service.releases(who.market.store, team=whose, after=place, limit=limit)
    return Page[Release].of("releases", found, Release.of)


def _whose(who: Caller, team: str) -> str:
    """The team that is meant; all, for platform that names none."""
    return team if Role.PLATFORM in who.actor.roles else who.team(team)
