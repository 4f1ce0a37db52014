"""Bring what depends on time alone up to date."""

from marketplace.domain.command import Advance
from marketplace.domain.journal import Call
from marketplace.domain.reservation import Reservation
from marketplace.services import ledger, reservation
from marketplace.store.transaction import Tx


def advance(tx: Tx, command: Advance, call: Call) -> tuple[Reservation, ...]:  # noqa: ARG001
    """Reservations start and end, ended grants expire."""
    changed = reservation.advance(tx, call.at)
    ledger.expire(tx, call.at)
    return changed
