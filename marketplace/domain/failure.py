"""Failures: who loses which units where a pool has fewer than it sold, and what is paid back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from marketplace.domain.capacity import Grid, Span
from marketplace.domain.refund import Refund
from marketplace.domain.reservation import LIVE, Reservation, ReservationState


class OnFailure(StrEnum):
    """What an order says should happen to what it won where units of it are missing."""

    END = "end"  # all that is left of it ends
    SHRINK = "shrink"  # it loses the units that are missing, in the slots where they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A reservation as it is after it lost so many units of each slot, and what is paid back."""

    reservation: Reservation
    lost: tuple[int, ...]
    refund: Refund | None


@dataclass(slots=True, kw_only=True)
class Shortage:
    """Where pools sold more than they have; mutable: it becomes less as units are lost.

    ``over``: units sold beyond those there are, by pool, over ``span``; below 0 where some are
    free. ``blocks``: the pools' block sizes.
    """

    span: Span
    over: dict[str, Grid]
    blocks: Mapping[str, int]

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
        if leg.pool not in self.over:
            return
        for slot, count in enumerate(units, self.span.index(leg.start)):
            if 0 <= slot < self.span.slots:
                self.over[leg.pool][slot] -= count


def fail(
    legs: Iterable[Reservation],
    on_failure: Mapping[str, OnFailure],
    shortage: Shortage,
    reason: str,
    now: datetime,
) -> list[Failure]:
    """Let awards lose what does not fit, the latest award first (of one moment the greater id),
    each as its order says; then give back, the oldest first, what need not have been lost since
    others lost more. ``legs``: all of the awards that ``shortage`` concerns."""
    awards = _latest_first(legs)
    lost: dict[str, list[int]] = {}
    for own in awards:
        if not any(shortage.slots(leg) for leg in own if leg.state in LIVE):
            continue
        ends = on_failure[own[0].order_id] is OnFailure.END
        for leg, units in _ended(own, shortage, now) if ends else _shrunk(own, shortage):
            shortage.take(leg, units)
            lost[leg.id] = units
    for own in reversed(awards):
        if on_failure[own[0].order_id] is OnFailure.SHRINK:
            _give_back(own, lost, shortage)
    return [
        lose(leg, lost[leg.id], reason, now)
        for own in sorted(awards, key=lambda own: own[0].award_id)
        for leg in own
        if any(lost.get(leg.id, ()))
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
    live = [leg for leg in own if leg.state in LIVE]
    at = shortage.span.at(min(slot for leg in live for slot in shortage.slots(leg)))
    begun = any(leg.start <= now and any(leg.units) for leg in own)
    return [(leg, _from(leg, at if begun else leg.start)) for leg in live]


def _from(leg: Reservation, at: datetime) -> list[int]:
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


def fail_from(reservation: Reservation, at: datetime, reason: str, now: datetime) -> Failure:
    """Let a reservation lose every slot from ``at`` on. Slots that began before are delivered."""
    return lose(reservation, _from(reservation, at), reason, now)


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
        return Failure(reservation=after, lost=tuple(lost), refund=None)
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
