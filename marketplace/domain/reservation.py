"""A guaranteed time-box: its life, and what its release may bring."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from marketplace.domain.capacity import Grid, Span
from marketplace.domain.refund import Refund
from marketplace.domain.transfer import PricedUnits, SoldTime
from marketplace.errors import BadField, NotAllowedNow
from marketplace.rules import checked_instant
from pricing.units import charge_ucr, share_ucr


class ReservationState(StrEnum):
    """A reservation's life: scheduled → active → expired, or released, failed or recalled."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    EXPIRED = "expired"
    RELEASED = "released"
    FAILED = "failed"
    RECALLED = "recalled"


LIVE = (ReservationState.SCHEDULED, ReservationState.ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """One leg of an award: units of a pool, guaranteed slot by slot.

    Slot by slot of [start, end): ``units`` are still the team's, ``lost`` failed or were bought
    back, and were paid back, ``given_back`` it released; together they are ``quantity``, and 0 in
    slots that lie between the parts of a time-box that was moved. ``prices_ucr`` are the slots'
    published prices per unit-hour, which weigh ``paid_ucr`` over them. ``changed_at``: when units
    were last given back, lost or moved. ``reason``: why it ended, or while it lives why it lost
    units. ``moves``: how often it, or the rest of it, was moved. ``extended``: how many of its last
    slots were bought by extending it, for ``extended_ucr`` of ``paid_ucr``; units that it had given
    up before are not bought there.
    """

    id: str
    award_id: str
    order_id: str
    cycle_id: str
    team: str
    pool: str
    start: datetime
    slot: timedelta
    quantity: int
    units: tuple[int, ...]
    lost: tuple[int, ...]
    given_back: tuple[int, ...]
    prices_ucr: tuple[int, ...]
    paid_ucr: int
    awarded_at: datetime
    state: ReservationState = ReservationState.SCHEDULED
    reason: str = ""
    ended_at: datetime | None = None
    changed_at: datetime | None = None
    moves: int = 0
    extended: int = 0
    extended_ucr: int = 0

    @property
    def end(self) -> datetime:
        """The end of its last slot, whatever it has of it."""
        return self.start + len(self.units) * self.slot

    @property
    def kept_until(self) -> datetime:
        """The end of the last slot in which it still has units."""
        kept = [k for k, units in enumerate(self.units) if units]
        return self.start + (kept[-1] + 1) * self.slot if kept else self.start

    @property
    def cut(self) -> bool:
        """Whether it ends before its time because of what it lost."""
        return any(self.lost[self.split(self.kept_until) :])

    @property
    def lost_ucr(self) -> int:
        """The part of the payment that was paid back for units that it lost."""
        return self.paid_share_ucr(self.lost)

    def paid_share_ucr(self, units: Sequence[int]) -> int:
        """The part of the payment that so many units of each slot weigh, rounded down."""
        part = sum(weight * n for weight, n in zip(self.weights, units, strict=True))
        return share_ucr(self.paid_ucr, part, self.whole)

    @property
    def weights(self) -> tuple[int, ...]:
        """What a unit of each slot weighs in the payment: its price, or all alike. What was paid
        for the slots as they were won, and for those by which it was extended, lies on each."""
        if self.extended:
            return self._weights_of_both
        return self.prices_ucr if any(self.prices_ucr) else (1,) * len(self.prices_ucr)

    @property
    def _weights_of_both(self) -> tuple[int, ...]:
        """Weights that lay ``extended_ucr`` on the last slots, and the rest on those before: an
        award may have paid less than its prices, and a pool in simulation more."""
        first = len(self.units) - self.extended
        won, more = self.prices_ucr[:first], self.prices_ucr[first:]
        won = won if any(won) else (1,) * first
        more = more if any(more) else (1,) * self.extended
        won_ucr, more_ucr = self.paid_ucr - self.extended_ucr, self.extended_ucr
        if not won_ucr or not more_ucr:
            return won + (0,) * self.extended if won_ucr else (0,) * first + more
        bought = self._bought
        all_won = sum(weight * n for weight, n in zip(won, bought, strict=False))
        all_more = sum(weight * n for weight, n in zip(more, bought[first:], strict=True))
        return (
            *(weight * won_ucr * all_more for weight in won),
            *(weight * more_ucr * all_won for weight in more),
        )

    @property
    def _bought(self) -> tuple[int, ...]:
        """The units of each slot that were paid for."""
        each = zip(self.units, self.lost, self.given_back, strict=True)
        return tuple(map(sum, each))

    @property
    def whole(self) -> int:
        """What all that was paid for weighs."""
        if self.extended:
            return sum(weight * n for weight, n in zip(self.weights, self._bought, strict=True))
        alike = sum(self.units) + sum(self.lost) + sum(self.given_back)
        return sum(self.prices_ucr) * self.quantity or alike

    def sold(self, units: Sequence[int]) -> SoldTime:
        """So many units of each slot, at the slots' published prices."""
        slots = [self.start + k * self.slot for k in range(len(units) + 1)]
        spans = (
            PricedUnits(slots[k], slots[k + 1], units[k], self.prices_ucr[k])
            for k in range(len(units))
        )
        return SoldTime.of(self.pool, spans)

    def split(self, at: datetime) -> int:
        """How many of its slots start before ``at``."""
        return min(max(-((self.start - at) // self.slot), 0), len(self.units))


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Units given back, on sale again. ``left[k]`` of them no cycle has sold in slot k from start
    on; ``by_spot_ucr[k]`` is what spot brought for those so far."""

    id: str
    reservation_id: str
    order_id: str
    team: str
    pool: str
    start: datetime
    slot: timedelta
    left: tuple[int, ...]
    paid_per_unit_ucr: tuple[int, ...]  # by slot, rounded down: the most it can bring
    released_at: datetime
    on_sale_from: int  # number of the first cycle that sells it: the one open when it was released
    by_spot_ucr: tuple[int, ...]

    def slot_at(self, at: datetime) -> int:
        """Which of its slots holds ``at``."""
        return (at - self.start) // self.slot

    def left_at(self, at: datetime) -> int:
        """Its units that no cycle has sold in the slot that holds ``at``."""
        slot = self.slot_at(at)
        return self.left[slot] if 0 <= slot < len(self.left) else 0

    def may_bring_ucr(self, slot: int) -> int:
        """What spot may still bring for a slot: what was paid for its units, less what it did."""
        return self.left[slot] * self.paid_per_unit_ucr[slot] - self.by_spot_ucr[slot]


def moved(one: Reservation, at: datetime, to: datetime, now: datetime) -> Reservation:
    """The reservation with what it has from ``at`` on so much later, or earlier, that ``at``
    becomes ``to``: what comes before stays, and slots lie between. Nothing is paid or paid back."""
    keep, by = one.split(at), (to - at) // one.slot
    if keep == 0:
        start = one.start + by * one.slot
        waits = start > now  # also where it had begun in the slot that is moved
        state = ReservationState.SCHEDULED if waits else one.state
        return replace(one, start=start, state=state, moves=one.moves + 1, changed_at=now)

    def parted(slots: tuple[int, ...]) -> tuple[int, ...]:
        return slots[:keep] + (0,) * by + slots[keep:]

    in_extension = keep > len(one.units) - one.extended
    return replace(
        one,
        extended=one.extended + by if in_extension else one.extended,
        units=parted(one.units),
        lost=parted(one.lost),
        given_back=parted(one.given_back),
        prices_ucr=parted(one.prices_ucr),
        moves=one.moves + 1,
        changed_at=now,
    )


def advanced(reservation: Reservation, now: datetime) -> Reservation:
    """The reservation as it is at ``now``: started, ended, or still as it was."""
    if reservation.state is ReservationState.SCHEDULED and reservation.start <= now:
        reservation = replace(reservation, state=ReservationState.ACTIVE)
    if reservation.state is not ReservationState.ACTIVE or reservation.kept_until > now:
        return reservation
    return replace(
        reservation,
        state=ReservationState.FAILED if reservation.cut else ReservationState.EXPIRED,
        reason=reservation.reason if reservation.cut else "time-box-ended",
        ended_at=reservation.kept_until,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a reservation is given back: so many units in each slot of [start, end).

    Nothing named is all there is: without a quantity all that each slot has left, without a start
    from now on, without an end to the end.
    """

    quantity: int | None = None
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            if getattr(self, name) is not None:
                checked_instant(name, getattr(self, name))


EVERYTHING: Final = Part()
"""All that a reservation has left."""


def release_units(
    reservation: Reservation, part: Part, now: datetime, on_sale_from: int, block_size: int = 1
) -> tuple[Reservation, Release]:
    """Give back a part of the whole slots that begin at ``now`` or later.

    Raises ``NotAllowedNow`` for a reservation that has ended, ``BadField`` for units it has not,
    or that nobody could buy: fewer or more than the pool's blocks.
    """
    if part.quantity is not None and part.quantity % block_size:
        facts = {"pool": reservation.pool, "block_size": block_size}
        raise BadField("quantity", part.quantity, "not-a-multiple", facts)
    if reservation.state not in LIVE:
        raise NotAllowedNow("reservation", reservation.id, reservation.state.value, "not-live")
    first, given = _given(reservation, part, now)
    units, given_back = list(reservation.units), list(reservation.given_back)
    for k, quantity in enumerate(given, first):
        units[k] -= quantity
        given_back[k] += quantity
    gone = not any(units[reservation.split(now) :])
    after = replace(
        reservation,
        units=tuple(units),
        given_back=tuple(given_back),
        state=ReservationState.RELEASED if gone else reservation.state,
        reason="released" if gone else reservation.reason,
        ended_at=now if gone else None,
        changed_at=now,
    )
    release = Release(
        id=f"{reservation.id}.{_told_apart(after)}",
        reservation_id=reservation.id,
        order_id=reservation.order_id,
        team=reservation.team,
        pool=reservation.pool,
        start=reservation.start + first * reservation.slot,
        slot=reservation.slot,
        left=given,
        paid_per_unit_ucr=tuple(
            share_ucr(reservation.paid_ucr, weight, reservation.whole)
            for weight in reservation.weights[first : first + len(given)]
        ),
        released_at=now,
        on_sale_from=on_sale_from,
        by_spot_ucr=(0,) * len(given),
    )
    return after, release


def _told_apart(after: Reservation) -> str:
    """What tells a reservation's releases apart: units only ever become fewer, until it is
    extended; what was given back only ever grows."""
    if after.extended:
        return f"{len(after.units)}-{sum(after.given_back)}"
    return str(sum(after.units))


def _given(reservation: Reservation, part: Part, now: datetime) -> tuple[int, tuple[int, ...]]:
    """The first slot given back, and the units given back in each slot from there on."""
    start = max(part.start or reservation.start, now)
    end = part.end or reservation.end
    first = reservation.split(start)
    last = min(max((end - reservation.start) // reservation.slot, 0), len(reservation.units))
    there = reservation.units[first:last]
    if not any(there):
        raise BadField("start", start, "nothing-left")
    if part.quantity is None:
        return first, there
    most = min(units for units in there if units)  # where it has none, none is given back
    if not 1 <= part.quantity <= most:
        raise BadField("quantity", part.quantity, "not-held", {"most": most})
    return first, tuple(min(part.quantity, units) for units in there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a cycle did to one pool: units free when it was frozen, sold, and the prices."""

    span: Span
    free: Grid
    sold: Grid
    prices_ucr: tuple[int, ...]


def resell(
    releases: Iterable[Release], sales: Mapping[str, Sale], cycle_id: str
) -> tuple[list[Release], list[Refund]]:
    """What released units brought in a cycle: per unit the smaller of paid and sold for.

    ``releases``: those that were on sale in it. In each slot the operator's own free units sell
    first, then releases, the oldest first; so nobody gains by giving back what is plentiful.
    """
    waiting = sorted(releases, key=lambda release: (release.released_at, release.id))
    released = {pool: np.zeros_like(sale.sold) for pool, sale in sales.items()}
    for release in waiting:
        if release.pool in sales:
            _put(released[release.pool], release, sales[release.pool].span)
    to_sell = {
        pool: np.maximum(sale.sold - np.maximum(sale.free - released[pool], 0), 0)
        for pool, sale in sales.items()
    }
    changed, refunds = [], []
    for release in waiting:
        if release.pool not in sales:
            continue
        after, refund = _resell_one(release, sales[release.pool], to_sell[release.pool], cycle_id)
        if after is not release:
            changed.append(after)
        if refund is not None:
            refunds.append(refund)
    return changed, refunds


def _put(grid: Grid, release: Release, span: Span) -> None:
    first = span.index(release.start)
    for k, units in enumerate(release.left):
        if 0 <= first + k < span.slots:
            grid[first + k] += units


def _resell_one(
    release: Release, sale: Sale, to_sell: Grid, cycle_id: str
) -> tuple[Release, Refund | None]:
    first = sale.span.index(release.start)
    left, back_ucr, again = list(release.left), 0, list[PricedUnits]()
    slot_minutes = int(release.slot.total_seconds()) // 60
    for k, units in enumerate(release.left):
        slot = first + k
        if not 0 <= slot < sale.span.slots:
            continue
        sold = min(units, int(to_sell[slot]))
        if sold:
            to_sell[slot] -= sold
            left[k] -= sold
            price_ucr, at = sale.prices_ucr[slot], sale.span.at(slot)
            again.append(PricedUnits(at, at + release.slot, sold, price_ucr))
            slot_ucr = charge_ucr(price_ucr, slot_minutes)
            back_ucr += sold * min(release.paid_per_unit_ucr[k], slot_ucr)
    if not again:
        return release, None
    after = replace(release, left=tuple(left))
    if not back_ucr:
        return after, None
    refund = Refund(
        key=f"resale:{release.id}:{cycle_id}",
        reservation_id=release.reservation_id,
        order_id=release.order_id,
        cycle_id=cycle_id,
        amount_ucr=back_ucr,
        rule="resale",
        reason="released",
        sold=SoldTime.of(release.pool, again),
    )
    return after, refund
