"""What time alone decides: when each thing falls due, known as soon as the thing is there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.domain.alert import EVERY
from marketplace.domain.credit_line import OPEN
from marketplace.domain.credit_transfer import CreditTransfer
from marketplace.domain.grant import Grant
from marketplace.domain.grant_schedule import GrantSchedule
from marketplace.domain.order import Order, last_start
from marketplace.domain.reservation import LIVE, Reservation, ReservationState
from marketplace.domain.spot import SpotRequest
from marketplace.domain.spot import last_start as last_start_of_spot
from marketplace.domain.transfer import SECOND

NOTICE_DAYS: Final = (30, 7, 1)
"""How long before its end a grant's team is told."""


class DueKind(StrEnum):
    """What falls due. What falls due at one moment is done in this order."""

    GRANT_FALLS_DUE = "0-grant-falls-due"  # by a schedule
    GRANT_STARTS = "1-grant-starts"
    RESERVATION = "2-reservation"  # it starts or ends
    APPROVAL_DUE = "3-approval-due"  # somebody's word on an order
    ORDER_PASSES = "3-order-passes"  # its last start, or the end of its validity
    SPOT_ENDS = "4-spot-ends"  # a notice's deadline, its end, its last start
    GRANT_ENDING = "5-grant-ending"  # a notice of its end
    GRANT_SHRINKING = "5-grant-shrinking"  # a notice of what it will lose
    GRANT_ENDS = "6-grant-ends"  # and with it requests that only it could pay
    GRANT_SHRINKS = "6-grant-shrinks"  # to its line of linear use
    TRANSFER_LAPSES = "7-transfer-lapses"  # nobody answered it
    ALERTS_DUE = "8-alerts-due"  # it is looked whether a threshold was passed


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """One thing that falls due."""

    at: datetime
    kind: DueKind
    subject: str  # the id of the grant, reservation, order, spot request


def of_grant(grant: Grant) -> list[Due]:
    """A grant's start, the notices of its end, its end, and when it shrinks before: those after it
    was given. Of what is drawn of a credit line the end alone, where the line has one."""
    if grant.credit_line:
        return [Due(grant.end, DueKind.GRANT_ENDS, grant.id)] if grant.end < OPEN else []
    notices = (grant.end - timedelta(days=days) for days in NOTICE_DAYS)
    dues = [
        Due(grant.start, DueKind.GRANT_STARTS, grant.id),
        *(Due(at, DueKind.GRANT_ENDING, grant.id) for at in notices if at > grant.start),
        Due(grant.end, DueKind.GRANT_ENDS, grant.id),
        *_shrinking(grant),
    ]
    return [due for due in dues if due.at > grant.created_at]


def _shrinking(grant: Grant) -> Iterator[Due]:
    """When a linear grant loses what lies above its line, and the notices of that: as many as fit
    between one time and the next."""
    last = grant.start
    for at in grant.expiry.checkpoints(grant.start, grant.end):
        notices = (at - timedelta(days=days) for days in NOTICE_DAYS)
        yield from (Due(one, DueKind.GRANT_SHRINKING, grant.id) for one in notices if one > last)
        yield Due(at, DueKind.GRANT_SHRINKS, grant.id)
        last = at


def of_reservation(reservation: Reservation) -> list[Due]:
    """A reservation's start, and the end of what it still has."""
    if reservation.state not in LIVE:
        return []
    times = {reservation.kept_until}
    if reservation.state is ReservationState.SCHEDULED:
        times.add(reservation.start)
    return [Due(at, DueKind.RESERVATION, reservation.id) for at in sorted(times)]


def of_spot(request: SpotRequest) -> list[Due]:
    """When a live spot request ends by itself, as far as its own times say."""
    terms, run = request.terms, request.run
    if not request.live:
        return []
    times = [terms.end] if run is not None else []
    if run is not None:
        times.append(run.deadline)
    elif terms.end is not None:
        times.append(last_start_of_spot(terms.end, terms.minimum) + SECOND)
    return [Due(at, DueKind.SPOT_ENDS, request.id) for at in times if at is not None]


def of_schedule(schedule: GrantSchedule) -> list[Due]:
    """When a schedule's next grant falls due."""
    at = schedule.next_at
    return [] if at is None else [Due(at, DueKind.GRANT_FALLS_DUE, schedule.id)]


def of_transfer(transfer: CreditTransfer) -> Due:
    """When a transfer between teams lapses that nobody answered."""
    return Due(transfer.lapses_at, DueKind.TRANSFER_LAPSES, transfer.id)


def of_alerts(at: datetime) -> list[Due]:
    """When it is looked next, after ``at``, whether a threshold was passed: at whole hours."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return [Due(hour + EVERY, DueKind.ALERTS_DUE, "alerts")]


def of_order(order: Order, now: datetime) -> Due:
    """When an order can win no more, whatever cycles come."""
    until = order.request.valid_until
    passes = last_start(order.request)
    return Due(max(min(passes, until or passes), now), DueKind.ORDER_PASSES, order.id)
