"""Failures: who loses which units where a pool has fewer than it sold, and what is paid back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import numpy as np

from marketplace.domain.capacity import Grid, Span, levels, starts_with_room
from marketplace.domain.refund import Refund
from marketplace.domain.reservation import LIVE, Reservation, ReservationState, moved


class OnFailure(StrEnum):
    """What an order says should happen to what it won where units of it are missing."""

    END = "end"  # all that is left of it ends
    SHRINK = "shrink"  # it loses the units that are missing, in the slots where they are
    MOVE = "move"  # the rest of its time goes to another start that it allows; else it shrinks


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an order says of failures, and from when to when what it won may be."""

    on_failure: OnFailure
    earliest: datetime
    latest_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A reservation as it is after it lost so many units of each slot, and what is paid back; or
    after the rest of it was moved to a time, and nothing was lost."""

    reservation: Reservation
    lost: tuple[int, ...] = ()
    refund: Refund | None = None
    moved_to: datetime | None = None
    reason: str = ""  # of a move; a loss is told by the reservation


@dataclass(slots=True, kw_only=True)
class Shortage:
    """Where pools sold more than they have; mutable: it becomes less as units are lost.

    ``over``: units sold beyond those there are, by pool, over ``span``; below 0 where some are
    free. ``blocks``: the pools' block sizes. ``spare``: units that time which moves may have beside
    what is sold, by pool, where any may move; below 0 where none.
    """

    span: Span
    over: dict[str, Grid]
    blocks: Mapping[str, int]
    spare: dict[str, Grid] = field(default_factory=dict)

    def awards(self, reservations: Iterable[Reservation]) -> set[str]:
        """The awards that have units where some are missing."""
        return {one.award_id for one in reservations if one.state in LIVE and self.slots(one)}

    def slots(self, leg: Reservation) -> list[int]:
        """The slots in which a leg has units and its pool misses some."""
        return [slot for slot in self.within(leg) if self.missing(leg, slot) > 0]

    def within(self, leg: Reservation) -> Iterable[int]:
        """The slots of the span in which a leg has units."""
        first = self.span.index(leg.start)
        return (
            slot
            for slot, units in enumerate(leg.units, first)
            if units and 0 <= slot < self.span.slots
        )

    def missing(self, leg: Reservation, slot: int) -> int:
        """How many units a leg's pool misses in a slot; below 0 where some are free."""
        return int(self.over[leg.pool][slot]) if leg.pool in self.over else 0

    def take(self, leg: Reservation, units: Sequence[int]) -> None:
        """Count so many units of each of its slots as lost."""
        for slot, count in enumerate(units, self.span.index(leg.start)):
            if not 0 <= slot < self.span.slots:
                continue
            if leg.pool in self.over:
                self.over[leg.pool][slot] -= count
            if leg.pool in self.spare:
                self.spare[leg.pool][slot] += count


def fail(
    legs: Iterable[Reservation],
    says: Mapping[str, Terms],
    shortage: Shortage,
    reason: str,
    now: datetime,
) -> list[Failure]:
    """Let awards lose what does not fit, the latest award first (of one moment the greater id),
    each as its order says; then give back, the oldest first, what need not have been lost since
    others lost more. ``legs``: all of the awards that ``shortage`` concerns; ``says``: by order."""
    awards = _latest_first(legs)
    lost: dict[str, list[int]] = {}
    moves: dict[str, Failure] = {}
    for own in awards:
        terms = says[own[0].order_id]
        if not any(shortage.slots(leg) for leg in own if leg.state in LIVE):
            continue
        if terms.on_failure is OnFailure.MOVE and (
            found := _moved(own, shortage, terms, reason, now)
        ):
            moves |= {one.reservation.id: one for one in found}
            continue
        ends = terms.on_failure is OnFailure.END
        for leg, units in _ended(own, shortage, now) if ends else _shrunk(own, shortage):
            shortage.take(leg, units)
            lost[leg.id] = units
    for own in reversed(awards):
        if says[own[0].order_id].on_failure is not OnFailure.END:
            _give_back(own, lost, shortage)
    return [
        moves[leg.id] if leg.id in moves else lose(leg, lost[leg.id], reason, now)
        for own in sorted(awards, key=lambda own: own[0].award_id)
        for leg in own
        if leg.id in moves or any(lost.get(leg.id, ()))
    ]


def _latest_first(legs: Iterable[Reservation]) -> list[list[Reservation]]:
    by_award: dict[str, list[Reservation]] = {}
    for leg in sorted(legs, key=lambda leg: leg.id):
        by_award.setdefault(leg.award_id, []).append(leg)
    return sorted(
        by_award.values(), key=lambda own: (own[0].awarded_at, own[0].award_id), reverse=True
    )


def _ended(
    own: Sequence[Reservation], shortage: Shortage, now: datetime
) -> list[tuple[Reservation, list[int]]]:
    """What an award loses that ends: all while none of its legs has begun, else all from the first
    slot on in which units are missing."""
    at = _first_missing(own, shortage)
    begun = _begun(own, now)
    return [(leg, rest_from(leg, at if begun else leg.start)) for leg in own if leg.state in LIVE]


def _first_missing(own: Sequence[Reservation], shortage: Shortage) -> datetime:
    live = [leg for leg in own if leg.state in LIVE]
    return shortage.span.at(min(slot for leg in live for slot in shortage.slots(leg)))


def _begun(own: Sequence[Reservation], now: datetime) -> bool:
    return any(leg.start <= now and any(leg.units) for leg in own)


def rest_from(leg: Reservation, at: datetime) -> list[int]:
    """All units of every slot from ``at`` on. Slots that began before are delivered."""
    keep = leg.split(at)
    return [0] * keep + list(leg.units[keep:])


def _shrunk(own: Sequence[Reservation], shortage: Shortage) -> list[tuple[Reservation, list[int]]]:
    """What an award loses in the slots where units are missing: so many whole blocks; or where it
    is of several legs, which belong together, all that it has in those slots."""
    live = [leg for leg in own if leg.state in LIVE]
    slots = sorted({slot for leg in live for slot in shortage.slots(leg)})
    found = []
    for leg in live:
        units, first = [0] * len(leg.units), shortage.span.index(leg.start)
        for slot in slots:
            if not 0 <= slot - first < len(units):
                continue
            there = leg.units[slot - first]
            units[slot - first] = (
                there if len(own) > 1 else min(there, _blocks_up(leg, slot, shortage))
            )
        found.append((leg, units))
    return found


def _blocks_up(leg: Reservation, slot: int, shortage: Shortage) -> int:
    block = shortage.blocks[leg.pool]
    return -(-max(shortage.missing(leg, slot), 0) // block) * block


def _blocks_free(leg: Reservation, slot: int, shortage: Shortage) -> int:
    block = shortage.blocks[leg.pool]
    return max(-shortage.missing(leg, slot), 0) // block * block


def _give_back(own: Sequence[Reservation], lost: dict[str, list[int]], shortage: Shortage) -> None:
    """Let an award have back what fits after all: whole blocks, or all legs of a slot."""
    mine = [leg for leg in own if any(lost.get(leg.id, ()))]
    slots = {slot for leg in mine for slot in shortage.within(leg)}
    for slot in sorted(slots):
        here = {}
        for leg in mine:
            k = slot - shortage.span.index(leg.start)
            if 0 <= k < len(leg.units) and lost[leg.id][k]:
                here[leg.id] = leg, k
        back = _room(own, [(leg, lost[leg.id][k]) for leg, k in here.values()], slot, shortage)
        for (leg, k), units in zip(here.values(), back, strict=True):
            lost[leg.id][k] -= units
            shortage.take(leg, [0] * k + [-units])


def _room(
    own: Sequence[Reservation],
    lost: Sequence[tuple[Reservation, int]],
    slot: int,
    shortage: Shortage,
) -> list[int]:
    """How many of the units that legs lost in a slot have room there."""
    if len(own) == 1:
        return [min(units, _blocks_free(leg, slot, shortage)) for leg, units in lost]
    needs: Counter[str] = Counter()
    for leg, units in lost:
        needs[leg.pool] += units
    fits = all(shortage.missing(leg, slot) + needs[leg.pool] <= 0 for leg, _ in lost)
    return [units if fits else 0 for _, units in lost]


def _moved(
    own: Sequence[Reservation], shortage: Shortage, terms: Terms, reason: str, now: datetime
) -> list[Failure]:
    """An award whose rest was moved, all legs together, to the earliest start that has room;
    nothing where none has. The rest is all while it has not begun, else what comes from the first
    slot on in which units are missing: that can only come later."""
    live = [leg for leg in own if leg.state in LIVE]
    begun = _begun(own, now)
    at = _first_missing(own, shortage) if begun else min(leg.start for leg in live)
    rests = [(leg, rest) for leg in live if any(rest := rest_from(leg, at))]
    for leg, rest in rests:
        shortage.take(leg, rest)
    there = _earliest(rests, at, (at if begun else terms.earliest, terms.latest_end), shortage, now)
    after = [leg if there is None else moved(leg, at, there, now) for leg, _ in rests]
    for leg in after:
        shortage.take(leg, [-units for units in rest_from(leg, there or at)])
    if there is None:
        return []
    return [Failure(reservation=leg, moved_to=there, reason=reason) for leg in after]


def _earliest(
    rests: Sequence[tuple[Reservation, Sequence[int]]],
    at: datetime,
    bounds: tuple[datetime, datetime],
    shortage: Shortage,
    now: datetime,
) -> datetime | None:
    """When what is left of an award from ``at`` on can begin at the earliest: no slot that has
    begun, within the ``bounds`` of its first start and its last end."""
    span = shortage.span
    uses = [
        (leg.pool, units, span.index(leg.start) + offset - span.index(at), slots)
        for leg, rest in rests
        for units, offset, slots in levels(np.array(rest))
        if units
    ]
    extent = max(offset + slots for *_, offset, slots in uses)
    first = max(span.index_up(now), span.index_up(bounds[0]))
    last = min(span.index(bounds[1]), span.slots) - extent
    if last < first:
        return None
    starts = np.flatnonzero(starts_with_room(shortage.spare, uses, first, last))
    return span.at(first + int(starts[0])) if len(starts) else None


def lose(reservation: Reservation, lost: Sequence[int], reason: str, now: datetime) -> Failure:
    """Let a reservation lose so many units of each slot, and pay back at once the share of the
    payment that they weigh: with what it lost before never more than was paid."""
    after = replace(
        reservation,
        units=tuple(units - n for units, n in zip(reservation.units, lost, strict=True)),
        lost=tuple(before + n for before, n in zip(reservation.lost, lost, strict=True)),
        reason=reason,
        changed_at=now,
    )
    if not any(after.units) or after.kept_until <= now:
        after = replace(after, state=ReservationState.FAILED, ended_at=now)
    refund_ucr = after.lost_ucr - reservation.lost_ucr
    if refund_ucr == 0:
        return Failure(reservation=after, lost=tuple(lost))
    refund = Refund(
        # what is lost only ever grows, so it tells a reservation's failures apart
        key=f"failure:{after.id}:{sum(after.lost)}",
        reservation_id=after.id,
        order_id=after.order_id,
        cycle_id=after.cycle_id,
        amount_ucr=refund_ucr,
        rule="failure",
        reason=reason,
        sold=after.sold(lost),
    )
    return Failure(reservation=after, lost=tuple(lost), refund=refund)
