"""Reservations for every door: what they are, and what beside their own says what they are."""

from collections.abc import Callable, Iterable
from datetime import datetime

from api.wire.reservation import Reservation
from marketplace.domain.guarantee import FIXED
from marketplace.domain.reservation import Reservation as Box
from marketplace.services import reservation, standing, usage
from marketplace.store.engine import Store


def shown(store: Store, boxes: Iterable[Box], now: datetime) -> Callable[[Box], Reservation]:
    """How each of some time-boxes is told: all that it takes is read here, for all at once."""
    found = list(boxes)
    back_ucr, terms = reservation.came_back(store, found), standing.terms(store, found, now)
    used = usage.used(store, [one.id for one in found])
    return lambda one: Reservation.told(
        one, terms.get(one.id, FIXED), back_ucr[one.id], used.get(one.id)
    )


def shown_one(store: Store, box: Box, now: datetime) -> Reservation:
    """One time-box as it is told."""
    return shown(store, [box], now)(box)
