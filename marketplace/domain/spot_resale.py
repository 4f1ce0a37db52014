"""Time that was given back and that spot sells: which runs use it, and what that brings.

At each tick the free units of a pool are used first, in the order of serving, and then what was
given back, the oldest release first: so given-back units are used by whoever would have had no
place without them. Two things bring a team nothing, since it would pay itself: what its own runs
use of what it gave back, which they use before anything else, and whatever it gave back while a
request of its own waits in the pool, for that raises the price that others pay.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from marketplace.domain.refund import Refund
from marketplace.domain.reservation import Release
from marketplace.domain.spot import SpotRequest
from marketplace.domain.tick import rank
from marketplace.domain.transfer import PricedUnits, SoldTime
from pricing.units import share_ucr

RULE: Final = "spot-resale"


@dataclass(frozen=True, slots=True)
class Use:
    """Units of a release that a request's run uses, and that bring something."""

    request: str
    release: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resold:
    """What of a pool's given-back units is used from ``at`` on: until the next of these, or until
    the slot ends."""

    pool: str
    at: datetime
    until: datetime
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What a request's run pays for the time that it used."""

    request: str
    sold: SoldTime
    amount_ucr: int


def used(
    releases: Iterable[Release], at: datetime, supply: int, requests: Sequence[SpotRequest]
) -> tuple[Use, ...]:
    """Which runs use what was given back, after a tick at ``at``.

    ``supply``: units for spot, what was given back among them. ``requests``: all that run or wait
    in the pool.
    """
    oldest = sorted(releases, key=lambda one: (one.released_at, one.id))
    left = {one.id: one.left_at(at) for one in oldest}
    free = max(supply - sum(left.values()), 0)
    waiting = {one.team for one in requests if one.run is None}
    runs = sorted((one for one in requests if one.run is not None), key=rank)
    rest = {run.id: run.terms.quantity for run in runs}
    for run in runs:
        own = (one for one in oldest if one.team == run.team)
        rest[run.id] -= sum(units for _, units in _taken(own, left, rest[run.id]))
    found = list[Use]()
    for run in runs:
        on_free = min(rest[run.id], free)
        free -= on_free
        found += [
            Use(run.id, release.id, units)
            for release, units in _taken(oldest, left, rest[run.id] - on_free)
            if release.team not in waiting
        ]
    return tuple(found)


def _taken(
    releases: Iterable[Release], left: dict[str, int], wanted: int
) -> list[tuple[Release, int]]:
    """Take so many units of what is left of releases, in their order."""
    found = []
    for release in releases:
        units = min(wanted, left[release.id])
        if units:
            left[release.id] -= units
            wanted -= units
            found.append((release, units))
    return found


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a charge: units of a release at one price."""

    release: str
    sold: PricedUnits
    amount_ucr: int


def resold(
    charges: Iterable[Charge], notes: Iterable[Resold], releases: Mapping[str, Release]
) -> tuple[list[Release], list[Refund]]:
    """What charges bring to those whose units they were for, up to what was paid for each slot.

    ``notes``: those of the charged time; ``releases``: all that these name, by id. A charge is
    shared by price, units and time, rounded down. Answers the releases that changed, and what is
    due to each.
    """
    by_pool: dict[str, list[Resold]] = {}
    for note in sorted(notes, key=lambda note: note.at):
        by_pool.setdefault(note.pool, []).append(note)
    after, due = dict[str, Release](), dict[str, list[_Piece]]()
    for charge in charges:
        for piece in _pieces(charge, by_pool.get(charge.sold.pool, ())):
            release = after.get(piece.release, releases[piece.release])
            k = release.slot_at(piece.sold.start)
            got_ucr = min(piece.amount_ucr, release.may_bring_ucr(k))
            if got_ucr:
                brought = list(release.by_spot_ucr)
                brought[k] += got_ucr
                after[release.id] = replace(release, by_spot_ucr=tuple(brought))
                due.setdefault(release.id, []).append(replace(piece, amount_ucr=got_ucr))
    return list(after.values()), [_refund(after[id_], pieces) for id_, pieces in due.items()]


def _pieces(charge: Charge, notes: Sequence[Resold]) -> Iterator[_Piece]:
    """The parts of a charge that were for given-back units, by time; no second lies in two."""
    whole = sum(span.price_ucr * span.unit_seconds for span in charge.sold.spans)
    before = 0
    for number, note in enumerate(notes):
        until = min(note.until, notes[number + 1].at) if number + 1 < len(notes) else note.until
        uses = [one for one in note.uses if one.request == charge.request]
        for span in charge.sold.spans if uses else ():
            begin, end = max(span.start, note.at), min(span.end, until)
            for use in uses if begin < end else ():
                sold = PricedUnits(begin, end, use.units, span.price_ucr)
                weight = before + sold.price_ucr * sold.unit_seconds
                part_ucr = share_ucr(charge.amount_ucr, weight, whole)
                yield _Piece(
                    use.release, sold, part_ucr - share_ucr(charge.amount_ucr, before, whole)
                )
                before = weight


def _refund(release: Release, pieces: Sequence[_Piece]) -> Refund:
    """What is due for the units of one release, after it was written down."""
    units: dict[tuple[datetime, datetime, int], int] = {}
    for piece in pieces:
        when = piece.sold.start, piece.sold.end, piece.sold.price_ucr
        units[when] = units.get(when, 0) + piece.sold.units
    spans = (PricedUnits(start, end, n, price) for (start, end, price), n in sorted(units.items()))
    return Refund(
        # what it brought only ever grows, so it tells a release's refunds apart
        key=f"{RULE}:{release.id}:{sum(release.by_spot_ucr)}",
        reservation_id=release.reservation_id,
        order_id=release.order_id,
        cycle_id="",
        amount_ucr=sum(piece.amount_ucr for piece in pieces),
        rule=RULE,
        reason="released",
        sold=SoldTime.of(release.pool, spans),
    )
